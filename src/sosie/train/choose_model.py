"""Choose the base model: the one the user named, else the first of the ladder that is here or agreed to."""

from collections.abc import Callable
from pathlib import Path

from sosie.core.french_text import size
from sosie.core.progress import Event, Report
from sosie.core.settings import Train
from sosie.models import catalogue
from sosie.models.hardware import Machine
from sosie.train.ladder import PREVIEW, make_ladder
from sosie.train.plan import Counts

HALF = 2  # bytes of a weight, as nearly all are published


def choose_model(
    options: Train,
    counts: Counts,
    machine: Machine,
    agree: Callable[[str], bool],
    report: Report,
    data: Path | None = None,
) -> catalogue.Base:
    """The model that was named; else the ladder's first that fits and whose weights are here or agreed to.

    One question at most, about the best one: who declines a download is not asked for smaller ones.
    """
    if options.model:
        return catalogue.find(options.model)
    ladder = [rung for rung in make_ladder(machine, counts, options, data) if rung.fits]
    if not ladder:
        report(Event("plan", text=f"Aucun modèle du catalogue ne tient ici : sosie prend {PREVIEW}."))
        return catalogue.find(PREVIEW)
    best = catalogue.find(ladder[0].model)
    report(Event("plan", text=f"{best.name} : {ladder[0].why}"))
    if best.local or agree(question(best)):
        return best
    here = (base for rung in ladder if (base := catalogue.find(rung.model)).local)
    chosen = next(here, catalogue.find(PREVIEW))
    worth = chosen.card.worth if chosen.card else ""
    why = f"{best.name} n'est pas sur cette machine : sosie prend {chosen.name} ({worth})."
    report(Event("plan", text=why))
    return chosen


def question(base: catalogue.Base) -> str:
    card = base.card
    weight = f" ({size(card.bytes or HALF * card.parameters)})" if card else ""
    return f"{(card and card.title) or base.name} n'est pas sur cette machine. Le télécharger{weight} ?"
