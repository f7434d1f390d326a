"""Scores read with patience: what is absent, null or not a number is simply not there.

scores = Part({"french": {"share": float("nan"), "n": 200}})
scores.part("french").number("share")  ->  None            scores.part("leaks").number("n")  ->  None
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from sosie.evaluate.report.intervals import Estimate, mean_of, share_of


@dataclass(frozen=True, slots=True)
class Part:
    record: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it holds more than the reason why it holds nothing."""
        return any(value is not None for key, value in self.record.items() if key not in ("reason", "gate"))

    def part(self, *names: str) -> "Part":
        value: Any = self.record
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return Part(value if isinstance(value, Mapping) else {})

    def number(self, name: str) -> float | None:
        value = self.record.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return None
        return float(value)

    def word(self, name: str, otherwise: str = "") -> str:
        value = self.record.get(name)
        return value if isinstance(value, str) and value else otherwise

    def flag(self, name: str) -> bool:
        return self.record.get(name) is True

    def items(self, name: str) -> list[Any]:
        value = self.record.get(name)
        return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []

    def parts(self, name: str) -> list["Part"]:
        return [Part(item) for item in self.items(name) if isinstance(item, Mapping)]

    def words(self, name: str) -> list[str]:
        return [item for item in self.items(name) if isinstance(item, str)]

    def numbers(self, name: str) -> list[float]:
        """A list of numbers, or nothing where one of them is none."""
        values = [Part({"it": item}).number("it") for item in self.items(name)]
        found = [value for value in values if value is not None]
        return found if len(found) == len(values) else []

    def pairs(self, name: str) -> list[tuple[str, float]]:
        """[["😂", 0.5], ...] as the profile's tables are written."""
        rows = [
            Part(dict(zip(("form", "share"), item, strict=False)))
            for item in self.items(name)
            if _is_pair(item)
        ]
        return [
            (row.word("form"), row.number("share") or 0.0) for row in rows if row.number("share") is not None
        ]

    def estimate(self, name: str = "value") -> Estimate:
        return Estimate(self.number(name), self.number("low"), self.number("high"))

    def share(self, name: str, n: float | None) -> Estimate:
        return share_of(self.number(name), n)

    def habit(self, name: str) -> Estimate:
        """The mean of one habit of a profile, over its replies. A habit is never under 0."""
        spread = self.part("habits", name)
        found = mean_of(spread.number("mean"), spread.number("deviation"), self.number("replies"))
        return Estimate(found.value, None if found.low is None else max(0.0, found.low), found.high)


def _is_pair(item: Any) -> bool:
    return isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str)
