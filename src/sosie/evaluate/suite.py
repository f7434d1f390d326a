"""An evaluation: the answers are collected, each measure looks at them in turn, the scores are kept.

evaluate(subject, data, folder, options)  ->  Scores      what it holds is drawn in scores.py

  held-out contexts -> answers of the double, its base, the rivals -> Evidence -> MEASURES -> Scores -> folder
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Evaluate
from sosie.evaluate.answer_cache import ask
from sosie.evaluate.collect_answers import Subject
from sosie.evaluate.heldout import Held
from sosie.evaluate.inputs import Data, Evidence
from sosie.evaluate.measure_table import MEASURES
from sosie.evaluate.measures.likeness import Difference, compare_likeness
from sosie.evaluate.score_store import FOLDER, answers_by_context, keep, mark, read_kept, versions
from sosie.evaluate.scores import Against, ContextCounts, Made, Scores
from sosie.evaluate.statistics import FEWEST, rounded
from sosie.evaluate.verdict import TOO_FEW, counts, light, sentences
from sosie.style.words import SHORTEST_WORDS, usable


def evaluate(
    subject: Subject,
    data: Data,
    folder: Path,
    options: Evaluate = Evaluate(),
    report: Report = silent,
    against: Scores | None = None,
) -> Scores:
    """Every measure, into folder/evaluate; what was measured already is read again. NothingToDo where no
    reply was held out. `against`: another run, for the difference of the two R."""
    hashes = fingerprints(subject, data, options)
    evidence = Evidence(subject, data, options, folder / FOLDER, report)
    scores = read_kept(folder, hashes) or keep(measured(evidence, folder, hashes))
    if against:
        scores = replace(scores, against=versus(scores, against, evidence))
    return scores


def measured(evidence: Evidence, folder: Path, hashes: dict[str, str]) -> Scores:
    """The same answers give the same figures, whatever the day and the machine."""
    started, subject, options = time.monotonic(), evidence.subject, evidence.options
    if short := too_few(evidence.truth):
        evidence.report(Event("warning", text=short))
    _ = evidence.answers  # all of them, before the first measure
    found: dict[str, Any] = {}
    for done, one in enumerate(MEASURES):
        evidence.report(Event("measure", done=done, total=len(MEASURES)))
        found[one.name] = rounded(one.measure(evidence))
    judged = found["likeness"], found["referee"], found["memorisation"], found["leaks"]
    seconds = round(time.monotonic() - started, 1)
    return Scores(
        format=1,
        double=subject.name,
        base_model=subject.base_name,
        sampling=subject.sampling,
        contexts=context_counts(evidence.held, evidence.data.part),
        warnings=evidence.data.warnings,
        **found,
        verdict=light(*judged),
        sentences=sentences(*judged),
        counts=counts(found["memorisation"], found["leaks"]),
        hashes=hashes,
        versions=versions(),
        settings=options.model_dump(),
        seed=options.seed,
        made=Made(datetime.now().astimezone().isoformat(timespec="seconds"), seconds),
        folder=folder,
    )


def too_few(truth: Sequence[str]) -> str:
    """Why no light can be green or red, said before anything is computed; empty where there is enough."""
    held = len(usable(truth))
    if held >= FEWEST:
        return ""
    return (
        f"{TOO_FEW} Il faut {FEWEST} réponses de vous de {SHORTEST_WORDS} mots, jamais apprises ; il y en a "
        f"{held}, il en manque {FEWEST - held}. Le verdict sera gris."
    )


def context_counts(held: Held, part: str) -> ContextCounts:
    return ContextCounts(
        len(held.contexts), held.of, part, held.dialogues, held.left_out, held.first, held.last
    )


def versus(scores: Scores, other: Scores, evidence: Evidence) -> Against:
    """The other run, and R of this one less R of that one where both answered the very same messages."""
    asked = [one.context for one in ask(evidence.held.contexts, evidence.options.seed)]
    mine, theirs = answers_by_context(scores.folder), answers_by_context(other.folder)
    if all(one in mine and one in theirs for one in asked):
        sides = ([side[one] for one in asked] for side in (mine, theirs))
        return Against(other.double, rounded(compare_likeness(evidence.reference, *sides)))
    why = "Les deux doubles n'ont pas répondu aux mêmes messages."
    return Against(other.double, Difference(None, None, None, 0, False, why))


def fingerprints(subject: Subject, data: Data, options: Evaluate) -> dict[str, str]:
    """What the scores come from, as short marks: where all are the same, so are the scores."""
    # The salt of a vault may be new each time; what the strings come from is not.
    known = sorted((kind, *ids) for (kind, _), ids in (data.secrets.known or {}).items())
    return {
        "double": mark(subject.weights, asdict(subject.sampling)),
        "base": mark(subject.base_weights),
        "train": mark([dialogue.turns for dialogue in data.train]),
        "held": mark([dialogue.turns for dialogue in data.held], data.part),
        "around": mark([dialogue.turns for dialogue in data.around]),
        "secrets": mark(known),
        "settings": mark(options.model_dump()),
        "measures": ", ".join(f"{one.name} {one.version}" for one in MEASURES),
    }
