"""Consent: whose words are learnt, whose name may stand, and who is left out without being named anywhere."""

import pytest
from prepare_talk import conversation

from sosie.core.errors import BadData
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace
from sosie.prepare import pipeline
from sosie.prepare.authors import authors
from sosie.prepare.consent import HIDDEN, Consents, to_hide
from sosie.prepare.names.names import listed_names
from sosie.prepare.owner import find_me
from sosie.prepare.vault import Vault

SECRET = b"s" * 32


def without(*names, others=()):
    consents = Consents(SECRET)
    consents.decide(names, "remove", others)
    return consents


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Dis à Paul que ça va", f"Dis à {HIDDEN} que ça va"),
        ("PAUL, pAul92 et paul_m !", f"{HIDDEN}, {HIDDEN}92 et {HIDDEN}_m !"),
        ("Pauline et Paulo, Jean-Paul et Paul-Henri", "Pauline et Paulo, Jean-Paul et Paul-Henri"),
        ("paul  martin\nMARTIN, Paul", f"{HIDDEN}\n{HIDDEN}, {HIDDEN}"),
        ("@Paul_Martin: l'ami de paul-martin", f"@{HIDDEN}: l'ami de {HIDDEN}"),
        ("un martinet", "un martinet"),
    ],
)
def test_a_name_is_hidden_in_every_spelling_and_no_other(text, hidden):
    assert without("Paul Martin 🌸").hide(text) == hidden


def test_accents_and_their_coding_make_no_difference():
    assert without("Éloïse").hide("eloise, ÉLOÏSE, E\u0301loi\u0308se") == ", ".join([HIDDEN] * 3)


def test_a_compound_name_is_hidden_with_or_without_its_hyphen_and_its_parts_are_not():
    assert without("Jean-Luc Petit").hide("jean luc, Jean-Luc, Jean") == f"{HIDDEN}, {HIDDEN}, Jean"


def test_a_phone_number_is_a_name():
    text = "06 39 98 12 47, 0033639981247 ou 06 39 98 12 48"
    assert without("+33 6 39 98 12 47").hide(text) == f"{HIDDEN}, {HIDDEN} ou 06 39 98 12 48"


def test_a_word_of_somebody_else_s_name_stays_unless_the_whole_name_is_hidden():
    assert without("Paul Martin", others=["Léa Martin"]).hide("Martin, Paul Martin") == f"Martin, {HIDDEN}"
    assert to_hide(["Le Du"]) == {"le-du", "le-"}


def test_the_file_names_nobody_and_is_read_again(tmp_path):
    workspace = Workspace(tmp_path)
    consents = Consents(workspace.secret())
    consents.decide(["Paul Martin"], "remove")
    consents.decide(["Malo"], "keep")
    consents.save(workspace)
    written = (workspace.private / "people.json").read_text("utf-8").lower()
    assert "paul" not in written and "malo" not in written
    again = Consents.open(workspace)
    assert [again.of(name) for name in ("PAUL  martin", "~ Malo", "Zoé")] == ["remove", "keep", "mask"]
    again.decide(["Paul Martin"], "mask")
    assert not again.anybody_removed and again.hide("Paul") == "Paul"


def test_who_comes_back_takes_nothing_from_who_stays_removed():
    consents = without("Paul Martin")
    consents.decide(["Zoé Martin"], "remove")
    consents.decide(["Paul Martin"], "mask")
    assert consents.hide("Paul, Zoé, Martin") == f"Paul, {HIDDEN}, {HIDDEN}"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 1, "people": {"a": "?"}, "words": []}', '{"format": 2}']
)
def test_a_damaged_file_is_told_rather_than_forgotten(text, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.secret()
    (workspace.private / "people.json").write_text(text)
    with pytest.raises(BadData, match=r"people\.json"):
        Consents.open(workspace)


CROWD = conversation(
    "Paul: on mange où ?",
    "Inès: chez Paul",
    "Léa: bof bof chez paul",
    "Malo: oh",
    "Léa: oui voilà",
    group=True,
)
PAIR = conversation("Paul: tu viens demain ?", "Léa: non désolée", id="c2")


def prepare(workspace, choice, *names):
    vault = Vault.open(workspace)
    vault.consents.secret = workspace.secret()
    vault.consents.decide(names, choice)
    threads = (CROWD, PAIR)
    names = listed_names().keep(*vault.consents.kept(authors(threads).counts))
    return pipeline.prepare(threads, find_me(authors(threads), ["Léa"]), Prepare(), vault, names=names)


def test_prepare_makes_nothing_of_who_is_removed_and_counts_it(tmp_path):
    made = prepare(Workspace(tmp_path), "remove", "Paul")
    (dialogue,) = made.dialogues
    assert [turn.text for turn in dialogue.turns] == [
        f"[AMI_1] : chez {HIDDEN}",
        f"bof bof chez {HIDDEN}",
        "[AMI_2] : oh",
        "oui voilà",
    ]
    assert made.to_json()["dropped"]["consent"] == {"message d'une personne que vous avez retirée": 2}


def test_a_name_that_may_stand_is_not_masked(tmp_path):
    made = prepare(Workspace(tmp_path), "keep", "Paul")
    (crowd,) = (dialogue for dialogue in made.dialogues if dialogue.origin.group)
    assert crowd.turns[0].text == "Paul : on mange où ?\n[AMI_2] : chez Paul"
    assert crowd.origin.correspondents == ("[AMI_1]", "[AMI_2]", "[AMI_3]")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("salut Rose, une robe rose", f"salut {HIDDEN}, une robe rose"),
        ("demande à rose", f"demande à {HIDDEN}"),
        ("Discussion WhatsApp avec Rose.txt", f"Discussion WhatsApp avec {HIDDEN}.txt"),
        ("Rose", HIDDEN),
        ("ROSE MARTIN et la vie en rose", f"{HIDDEN} et la vie en rose"),
    ],
)
def test_a_name_that_is_a_word_too_is_hidden_where_it_is_one(text, hidden):
    assert without("Rose Martin").hide(text) == hidden
