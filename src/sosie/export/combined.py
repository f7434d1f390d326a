"""`sosie export combined`: one file of OpenAI `messages` lines, as other trainers read it.

    sortie/combined_dataset.jsonl   {"messages": [...], "sosie": {"generated": true, ...}}

What is learnt and what says when to stop, questions that a model invented among it (`generated`); never what
is kept to measure. Real words are in it, masked: what leaves is said, and the person asked.
"""

import json
from pathlib import Path

from sosie.core.errors import NothingToDo
from sosie.core.french_text import number
from sosie.core.jsonl import own_dialogues, to_record
from sosie.core.progress import Event, Report
from sosie.core.workspace import whole
from sosie.export.base import Exported, Order
from sosie.prepare.review.apply import apply_if_needed

_NAME = "combined_dataset.jsonl"
LEAVES = (
    "« {name} » contiendra {count} dialogues, dont {made} à question inventée, donc aussi les mots de ceux "
    "qui vous ont écrit. Les données repérées y sont masquées ; des noms peuvent y rester."
)


def export_combined(order: Order, folder: Path, report: Report) -> Exported:
    """The file, if the person agrees. NothingToDo where there are no dialogues, or where they do not."""
    apply_if_needed(order.workspace)
    dialogues = own_dialogues(order.workspace, "train")
    dialogues += own_dialogues(order.workspace, "valid", missing_ok=True)
    made = sum(dialogue.origin.generated for dialogue in dialogues)
    told = LEAVES.format(name=_NAME, count=number(len(dialogues)), made=number(made))
    report(Event("warning", text=told))
    if not order.agree("Écrire ce fichier ?"):
        raise NothingToDo("Rien n'a été écrit.", "Pour l'écrire sans question : --yes")
    path = folder / _NAME
    with whole(path) as draft, draft.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(to_record(each), ensure_ascii=False) + "\n" for each in dialogues)
    return Exported((path,), (f"sosie train {_NAME}, ou tout outil qui lit les lignes d'OpenAI.",))
