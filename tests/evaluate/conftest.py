"""Twenty invented people who are in nobody's space and nobody's floor, and the ruler of each."""

from collections.abc import Sequence

import pytest

from sosie.evaluate.measures.reference import Ruler, background_space, make_ruler
from sosie.evaluate.personas import FLOOR, SITTERS, replies
from sosie.style.words import usable

N, K = 200, 5
TRUE, OWN = 1, 2  # seeds of a person's replies: held out, and a second sample


class Bench:
    """R without the interval, on what was placed once."""

    def __init__(self) -> None:
        self.others = [replies(number, N) for number in FLOOR[:K]]
        self.rulers = {number: make_ruler(replies(number, N, TRUE), self.others) for number in SITTERS}
        self.own = {number: replies(number, N, OWN) for number in SITTERS}
        self.placed = {number: self.place(own) for number, own in self.own.items()}

    def place(self, texts: Sequence[str]):
        return background_space().place(usable(texts))

    def raw(self, number: int, texts: Sequence[str], ruler: Ruler | None = None) -> float:
        ruler = ruler or self.rulers[number]
        return ruler.score(ruler.against(self.place(texts)).energy())

    def raw_of_another(self, number: int, other: int) -> float:
        ruler = self.rulers[number]
        return ruler.score(ruler.against(self.placed[other]).energy())


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
