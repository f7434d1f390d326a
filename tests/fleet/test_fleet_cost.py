"""A forecast from a few measured people holds for many, and says what it supposes."""

import numpy as np
import pytest

from sosie.core.errors import NothingToDo
from sosie.fleet.cost import Cluster, Constants, constants_of, forecast, sentence, simulate
from sosie.fleet.journal import Outcome

SURE = {"losses_per_hour": 0.0, "slow_share": 0.0}


def done(number, seconds, **facts):
    return Outcome(f"p{number}", seconds=seconds, facts=facts)


def test_people_alike_take_what_they_take():
    told = forecast(200, Constants((2.0,) * 20, 10.0), Cluster(2, price_per_hour=3.6, **SURE))
    assert told.seconds == (210.0, 210.0, 210.0)
    assert told.worker_seconds == (420.0, 420.0, 420.0) and told.money[1] == pytest.approx(0.42)


def test_of_people_of_all_lengths_the_truth_is_in_the_interval():
    chance = np.random.default_rng(3)
    held = 0
    for _ in range(20):
        truth = chance.lognormal(1.0, 0.5, 500)
        told = forecast(500, Constants(tuple(truth[:40]), 5.0), Cluster(4, **SURE))
        held += told.seconds[0] <= 5.0 + truth.sum() / 4 <= told.seconds[2]
    assert held >= 15  # of 20, for an interval of 90 %


def test_slow_and_lost_workers_cost_more_and_more_so_the_more_there_are():
    constants = Constants((60.0,) * 20, 30.0)
    likely = [
        forecast(1000, constants, Cluster(50, losses_per_hour=losses, slow_share=slow)).seconds[1]
        for losses, slow in ((0.0, 0.0), (0.5, 0.0), (5.0, 0.0), (5.0, 0.2))
    ]
    assert likely == sorted(likely) and likely[0] < likely[-1]


@pytest.mark.slow
def test_a_million_people_are_simulated_each():
    seconds, paid = simulate(
        1_000_000, Constants((2.0,), 4.0), Cluster(1000, **SURE), np.random.default_rng(1)
    )
    assert seconds == pytest.approx(2004) and paid == pytest.approx(2_004_000)


def test_a_cold_process_is_told_apart_from_its_people():
    outcomes = [done(0, 17.0, start_seconds=3.0), *(done(number, 2.0) for number in range(1, 8))]
    assert constants_of([*outcomes, Outcome("x", "BadData", "Non.", 50.0)]) == Constants((2.0,) * 7, 18.0)


def test_too_few_people_forecast_nothing():
    with pytest.raises(NothingToDo):
        constants_of([done(number, 2.0) for number in range(4)])


def test_what_was_measured_and_what_was_not_is_said():
    told = sentence(forecast(10_000, Constants((2.0,) * 20, 4.0), Cluster(100, 0.5)))
    assert "Mesuré ici : 20 personnes" in told and "Supposé, non mesuré" in told and "€" in told
