"""Ressemblance R: how much of the way from a typical stranger to the person a model has come.

    R = 100 (1 - sqrt(max(0, E(G, H)) / E0))        E0 = median of E(O_k, H) over the other people

    100   the replies cannot be told from a second sample of the person's own
      0   they are as far from the person as a typical other person; below 0, further

H are the person's held-out replies, G the model's to the same contexts, O other people's; E is the energy
distance of style/distance.py, in a space that has never seen the person. A copier has 100: R says nothing
without Mémorisation. The R of two persons do not compare, nor those of two baselines; one message has none.

Interval: 200 half-samples without replacement of G and of H, E0 held; the quantiles of E, mapped through R.
Refused where N < 50, K < 3, or where the others cannot be told from the person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from sosie.core.counted import counted
from sosie.evaluate.measures.contributions import Contribution, contributions
from sosie.evaluate.measures.reference import MOST, Reference, background_digest, make_reference
from sosie.evaluate.statistics import FEWEST, SEED, TAILS, digest, halves, rounded, sample, shallow
from sosie.style.words import SHORTEST_WORDS, count_words, tidy, usable

FEW = 150  # replies, under which a warning is given; refused under FEWEST
FEWEST_OTHERS = 3
SURE = 0.975  # of the half-samples must tell the others from the person
UNEVEN = 0.15  # more short replies than the person by this share is worth a word


@counted
@dataclass(frozen=True, slots=True)
class Likeness:
    """R, with what is needed to judge it. `value`, `low` and `high` are None where it is refused."""

    value: float | None  # 0 to 100
    raw: float | None  # not cut at 0, printed even where R is refused; None where there is nothing to compare
    low: float | None
    high: float | None
    n: int
    others: int
    measurable: bool
    reason: str
    raw_low: float | None
    raw_high: float | None
    energy: float | None
    floor_energy: float | None
    drift: float | None  # points lost between the person's own earlier and later half
    invented_floor: bool
    warnings: tuple[str, ...]
    contributions: tuple[Contribution, ...]  # the greatest first
    hashes: dict[str, str]
    seed: int

    def to_json(self) -> dict[str, Any]:
        return rounded(asdict(self))


@dataclass(frozen=True, slots=True)
class Difference:
    """R of the first less R of the second on the same contexts: sure where 0 is outside [low, high]."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    measurable: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LikenessAndBase(Likeness):
    """R of a double, with that of its base beside it and what training has won."""

    base: Likeness
    gain: Difference


def likeness(
    given: Sequence[str], truth: Sequence[str], others: Sequence[Sequence[str]] = (), seed: int = SEED
) -> Likeness:
    """R of `given`, from what the person wrote and what others did (without any: invented people)."""
    return measure_likeness(make_reference(truth, others, seed), given)


def likeness_and_base(reference: Reference, double: Sequence[str], base: Sequence[str]) -> LikenessAndBase:
    """`double[i]` and `base[i]` answer the same context."""
    gain = compare_likeness(reference, double, base)
    of_base = measure_likeness(reference, base)
    return LikenessAndBase(**shallow(measure_likeness(reference, double)), base=of_base, gain=gain)


def measure_likeness(reference: Reference, given: Sequence[str]) -> Likeness:
    """R of one model's replies. In whatever order they come, it is the same."""
    import numpy as np

    texts = sample(usable(given), MOST, reference.seed)
    placed = reference.space.embed(texts)
    n = min(len(placed), len(reference.truth))
    reason = " ".join(refusals(reference, n))
    if n < 2 or not reference.baseline.energy > 0:
        return nothing_to_compare(reference, n, reason)
    pair, rng = reference.against(placed), np.random.default_rng(reference.seed)
    energy = pair.energy()
    parts = pair.energies(halves(len(placed), rng), halves(len(reference.truth), rng))
    high, low = (reference.score(float(edge)) for edge in np.nanquantile(parts, TAILS))
    raw = reference.score(energy)
    value, shown_low, shown_high = (None, None, None) if reason else (max(0.0, x) for x in (raw, low, high))
    return Likeness(
        value=value,
        raw=raw,
        low=shown_low,
        high=shown_high,
        n=n,
        others=reference.baseline.others,
        measurable=not reason,
        reason=reason,
        raw_low=low,
        raw_high=high,
        energy=energy,
        floor_energy=reference.baseline.energy,
        drift=None if isnan(reference.drift) else 100 - reference.score(reference.drift),
        invented_floor=reference.baseline.invented,
        warnings=tuple(warnings(reference, given, n)),
        contributions=contributions(placed, reference.truth, reference.space),
        hashes={
            "background": background_digest(),
            "others": reference.baseline.digest,
            "truth": reference.digest,
            "given": digest(texts),
        },
        seed=reference.seed,
    )


def nothing_to_compare(reference: Reference, n: int, reason: str) -> Likeness:
    figures = ("value", "raw", "low", "high", "raw_low", "raw_high", "energy", "floor_energy", "drift")
    return Likeness(
        **dict.fromkeys(figures),
        n=n,
        others=reference.baseline.others,
        measurable=False,
        reason=reason,
        invented_floor=False,
        warnings=(),
        contributions=(),
        hashes={},
        seed=reference.seed,
    )


def refusals(reference: Reference, n: int) -> Iterator[str]:
    """Why R is not to be shown, in sentences; nothing where it may be."""
    if n < FEWEST:
        yield f"Il faut au moins {FEWEST} réponses de {SHORTEST_WORDS} mots de chaque côté (ici {n})."
    if reference.baseline.others < FEWEST_OTHERS:
        yield f"Il faut au moins {FEWEST_OTHERS} autres personnes (ici {reference.baseline.others})."
    elif not (reference.baseline.energy > 0 and reference.baseline.separated >= SURE) and n > 1:
        yield "Le style de la personne ne se distingue pas assez de celui des autres."


def warnings(reference: Reference, given: Sequence[str], n: int) -> Iterator[str]:
    if FEWEST <= n < FEW:
        yield f"Moins de {FEW} réponses : l'intervalle est large."
    if reference.baseline.left_out:
        yield f"Autres personnes écartées, faute de réponses : {reference.baseline.left_out}."
    if reference.baseline.invented:
        yield f"L'étalon est fait de {reference.baseline.others} personnes inventées, faute d'autres vraies."
    short = 1 - len(usable(given)) / len(given)
    if abs(short - reference.short) > UNEVEN:
        yield (
            f"Réponses de moins de {SHORTEST_WORDS} mots, laissées de côté : {short:.0%} pour le modèle, "
            f"{reference.short:.0%} pour la personne."
        ).replace("%", "\u202f%")


def difference(
    first: Sequence[str],
    second: Sequence[str],
    truth: Sequence[str],
    others: Sequence[Sequence[str]] = (),
    seed: int = SEED,
) -> Difference:
    """R(first) - R(second); `first[i]` and `second[i]` answer the same context."""
    return compare_likeness(make_reference(truth, others, seed), first, second)


def compare_likeness(reference: Reference, first: Sequence[str], second: Sequence[str]) -> Difference:
    """The same halves of the person's replies and the same halves of the contexts for both."""
    import numpy as np

    contexts = min(len(first), len(second), MOST)
    answers = [usable_by_context(texts[:contexts]) for texts in (first, second)]
    n = min(len(reference.truth), *(len(places) for places in answers))
    reason = " ".join(refusals(reference, n))
    if reason:
        return Difference(None, None, None, n, False, reason)
    rng = np.random.default_rng(reference.seed)
    of_truth, of_contexts = halves(len(reference.truth), rng), halves(contexts, rng)
    whole, parts = [], []
    for places in answers:
        pair = reference.against(reference.space.embed(list(places.values())))
        energies = pair.energies(of_contexts[:, list(places)], of_truth)
        whole.append(reference.score(pair.energy()))
        parts.append(np.array([reference.score(energy) for energy in energies]))
    low, high = np.nanquantile(parts[0] - parts[1], TAILS)
    return Difference(whole[0] - whole[1], float(low), float(high), n, True, "")


def usable_by_context(texts: Sequence[str]) -> dict[int, str]:
    """The usable replies by the number of their context."""
    tidied = {place: tidy(text) for place, text in enumerate(texts)}
    return {place: text for place, text in tidied.items() if count_words(text) >= SHORTEST_WORDS}
