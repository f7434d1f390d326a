"""Which habits keep a model away from the person: the energy distance of each alone, the greatest first."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from sosie.style.distance import Embedded, Space, habit_energies
from sosie.style.features import FEATURES

if TYPE_CHECKING:
    from sosie.style.distance import Table


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


def contributions(given: Embedded, truth: Embedded, space: Space) -> tuple[Contribution, ...]:
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
            given=_mean_of_habit(given.plain[:, place], feature.plain),
            truth=_mean_of_habit(truth.plain[:, place], feature.plain),
        )
        for place, feature in enumerate(FEATURES)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.energy, row.name)))


def _mean_of_habit(values: "Table", plain: Callable[[float], float]) -> float:
    return fmean(plain(float(value)) for value in values)
