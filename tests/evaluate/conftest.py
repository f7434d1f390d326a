"""Twenty invented people who are in nobody's space and nobody's floor, and the reference of each."""

from collections.abc import Sequence

import pytest
from evaluate.sitting import full

from sosie.evaluate import suite
from sosie.evaluate.measures.reference import Reference, background_space, make_reference
from sosie.evaluate.personas import BASELINE, SITTERS, replies
from sosie.evaluate.scores import Scores
from sosie.style.words import usable

N, K = 200, 5
TRUE, OWN = 1, 2  # seeds of a person's replies: held out, and a second sample


class Bench:
    """R without the interval, on what was placed once."""

    def __init__(self) -> None:
        self.others = [replies(number, N) for number in BASELINE[:K]]
        self.references = {
            number: make_reference(replies(number, N, TRUE), self.others) for number in SITTERS
        }
        self.own = {number: replies(number, N, OWN) for number in SITTERS}
        self.placed = {number: self.place(own) for number, own in self.own.items()}

    def place(self, texts: Sequence[str]):
        return background_space().embed(usable(texts))

    def raw(self, number: int, texts: Sequence[str], reference: Reference | None = None) -> float:
        reference = reference or self.references[number]
        return reference.score(reference.against(self.place(texts)).energy())

    def raw_of_another(self, number: int, other: int) -> float:
        reference = self.references[number]
        return reference.score(reference.against(self.placed[other]).energy())


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def scores(tmp_path_factory) -> Scores:
    """A real evaluation, small, in which each measure has something to say."""
    subject, data, options = full()
    return suite.evaluate(subject, data, tmp_path_factory.mktemp("essai"), options)
