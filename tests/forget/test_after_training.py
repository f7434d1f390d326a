"""After a whole journey nothing of somebody is left: trained, measured, played, packed, then forgotten."""

import pytest
from test_forget import HIS, telegram, traces, whatsapp

from sosie import Project
from sosie.arena.votes import Votes
from sosie.core import settings
from sosie.core.jsonl import own_dialogues
from sosie.prepare.restore import restore_turns
from sosie.prepare.vault import Vault

pytestmark = pytest.mark.slow

BRIEFLY = settings.Evaluate(rivals=False, generations=100, attacks=False, forgetting=False)
VOCABULARY = ("tokenizer.json", ".gguf", "/sosie-lea.zip")  # of the base model: « épaules » is a word of it


@pytest.mark.parametrize("names", ["tags", "surrogates"])
def test_no_byte_is_left_after_training_measuring_playing_and_packing(names, tmp_path):
    pair = whatsapp(tmp_path, "Paul Émile", f"Paul Émile: {HIS[0]} ?", "Léa: oui pour le {}, d'accord")
    malo = whatsapp(tmp_path, "Malo", "Malo: tu as vu paul {} ?", "Léa: non je crois pas {}", "Léa: paul ?")
    crowd = whatsapp(
        tmp_path,
        "Les voisins",
        f"Paul Émile: {HIS[1]}",
        "Inès: ah {} et Paul ?",
        "Léa: je sais pas trop {}, vois Inès",
    )
    project = Project(tmp_path / "moi")
    project.import_([pair, malo, crowd, telegram(tmp_path)], me=["Léa"])
    project.prepare(names=names)
    project.style()
    review = project.review()
    review.edit(review.rows()[0].id, 1, "oui Paul, avec Inès")
    review.apply()
    project.train(model="mini", name="lea", epochs=1)
    project.evaluate("lea", options=BRIEFLY)
    game = project.arena(["lea"])
    with Votes(project.workspace.arena) as votes:
        for duel in game.hand("Paul", votes.secret)[:3]:
            votes.add(duel.vote("Paul", "left"))
    for kind in ("gguf", "bundle", "colab"):
        project.export(kind)
    folder = project.workspace.folder
    assert {"data/fiche.html", "runs/lea/evaluate/scores.json"} <= {
        path.relative_to(folder).as_posix() for path in folder.rglob("*")
    }
    done = project.forget("Paul Émile")
    assert done.runs == [{"name": "lea", "learnt": "oui"}] and not done.left
    certificate = f"private/{done.certificate.name}"
    assert [path for path in traces(folder) if not path.endswith(VOCABULARY)] == [certificate]
    assert not traces(folder, ("rendezvous", "ragot", "télépaul", "paul émile", "paul, avec"))[1:]
    assert not (folder / "data/fiche.html").exists()
    vault, dialogues = Vault.open(project.workspace), own_dialogues(project.workspace, "train")
    restored = [turn.text for each in dialogues for turn in restore_turns(each, vault).turns]
    assert any("vois Inès" in text for text in restored) and not any("PRÉNOM" in text for text in restored)
