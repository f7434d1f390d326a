"""The loop against our own copy of the usual tutorial's: same job, same first loss, 1.3 times faster."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def loops(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import ours
    import tutorial_loop

    yield ours, tutorial_loop
    for name in ("ours", "tutorial_loop", "job"):
        sys.modules.pop(name, None)


def test_it_is_at_least_1_3_times_faster_than_the_tutorials_loop(loops):
    """CPU time; a machine that is busy may need a second or a third look."""
    ours, tutorial = loops
    ratios = []
    while len(ratios) < 3 and (not ratios or max(ratios) < 1.3):
        mine, theirs = ours.run(1), tutorial.run(1)
        assert mine["loss_first"] == pytest.approx(theirs["loss_first"], rel=1e-5)
        assert mine["tokens"] == theirs["tokens"] and mine["steps"] == theirs["steps"]
        ratios.append(theirs["cpu_seconds"] / mine["cpu_seconds"])
    assert max(ratios) >= 1.3, f"only {max(ratios):.2f} times faster"
