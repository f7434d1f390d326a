"""What two runs are compared by: where each figure is read, how it is written, which way is better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sosie.evaluate.report.intervals import Estimate, area_of, between, decimal, percent, share_of, signed
from sosie.evaluate.report.scores_view import Part

Better = Literal["more", "less", "none"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the comparison: where it is read, how it is written, which way is better."""

    name: str
    read: Callable[[Part], Estimate]
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


def _share(*path: str, n: str = "n") -> Callable[[Part], Estimate]:
    def read(scores: Part) -> Estimate:
        part = scores.part(*path[:-1])
        return part.share(path[-1], part.number(n))

    return read


def _c2st(scores: Part) -> Estimate:
    seen = scores.part("detection")
    return area_of(seen.number("c2st"), seen.number("given_n"), seen.number("truth_n"))


def _french(scores: Part) -> Estimate:
    return scores.part("french").estimate("share")


def _minitests(scores: Part) -> Estimate:
    tests = scores.part("forgetting", "minitests")
    after, n = tests.number("after"), tests.number("n")
    return share_of(after / n if after is not None and n else None, n)


def _plain(*path: str) -> Callable[[Part], Estimate]:
    return lambda scores: Estimate(scores.part(*path[:-1]).number(path[-1]))


MEASURES = (
    Measure("Ressemblance R", lambda scores: scores.part("likeness").estimate(), "more", digits=0),
    Measure("Mémorisation M", lambda scores: scores.part("memorisation").estimate(), "less"),
    Measure("Plus longue suite recopiée (mots)", _plain("memorisation", "longest_run"), "less", digits=0),
    Measure(
        "Deviner l'appartenance",
        lambda scores: scores.part("memorisation", "membership").estimate("auc"),
        "less",
        digits=2,
    ),
    Measure("Fuites F", _plain("leaks", "value"), "less", digits=0),
    Measure("Réponses en français", _french, "more", share=True),
    Measure("Boucles", _share("french", "loops"), "less", share=True),
    Measure(
        "Oubli du français neutre (%)",
        lambda scores: scores.part("forgetting").estimate("change_percent"),
        "less",
    ),
    Measure("Mini-essais réussis", _minitests, "more", share=True),
    Measure("Détectable (C2ST)", _c2st, "less", share=True),
    Measure("Écart des longueurs (mots)", _plain("tells", "words_apart"), "less"),
    Measure("« Tu » et « vous » du bon côté", _plain("tells", "address_accuracy"), "more", share=True),
    Measure("Paires de mots différentes", _plain("tells", "given_diversity", "distinct"), "none", share=True),
    Measure(
        "Ressemblance entre réponses", _plain("tells", "given_diversity", "self_bleu"), "none", share=True
    ),
)
