"""What two runs are compared by: where each figure is read, how it is written, which way is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sosie.core.french_text import between, decimal, percent, signed
from sosie.evaluate.report.intervals import Estimate, area_of, estimate, share_of
from sosie.evaluate.scores import Scores

Better = Literal["more", "less", "none"]


@dataclass(frozen=True, slots=True)
class Figure:
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
            return decimal(None, 0)
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


def _auc(scores: Scores) -> Estimate:
    found = scores.memorisation.membership
    return Estimate(None) if found is None else Estimate(found.auc, found.low, found.high)


def _french_share(scores: Scores) -> Estimate:
    return Estimate(scores.french.share, scores.french.low, scores.french.high)


def _loss_change(scores: Scores) -> Estimate:
    lost = scores.forgetting
    return Estimate(lost.change_percent, lost.low, lost.high)


def _minitests(scores: Scores) -> Estimate:
    tests = scores.forgetting.minitests
    return Estimate(None) if tests is None else share_of(tests.after / tests.n, tests.n)


def _c2st(scores: Scores) -> Estimate:
    seen = scores.detection
    return Estimate(None) if seen is None else area_of(seen.c2st, seen.given_n, seen.truth_n)


COMPARED = (
    Figure("Ressemblance R", lambda a: estimate(a.likeness), "more", digits=0),
    Figure("Mémorisation M", lambda a: estimate(a.memorisation), "less"),
    Figure(
        "Plus longue suite recopiée (mots)", lambda a: Estimate(a.memorisation.longest_run), "less", digits=0
    ),
    Figure("Deviner l'appartenance", _auc, "less", digits=2),
    Figure("Fuites F", lambda a: Estimate(a.leaks.value), "less", digits=0),
    Figure("Réponses en français", _french_share, "more", share=True),
    Figure("Boucles", lambda a: share_of(a.french.loops, a.french.n), "less", share=True),
    Figure("Oubli du français neutre (%)", _loss_change, "less"),
    Figure("Mini-essais réussis", _minitests, "more", share=True),
    Figure("Détectable (C2ST)", _c2st, "less", share=True),
    Figure("Écart des longueurs (mots)", lambda a: Estimate(a.tells.words_apart), "less"),
    Figure(
        "« Tu » et « vous » du bon côté", lambda a: Estimate(a.tells.address_accuracy), "more", share=True
    ),
    Figure(
        "Paires de mots différentes", lambda a: Estimate(a.tells.given_diversity.distinct), "none", share=True
    ),
    Figure(
        "Ressemblance entre réponses",
        lambda a: Estimate(a.tells.given_diversity.self_bleu),
        "none",
        share=True,
    ),
)
