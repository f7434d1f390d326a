"""R by circle, and beside the other circles: told apart by a double that keeps them, and only by it."""

from sosie.evaluate.measures.by_circle import by_circle
from sosie.evaluate.personas import BASELINE, replies

FIRST, SECOND, N = 30, 35, 100
OTHERS = [replies(number, 100) for number in BASELINE[:3]]
CIRCLES = ["tutoiement"] * N + ["vouvoiement"] * N
TRUTH = [*replies(FIRST, N, 1), *replies(SECOND, N, 1)]


def test_who_keeps_the_circles_is_nearest_on_the_diagonal():
    apart = by_circle([*replies(FIRST, N, 2), *replies(SECOND, N, 2)], TRUTH, CIRCLES, OTHERS, 7)
    assert [one.circle for one in apart] == ["tutoiement", "vouvoiement"]
    for one in apart:
        (other,) = one.others
        assert other.circle != one.circle and one.likeness.raw > other.likeness.raw + 40
        assert one.likeness.n <= N


def test_who_writes_to_all_alike_is_not():
    for one in by_circle(replies(FIRST, 2 * N, 2), TRUTH, CIRCLES, OTHERS, 7):
        (other,) = one.others
        nearer = one.likeness.raw > other.likeness.raw
        assert nearer is (one.circle == "tutoiement")


def test_one_manner_or_too_few_replies_make_no_row():
    assert by_circle(TRUTH, TRUTH, [""] * 2 * N, OTHERS, 7) == ()
    assert by_circle(TRUTH, TRUTH, ["tutoiement"] * 2 * N, OTHERS, 7) == ()
    few = by_circle(TRUTH, TRUTH, ["tutoiement"] * 49 + ["vouvoiement"] * (2 * N - 49), OTHERS, 7)
    assert [(one.circle, one.others) for one in few] == [("vouvoiement", ())]
