"""Where a tensor lies in its file, and how its numbers are stored."""

from dataclasses import dataclass
from math import prod
from pathlib import Path

STORED = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


@dataclass(frozen=True, slots=True)
class Place:
    file: Path
    begin: int
    kind: str
    shape: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Those of a matrix; a vector has one a number."""
        return self.shape[0] if self.shape else 1

    @property
    def width(self) -> int:
        return prod(self.shape[1:])
