"""Ressemblance R: how much of the way from a typical stranger to the person a model has come.

    R = 100 (1 - sqrt(max(0, E(G, H)) / E0))        E0 = median of E(O_k, H) over the other people

    100   the replies cannot be told from a second sample of the person's own
      0   they are as far from the person as a typical other person; below 0, further

H are the person's held-out replies, G the model's to the same contexts, O other people's; E is the energy
distance of style/distance.py, in a space that has never seen the person. A copier has 100: R says nothing
without Mémorisation. The R of two persons do not compare, nor those of two floors; never one for one message.

Interval: 200 half-samples without replacement of G and of H, E0 held; the quantiles of E, mapped through R.
Refused where N < 50, K < 3, or where the others cannot be told from the person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from math import isnan
from statistics import fmean
from typing import TYPE_CHECKING, Any

from sosie.evaluate.measures.reference import MOST, Ruler, background_digest, make_ruler
from sosie.evaluate.statistics import FEWEST, SEED, TAILS, digest, halves, rounded, sample
from sosie.style.distance import Placed, Space, habit_energies
from sosie.style.features import FEATURES
from sosie.style.words import SHORTEST, count_words, tidy, usable

if TYPE_CHECKING:
    from sosie.style.distance import Table

FEW = 150  # replies, under which a warning is given; refused under FEWEST
FEWEST_OTHERS = 3
SURE = 0.975  # of the half-samples must tell the others from the person
UNEVEN = 0.15  # more short replies than the person by this share is worth a word


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one habit alone adds to the distance: a row of « ce qui trahit le modèle »."""

    name: str
    label: str
    unit: str
    energy: float
    share: float  # of the energies of all habits
    given: float
    truth: float


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
    raw_low: float | None = None
    raw_high: float | None = None
    energy: float | None = None
    floor_energy: float | None = None
    drift: float | None = None  # points lost between the person's own earlier and later half
    invented_floor: bool = False
    warnings: tuple[str, ...] = ()
    contributions: tuple[Contribution, ...] = ()  # the greatest first
    hashes: dict[str, str] = field(default_factory=dict)
    seed: int = SEED

    def to_json(self) -> dict[str, Any]:
        """Rounded, so that the last bit of a processor changes nothing."""
        record: dict[str, Any] = rounded(asdict(self))
        return record


@dataclass(frozen=True, slots=True)
class Difference:
    """R of the first less R of the second on the same contexts: sure where 0 is outside [low, high]."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    measurable: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        record: dict[str, Any] = rounded(asdict(self))
        return record


def likeness(
    given: Sequence[str], truth: Sequence[str], others: Sequence[Sequence[str]] = (), seed: int = SEED
) -> Likeness:
    """R of `given`, from what the person wrote and what others did (without any: invented people)."""
    return measure(make_ruler(truth, others, seed), given)


def measure(ruler: Ruler, given: Sequence[str]) -> Likeness:
    """R of one model's replies. In whatever order they come, it is the same."""
    import numpy as np

    texts = sample(usable(given), MOST, ruler.seed)
    placed = ruler.space.place(texts)
    n = min(len(placed), len(ruler.truth))
    reason = " ".join(refusals(ruler, n))
    if n < 2 or not ruler.floor.energy > 0:
        return Likeness(None, None, None, None, n, ruler.floor.others, False, reason, seed=ruler.seed)
    pair, rng = ruler.against(placed), np.random.default_rng(ruler.seed)
    energy = pair.energy()
    parts = pair.energies(halves(len(placed), rng), halves(len(ruler.truth), rng))
    high, low = (ruler.score(float(edge)) for edge in np.nanquantile(parts, TAILS))
    raw = ruler.score(energy)
    value, shown_low, shown_high = (None, None, None) if reason else (max(0.0, x) for x in (raw, low, high))
    return Likeness(
        value=value,
        raw=raw,
        low=shown_low,
        high=shown_high,
        n=n,
        others=ruler.floor.others,
        measurable=not reason,
        reason=reason,
        raw_low=low,
        raw_high=high,
        energy=energy,
        floor_energy=ruler.floor.energy,
        drift=None if isnan(ruler.drift) else 100 - ruler.score(ruler.drift),
        invented_floor=ruler.floor.invented,
        warnings=tuple(warnings(ruler, given, n)),
        contributions=contributions(placed, ruler.truth, ruler.space),
        hashes={
            "background": background_digest(),
            "others": ruler.floor.digest,
            "truth": ruler.digest,
            "given": digest(texts),
        },
        seed=ruler.seed,
    )


def refusals(ruler: Ruler, n: int) -> Iterator[str]:
    """Why R is not to be shown, in sentences; nothing where it may be."""
    if n < FEWEST:
        yield f"Il faut au moins {FEWEST} réponses de {SHORTEST} mots de chaque côté (ici {n})."
    if ruler.floor.others < FEWEST_OTHERS:
        yield f"Il faut au moins {FEWEST_OTHERS} autres personnes (ici {ruler.floor.others})."
    elif not (ruler.floor.energy > 0 and ruler.floor.told_apart >= SURE) and n > 1:
        yield "Le style de la personne ne se distingue pas assez de celui des autres."


def warnings(ruler: Ruler, given: Sequence[str], n: int) -> Iterator[str]:
    if FEWEST <= n < FEW:
        yield f"Moins de {FEW} réponses : l'intervalle est large."
    if ruler.floor.left_out:
        yield f"Autres personnes écartées, faute de réponses : {ruler.floor.left_out}."
    if ruler.floor.invented:
        yield f"L'étalon est fait de {ruler.floor.others} personnes inventées, faute d'autres vraies."
    short = 1 - len(usable(given)) / len(given)
    if abs(short - ruler.short) > UNEVEN:
        yield (
            f"Réponses de moins de {SHORTEST} mots, laissées de côté : {short:.0%} pour le modèle, "
            f"{ruler.short:.0%} pour la personne."
        ).replace("%", "\u202f%")


def contributions(given: Placed, truth: Placed, space: Space) -> tuple[Contribution, ...]:
    """The energy of each habit alone, the greatest first."""
    energies = habit_energies(given, truth, space.habit_scale)
    total = sum(max(0.0, float(energy)) for energy in energies) or 1.0
    rows = [
        Contribution(
            name=feature.name,
            label=feature.label,
            unit=feature.unit,
            energy=float(energies[place]),
            share=max(0.0, float(energies[place])) / total,
            given=_mean(given.plain[:, place], feature.plain),
            truth=_mean(truth.plain[:, place], feature.plain),
        )
        for place, feature in enumerate(FEATURES)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.energy, row.name)))


def _mean(values: "Table", plain: Any) -> float:
    return fmean(plain(float(value)) for value in values)


def difference(
    first: Sequence[str],
    second: Sequence[str],
    truth: Sequence[str],
    others: Sequence[Sequence[str]] = (),
    seed: int = SEED,
) -> Difference:
    """R(first) - R(second); `first[i]` and `second[i]` answer the same context."""
    return compare(make_ruler(truth, others, seed), first, second)


def compare(ruler: Ruler, first: Sequence[str], second: Sequence[str]) -> Difference:
    """The same halves of the person's replies and the same halves of the contexts for both."""
    import numpy as np

    contexts = min(len(first), len(second), MOST)
    kept = [answered(texts[:contexts]) for texts in (first, second)]
    n = min(len(ruler.truth), *(len(places) for places in kept))
    reason = " ".join(refusals(ruler, n))
    if reason:
        return Difference(None, None, None, n, False, reason)
    rng = np.random.default_rng(ruler.seed)
    of_truth, of_contexts = halves(len(ruler.truth), rng), halves(contexts, rng)
    whole, parts = [], []
    for places in kept:
        pair = ruler.against(ruler.space.place(list(places.values())))
        energies = pair.energies(of_contexts[:, list(places)], of_truth)
        whole.append(ruler.score(pair.energy()))
        parts.append(np.array([ruler.score(energy) for energy in energies]))
    low, high = np.nanquantile(parts[0] - parts[1], TAILS)
    return Difference(whole[0] - whole[1], float(low), float(high), n, True, "")


def answered(texts: Sequence[str]) -> dict[int, str]:
    """The usable replies by the number of their context."""
    tidied = {place: tidy(text) for place, text in enumerate(texts)}
    return {place: text for place, text in tidied.items() if count_words(text) >= SHORTEST}
