"""Somebody who is forgotten stands in no generated dialogue any more, nor in what a server said of them."""

import json

import pytest

from sosie import Project
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import NothingToDo
from sosie.core.jsonl import own_dialogues
from sosie.enrich.store import Answers, PaidAnswer, alone
from sosie.prepare.generated import read_generated, write_generated
from sosie.prepare.vault import Vault


def whatsapp(folder, name, *lines):
    path = folder / f"Discussion WhatsApp avec {name}.txt"
    path.write_text(
        "\n".join(
            f"{n + 1:02}/03/2025 10:{m:02} - {line.format(n, n, n)}"
            for n in range(28)
            for m, line in enumerate(lines)
        ),
        encoding="utf-8",
    )
    return path


def dialogue(id_, text, who):
    return Dialogue(
        (Turn("user", "Et ?"), Turn("assistant", text)), Origin(id_, correspondents=who, generated=True)
    )


@pytest.fixture
def project(tmp_path):
    """Léa talks with Paul Martin and with Zoé; three generated dialogues: to Paul, about Paul, about Zoé."""
    project = Project(tmp_path / "moi")
    talks = [
        whatsapp(tmp_path, "Paul Martin", "Paul Martin: quai{} gare{} ?", "Léa: oui train{} plage{}"),
        whatsapp(tmp_path, "Zoé", "Zoé: marché{} pain{} ? et Paul ?", "Léa: oui fromage{} Paul{} Zoé{}"),
    ]
    project.import_(talks, me=["Léa"])
    project.prepare()
    vault = Vault.open(project.workspace)
    paul = vault.masks["prénom"][vault.fingerprint("prénom", "paul")]
    made = [
        ("a", "Je pense souvent à la plage.", (vault.friend("Paul Martin"),)),
        ("b", f"Avec {paul} on a repeint le salon.", ()),
        ("c", "Le marché était plein de fromages.", (vault.friend("Zoé"),)),
    ]
    answers = Answers(project.workspace)
    for id_, _, _ in made:
        answers.keep(f"key {id_}", id_, PaidAnswer(f"question {id_}", 1, 1))
    write_generated(
        project.workspace,
        [
            (
                1.0,
                Dialogue(
                    (Turn("user", "Et ?"), Turn("assistant", text)),
                    Origin(id_, correspondents=who, generated=True),
                ),
            )
            for id_, text, who in made
        ],
    )
    return project


def test_only_the_dialogues_without_them_stay(project):
    project.forget("Paul Martin")
    assert [dialogue.origin.id for _, dialogue in read_generated(project.workspace)] == ["c"]
    train = own_dialogues(project.workspace, "train")
    assert [d.origin.id for d in train if d.origin.generated] == ["c"]
    kept = (project.workspace.private / "enrich" / "answers.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["piece"] for line in kept.splitlines()] == ["c"]


def test_nobody_is_forgotten_while_questions_are_being_asked(project):
    with alone(project.workspace), pytest.raises(NothingToDo, match="en cours"):
        project.forget("Paul Martin")
    project.forget("Paul Martin")
