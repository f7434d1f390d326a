from hypothesis import given
from hypothesis import strategies as st

from sosie.train.schedule import FLOOR, rate_share, warm_steps


@given(st.integers(1, 5000))
def test_the_rate_climbs_then_falls_and_is_never_zero(steps):
    warm = warm_steps(steps)
    rates = [rate_share(step, steps, warm) for step in range(steps)]
    assert all(0 < value <= 1 for value in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert steps < 4 or rates[-1] == FLOOR


def test_a_short_run_is_not_mostly_warm_up():
    assert warm_steps(83) == 5
    assert warm_steps(10) == 1


def test_a_constant_rate_climbs_too_and_stays():
    rates = [rate_share(step, 50, warm_steps(50), "constant") for step in range(50)]
    assert rates[0] < rates[1] < rates[2] < 1 and set(rates[3:]) == {1.0}
