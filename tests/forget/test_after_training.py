"""After a whole journey nothing of somebody is left: trained, measured, played, packed, then forgotten."""

import pytest
from test_forget import HIS, traces, whatsapp

from sosie import Project
from sosie.arena.votes import Votes
from sosie.core import settings

pytestmark = pytest.mark.slow

BRIEFLY = settings.Evaluate(rivals=False, generations=100, attacks=False, forgetting=False)


def test_no_byte_is_left_after_training_measuring_playing_and_packing(tmp_path):
    pair = whatsapp(tmp_path, "Paul Émile", f"Paul Émile: {HIS[0]} ?", "Léa: oui pour le {}, d'accord")
    malo = whatsapp(tmp_path, "Malo", "Malo: tu as vu paul {} ?", "Léa: non je crois pas {}", "Léa: paul ?")
    crowd = whatsapp(
        tmp_path, "Les voisins", f"Paul Émile: {HIS[1]}", "Inès: ah {}", "Léa: je sais pas trop {}"
    )
    project = Project(tmp_path / "moi")
    project.import_([pair, malo, crowd], me=["Léa"])
    project.prepare()
    project.train(model="mini", name="lea", epochs=1)
    project.evaluate("lea", options=BRIEFLY)
    game = project.arena(["lea"])
    with Votes(project.workspace.arena) as votes:
        for duel in game.hand("Paul", votes.secret)[:3]:
            votes.add(duel.vote("Paul", "left"))
    project.export("colab")
    folder = project.workspace.folder
    assert "runs/lea/evaluate/scores.json" in [
        path.relative_to(folder).as_posix() for path in folder.rglob("*")
    ]
    done = project.forget("Paul Émile")
    assert done.runs == [{"name": "lea", "learnt": "oui"}] and not done.left
    # « épaules » is a word of the base model's own vocabulary
    left = [path for path in traces(folder) if not path.endswith("double/tokenizer.json")]
    assert left == [f"private/{done.certificate.name}"]
