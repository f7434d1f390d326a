"""What two runs are compared by: where each figure is read, how it is written, which way is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sosie.evaluate.report.intervals import (
    Estimate,
    area_of,
    between,
    decimal,
    estimate,
    percent,
    share_of,
    signed,
)
from sosie.evaluate.scores import Scores

Better = Literal["more", "less", "none"]


@dataclass(frozen=True, slots=True)
class ComparedMeasure:
    """One line of the comparison: where it is read, how it is written, which way is better."""

    name: str
    read: Callable[[Scores], Estimate]
    better: Better
    share: bool = False
    digits: int = 1

    def write(self, value: float | None) -> str:
        return percent(value, 1) if self.share else decimal(value, self.digits)

    def write_gap(self, gap: Estimate) -> str:
        """« +22, de 3 à 51 », shares in points."""
        if gap.value is None:
            return decimal(None)
        scale = 100 if self.share else 1
        low, high = (None if edge is None else scale * edge for edge in (gap.low, gap.high))
        written = signed(scale * gap.value, self.digits) + (" points" if self.share else "")
        edges = between(low, high, self.digits)
        return f"{written}, {edges}" if edges else written

    def judge(self, gap: Estimate) -> str:
        if gap.value is None or gap.low is None:
            return ""
        if not gap.sure:
            return "pas sûr"
        if self.better == "none":
            return "sûr"
        return "sûr : A est mieux" if (gap.value > 0) == (self.better == "more") else "sûr : B est mieux"


def _membership(scores: Scores) -> Estimate:
    found = scores.memorisation.membership
    return Estimate(None) if found is None else Estimate(found.auc, found.low, found.high)


def _minitests(scores: Scores) -> Estimate:
    tests = scores.forgetting.minitests
    return Estimate(None) if tests is None else share_of(tests.after / tests.n, tests.n)


def _c2st(scores: Scores) -> Estimate:
    seen = scores.detection
    return Estimate(None) if seen is None else area_of(seen.c2st, seen.given_n, seen.truth_n)


def _leaked(scores: Scores) -> Estimate:
    return Estimate(scores.leaks.value)


MEASURES = (
    ComparedMeasure("Ressemblance R", lambda scores: estimate(scores.likeness), "more", digits=0),
    ComparedMeasure("Mémorisation M", lambda scores: estimate(scores.memorisation), "less"),
    ComparedMeasure(
        "Plus longue suite recopiée (mots)",
        lambda scores: Estimate(scores.memorisation.longest_run),
        "less",
        digits=0,
    ),
    ComparedMeasure("Deviner l'appartenance", _membership, "less", digits=2),
    ComparedMeasure("Fuites F", _leaked, "less", digits=0),
    ComparedMeasure(
        "Réponses en français",
        lambda scores: Estimate(scores.french.share, scores.french.low, scores.french.high),
        "more",
        share=True,
    ),
    ComparedMeasure(
        "Boucles", lambda scores: share_of(scores.french.loops, scores.french.n), "less", share=True
    ),
    ComparedMeasure(
        "Oubli du français neutre (%)",
        lambda scores: Estimate(
            scores.forgetting.change_percent, scores.forgetting.low, scores.forgetting.high
        ),
        "less",
    ),
    ComparedMeasure("Mini-essais réussis", _minitests, "more", share=True),
    ComparedMeasure("Détectable (C2ST)", _c2st, "less", share=True),
    ComparedMeasure("Écart des longueurs (mots)", lambda scores: Estimate(scores.tells.words_apart), "less"),
    ComparedMeasure(
        "« Tu » et « vous » du bon côté",
        lambda scores: Estimate(scores.tells.address_accuracy),
        "more",
        share=True,
    ),
    ComparedMeasure(
        "Paires de mots différentes",
        lambda scores: Estimate(scores.tells.given_diversity.distinct),
        "none",
        share=True,
    ),
    ComparedMeasure(
        "Ressemblance entre réponses",
        lambda scores: Estimate(scores.tells.given_diversity.self_bleu),
        "none",
        share=True,
    ),
)
