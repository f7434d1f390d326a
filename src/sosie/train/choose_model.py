"""Choose the base model: the one the user named, else one that fits this machine."""

from collections.abc import Callable

from sosie.core.jsonl import own_dialogues
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace
from sosie.models import catalogue
from sosie.models.hardware import hardware
from sosie.train.plan import count_dialogues
from sosie.train.planner import make_plan


def choose_model(
    workspace: Workspace, model: str | None, agree: Callable[[str], bool], report: Report
) -> catalogue.Base:
    """The model that was named; else Vigostral where it fits and is here or agreed to; else mini."""
    if model:
        return catalogue.find(model)
    base = catalogue.find("vigostral")
    counts = count_dialogues(own_dialogues(workspace, "train", missing_ok=True))
    outline = make_plan(base, hardware("auto"), counts)
    if not outline.fits:
        why = "Vigostral (7 milliards de paramètres) ne tient pas sur cette machine"
    elif base.local or agree("Vigostral n'est pas sur cette machine. Le télécharger (14,5 Go) ?"):
        return base
    else:
        why = "Vigostral n'est pas sur cette machine"
    report(
        Event(
            "plan",
            text=f"{why} : sosie prend mini, son petit modèle embarqué (un aperçu, pas un vrai double).",
        )
    )
    return catalogue.find("mini")
