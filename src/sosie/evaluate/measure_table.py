"""The measures, one row each: its name in the scores, the version of its figures, what it is asked.

    Measure("leaks", 1, lambda seen: ...).measure(evidence)  ->  Leaks

A measure is a file in measures/, which knows texts and numbers and nothing of an evaluation; a row here; a
field of Scores of the row's name; and its chapter in report/. Its version, in the row, goes up whenever its
figures change for the same texts: kept scores are then measured again (test_measure_versions.py holds it).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sosie.evaluate.heldout import typed
from sosie.evaluate.inputs import Evidence
from sosie.evaluate.measures import (
    attacks,
    by_circle,
    by_correspondent,
    detectability,
    differences,
    forgetting,
    french,
    leaks,
    likeness,
    memorisation,
    referee,
    rivals,
)
from sosie.evaluate.statistics import shallow


@dataclass(frozen=True, slots=True)
class Measure:
    name: str  # its field in Scores
    version: int
    measure: Callable[[Evidence], Any]  # gives what that field holds


def measure_rivals(seen: Evidence) -> tuple[rivals.Rival, ...]:
    return tuple(
        rivals.rival(
            one, seen.answers.texts(one.name), seen.double, seen.truth, seen.reference, seen.training
        )
        for one in seen.answers.speakers[1:]
    )


def measure_memorisation(seen: Evidence) -> memorisation.MemorisationAndAttacks:
    found = memorisation.measure_memorisation(seen.double, seen.truth, seen.training, seen.options.seed)
    membership, extraction = attack(seen)
    return memorisation.MemorisationAndAttacks(
        **shallow(found),
        replies_to_remove=memorisation.to_remove(found, seen.data.train),
        membership=membership,
        extraction=extraction,
    )


def attack(seen: Evidence) -> tuple[attacks.Membership | None, attacks.Extraction | None]:
    """What can be got out of the weights; None where the engine does not tell its losses."""
    if not (seen.options.attacks and seen.data.train and seen.scorers):
        return None, None
    sides, double, seed = (seen.learnt, seen.held.contexts), seen.scorers[0], seen.options.seed
    mine, its = ([attacks.reply_losses(one, side) for side in sides] for one in seen.scorers)
    membership = attacks.membership(mine[0], mine[1], its[0], its[1], seed)
    return membership, attacks.extraction(double, seen.data.train, seen.data.held, seed)


def measure_french(seen: Evidence) -> french.FrenchAndBase:
    asked = [context.asked for context in seen.held.contexts]
    cuts = (sum(answer.cut for answer in seen.answers.by_speaker[name]) for name in ("double", "base"))
    double, base = (
        french.french(given, seen.truth, asked, cut)
        for given, cut in zip((seen.double, seen.base), cuts, strict=True)
    )
    return french.FrenchAndBase(**shallow(double), base=base)


def measure_forgetting(seen: Evidence) -> forgetting.Forgetting:
    if not seen.options.forgetting:
        return forgetting.not_measured("Pas mesuré (réglage forgetting).")
    if not seen.scorers:
        return forgetting.not_measured("Ce moteur ne dit pas ses pertes.")
    return forgetting.forgetting(*seen.scorers, seen.options.seed)


def measure_by_correspondent(seen: Evidence) -> tuple[by_correspondent.WithCorrespondent, ...]:
    return by_correspondent.by_correspondent(
        seen.double, seen.truth, seen.whom, seen.others, seen.options.seed
    )


def measure_by_circle(seen: Evidence) -> tuple[by_circle.WithCircle, ...]:
    circles = [context.circle for context in seen.held.contexts]
    return by_circle.by_circle(seen.double, seen.truth, circles, seen.others, seen.options.seed)


def measure_detectability(seen: Evidence) -> detectability.Detectability | None:
    return detectability.detectability(seen.double, seen.truth, seen.others, seen.options.seed)


def measure_referee(seen: Evidence) -> referee.Referee:
    training = [
        (number, reply)
        for number, dialogue in enumerate(filter(typed, seen.data.train))
        for reply in dialogue.replies
    ]
    scorer = seen.scorers[1] if seen.scorers else None
    return referee.referee(seen.double, seen.base, seen.held.contexts, training, scorer, seen.options.seed)


MEASURES = (
    Measure("likeness", 1, lambda e: likeness.likeness_and_base(e.reference, e.double, e.base)),
    Measure("referee", 1, measure_referee),
    Measure("rivals", 1, measure_rivals),
    Measure("by_correspondent", 1, measure_by_correspondent),
    Measure("by_circle", 1, measure_by_circle),
    Measure("tells", 1, lambda e: differences.style_differences(e.double, e.truth, e.whom)),
    Measure("detection", 1, measure_detectability),
    Measure("memorisation", 2, measure_memorisation),
    Measure("leaks", 1, lambda e: leaks.scan(e.answers.generations, e.data.secrets)),
    Measure("french", 1, measure_french),
    Measure("forgetting", 1, measure_forgetting),
)
