"""Learning curve: what twice the data would bring, within the sizes that were measured.

mini was trained with the default recipe on a growing part of two voices, and the loss of held-out replies was
measured each time (benchmarks/learning_curve.py). The gain over the base follows a power law of the number
of replies, gain = c n^s, fitted here by least squares on the logarithms; each voice gives one answer, and
their range is shown. Left out: 25 replies, where the six steps are the limit, not the data.
"""

from collections.abc import Sequence
from math import exp, log
from statistics import linear_regression

# voice -> loss before, and (replies learnt, loss after): mean nats a learnt token of 55 and 100 replies
MEASURED_LOSSES: dict[str, tuple[float, tuple[tuple[int, float], ...]]] = {
    "oral_h23": (5.018, ((50, 4.078), (100, 3.948), (200, 3.781), (350, 3.672))),
    "cyrano": (4.105, ((51, 3.828), (102, 3.796), (202, 3.731), (403, 3.69))),
}


def fit_power_law(before: float, points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """(c, s) of gain = c n^s."""
    slope, start = linear_regression([log(n) for n, _ in points], [log(before - loss) for _, loss in points])
    return exp(start), slope


def gain_of_doubling(replies: int, before: float, points: Sequence[tuple[int, float]]) -> float:
    """The relative decrease of the loss with twice as many replies."""
    c, slope = fit_power_law(before, points)
    gain = c * replies**slope
    return float(gain * (2**slope - 1) / (before - gain))


def gain_sentence(replies: int) -> str:
    """« Avec le double de réponses, la perte baisserait encore d'environ 2 à 4 % (...) » or nothing."""
    sizes = [n for _, points in MEASURED_LOSSES.values() for n, _ in points]
    if not min(sizes) <= replies <= max(sizes):
        return ""
    shares = sorted(round(100 * gain_of_doubling(replies, *curve)) for curve in MEASURED_LOSSES.values())
    percent = f"{shares[0]} à {shares[-1]} %" if shares[0] < shares[-1] else f"{shares[0]} %"
    return (
        f"Avec le double de réponses, la perte baisserait encore d'environ {percent} "
        f"(estimé sur mini, {len(MEASURED_LOSSES)} voix)."
    )
