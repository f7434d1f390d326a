"""Two hundred monologues with fifty private strings in them: the server's log holds none of those."""

import json

from asked_server import serving
from said_alone import monologue, prepared

from sosie.importing.run import names_to_hide
from sosie.prepare.consent import Consents
from sosie.prepare.generated import read_generated
from sosie.prepare.pii.detectors import KINDS
from sosie.prepare.pseudonymise import hide
from sosie.prepare.vault import Vault

NAMES = ("Maximilien", "Apolline", "Gwendoline", "Théodore", "Capucine")


def planted():
    """(the string, a sentence that holds it)"""
    some = [(f"06 39 98 {n:02} {n + 41:02}", "Son numéro : {}.") for n in range(20)]
    some += [(f"lettre.{n}@courrier{n}.example.fr", "Il faut écrire à {} avant lundi.") for n in range(15)]
    some += [(f"4970 1000 0000 {code}", "La carte, c'est {}.") for code in ("0154",)]
    some += [
        ("FR76 3000 6000 0112 3456 7890 189", "Le virement part sur {}."),
        ("1 85 05 78 006 084 91", "Sécu : {}."),
    ]
    some += [(f"192.168.{n}.1{n}", "La box est en {}.") for n in range(7)]
    some += [(name, "Hier j'ai vu {} au marché, et on a ri.") for name in NAMES]
    return some


def test_two_hundred_monologues_and_fifty_private_strings(tmp_path):
    assert len(planted()) == 50 and {kind.name for kind in KINDS} > {"téléphone", "email", "iban"}
    texts = [monologue(n) for n in range(200)]
    for place, (string, sentence) in enumerate(planted()):
        texts[4 * place] += " " + sentence.format(string)
    project = prepared(tmp_path, texts)
    with serving() as (url, log):
        done = project.enrich(server=url)
    sent = b"\n".join(log).decode() + "".join(str(json.loads(body)) for body in log)
    assert not [string for string, _ in planted() if string in sent]
    assert done.pieces == len(log) == 200 and done.dialogues > 150
    vault, names = Vault.open(project.workspace), names_to_hide(project.workspace, Consents())
    as_prepared = {hide(text, vault, names=names) for text in texts}
    answers = {dialogue.replies[0] for _, dialogue in read_generated(project.workspace)}
    assert answers <= as_prepared and len(answers & set(texts)) > 100
    assert abs(done.foreseen / done.tokens - 1) < 0.15
