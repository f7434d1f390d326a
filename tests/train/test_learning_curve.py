import re

import pytest

from sosie.train import learning_curve


def test_the_law_that_made_the_points_is_found_again():
    points = [(n, 5.0 - 0.3 * n**0.25) for n in (25, 50, 100, 400)]
    c, slope = learning_curve.fit_power_law(5.0, points)
    assert (c, slope) == pytest.approx((0.3, 0.25))
    after, twice = 5.0 - 0.3 * 100**0.25, 5.0 - 0.3 * 200**0.25
    assert learning_curve.gain_of_doubling(100, 5.0, points) == pytest.approx(1 - twice / after)


def test_more_replies_always_helped_what_was_measured():
    for before, points in learning_curve.MEASURED_LOSSES.values():
        losses = [before, *(loss for _, loss in points)]
        assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("replies", [100, 200])
def test_what_twice_as_much_would_bring_is_told_as_an_estimate(replies):
    told = learning_curve.gain_sentence(replies)
    assert re.search(r"environ \d+( à \d+)? %", told) and "estimé sur mini" in told


@pytest.mark.parametrize("replies", [0, 3, 5000])
def test_nothing_is_said_where_nothing_was_measured(replies):
    assert learning_curve.gain_sentence(replies) == ""
