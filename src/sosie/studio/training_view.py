"""A training as it goes: how far, the curve, what it answers after each pass, and what can be done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sosie.core.errors import SosieError
from sosie.core.french_text import decimal, number
from sosie.core.progress import Event
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.studio import training
from sosie.studio.drawing import button, curve, notice, progress, told
from sosie.studio.jobs import VerbError
from sosie.train.run_folder import PLAN

STOPPED = "Stopped"  # how `sosie train --json` calls its end after a Ctrl-C
KEEP_ON = "Vous pouvez fermer cette page : l'apprentissage continue, et se retrouve ici."
ELSEWHERE = "Il a été lancé dans un terminal : Ctrl-C l'arrête là-bas."
FIRST_STEPS = "Le modèle se charge"


def live(run: Path) -> Html:
    events, at_work = training.heard(run), training.running(run)
    error = training.error_of(run)
    last = next((event for event in reversed(events) if event.kind == "step"), None)
    epochs = [event for event in events if event.kind == "epoch"]
    warned = [event.text for event in events if event.kind == "warning" and event.text]
    if at_work:
        head = progress(last or Event("load"), "" if last else FIRST_STEPS)
        ours = training.begun_by_a_page(run)
        keep_on = KEEP_ON if ours else ELSEWHERE
        stop = button("Arrêter", "stop", run=run.name) if ours else None
        gestures = join(tag("p", keep_on, class_="discret"), stop)
    else:
        head, gestures = _stopped(run, last, error)
    return tag(
        "section",
        head,
        learning_curve(events, epochs),
        gestures,
        samples(run),
        *(tag("p", text, class_="discret") for text in dict.fromkeys(warned)),
        class_="carte",
    )


def _stopped(run: Path, last: Event | None, error: SosieError | None) -> tuple[Html, Html]:
    """An unfinished run that nobody works at: what can be done with it."""
    begun = (run / PLAN).is_file() and any((run / "checkpoints").glob("*.safetensors"))
    where = f" au pas {number(last.done)} sur {number(last.total)}" if last else ""
    stopped = error is None or isinstance(error, VerbError) and error.kind == STOPPED
    head = notice(f"Arrêté{where}. Rien n'est perdu.") if stopped else told(error)
    again = button("Reprendre", "resume", kind="primary", run=run.name) if begun else None
    return head or join(), tag(
        "p", again, " ", button("Recommencer autrement", "aside", run=run.name), class_="gestes"
    )


def learning_curve(events: list[Event], epochs: list[Event]) -> Html:
    steps = [event for event in events if event.kind == "step" and "loss" in event.facts]
    total = max((event.total for event in steps), default=0) or 1
    passes = max((event.total for event in epochs), default=0) or 1
    before = next((e.facts["valid_loss_before"] for e in epochs if e.facts.get("valid_loss_before")), None)
    marks = [
        (e.done / passes, e.facts["valid_loss"]) for e in epochs if e.facts.get("valid_loss") is not None
    ]
    if before is not None:
        marks = [(0.0, before), *marks]
    learnt = f"perte {decimal(steps[-1].facts['loss'])}" if steps else "pas encore de mesure"
    unseen = decimal(marks[-1][1]) if marks else "pas encore"
    points = _smoothed([(step.done / total, step.facts["loss"]) for step in steps])
    said = f"La ligne : ce qu'il apprend ({learnt}). Les points : vos réponses jamais vues ({unseen})."
    return tag("figure", curve(points, marks, said), tag("figcaption", said), class_="suivi")


def _smoothed(points: list[tuple[float, float]], weight: float = 0.9) -> list[tuple[float, float]]:
    """The exponential mean of the losses: one step's says little."""
    mean, found = points[0][1] if points else 0.0, []
    for x, y in points:
        mean = weight * mean + (1 - weight) * y
        found.append((x, mean))
    return found


def samples(run: Path) -> Html | None:
    """What it answers after each pass, the last pass first."""
    said = training.samples(run)
    if not said:
        return tag(
            "p", "Après chaque passage, ses réponses à cinq questions viendront ici.", class_="discret"
        )
    last = max(line["epoch"] for line in said)
    rows = each(
        tag(
            "li",
            tag("span", line["question"], class_="bulle eux"),
            tag("span", line["answer"] or "…", class_="bulle vous"),
        )
        for line in said
        if line["epoch"] == last
    )
    questions = dict.fromkeys(line["question"] for line in said)
    older = each(tag("li", tag("b", question), _one_by_one(said, question)) for question in questions)
    return join(
        tag("h3", f"Ce qu'il répond après le passage {last}"),
        tag("ul", rows, class_="essais"),
        tag("details", tag("summary", "Passage par passage"), tag("ul", older), id="passages")
        if last > 1
        else None,
    )


def _one_by_one(said: Sequence[Mapping[str, Any]], question: str) -> Html:
    """The answers to one question, pass after pass."""
    return tag("ol", each(tag("li", line["answer"] or "…") for line in said if line["question"] == question))
