"""What a fleet costs, in seconds and money: measured constants, then a simulation of every person.

 the seconds of people who were done here -> drawn for N people -> list scheduling on W workers -> Forecast

Measured: each person's seconds, what a cold process takes more. Supposed, and said so: workers that are slow,
workers that are lost (a spot machine taken back) with the person they were at. The interval holds both the
chance of the rounds and how few people were measured (a bootstrap of their mean; Efron 1979, "Bootstrap
methods: another look at the jackknife").
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, Any

from sosie.core.errors import NothingToDo
from sosie.core.french_text import decimal, number, percent, span
from sosie.fleet.journal import Outcome

if TYPE_CHECKING:
    import numpy as np

FEWEST_MEASURED = 5  # people measured
ROUNDS, FEWEST_ROUNDS, MOST_DRAWS = 40, 3, 200_000
RESAMPLES = 1000
LOW, HIGH = 5, 95  # percentiles
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Constants:
    """Measured here: `person` are the seconds of each who was done by a process that had its base already."""

    person: tuple[float, ...]
    start: float  # what a cold process takes more
    retried: float = 0.0  # share of the people who had to be tried again


@dataclass(frozen=True, slots=True)
class Cluster:
    """`workers` at once, each at a price. The rest is supposed, not measured."""

    workers: int
    price_per_hour: float = 0.0  # of one worker
    losses_per_hour: float = 0.05  # of one worker
    slow_share: float = 0.02
    slow_times: float = 3.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """`seconds` from the first person to the last, `worker_seconds` paid for, `money`: low, likely, high."""

    people: int
    workers: int
    seconds: tuple[float, float, float]
    worker_seconds: tuple[float, float, float]
    money: tuple[float, float, float]
    measured: str
    supposed: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def constants_of(outcomes: Sequence[Outcome], clock: str = "seconds") -> Constants:
    """From who was done here; `clock`: "cpu_seconds" where the machine was shared. NothingToDo where they are
    too few."""

    def took(outcome: Outcome) -> float:
        return outcome.seconds if clock == "seconds" else float(outcome.facts.get(clock, 0.0))

    done = [outcome for outcome in outcomes if outcome.done and outcome.seconds]
    warm = [took(outcome) for outcome in done if "start_seconds" not in outcome.facts]
    if len(warm) < FEWEST_MEASURED:
        raise NothingToDo(
            f"Il faut avoir fait au moins {FEWEST_MEASURED} personnes ici pour prévoir les autres.",
            "Lancez d'abord la même commande sur quelques-unes.",
        )
    usual = sum(warm) / len(warm)
    cold = [
        took(outcome) - usual + (outcome.facts["start_seconds"] if clock == "seconds" else 0.0)
        for outcome in done
        if "start_seconds" in outcome.facts
    ]
    return Constants(tuple(warm), max(0.0, sum(cold) / len(cold)) if cold else 0.0)


def forecast(people: int, constants: Constants, cluster: Cluster, seed: int = 7) -> Forecast:
    """Rounds of the simulation, fewer where there are very many people."""
    import numpy as np

    chance = np.random.default_rng(seed)
    rounds = max(FEWEST_ROUNDS, min(ROUNDS, MOST_DRAWS // max(1, people)))
    seen = np.array([simulate(people, constants, cluster, chance) for _ in range(rounds)])
    measured = np.array(constants.person)
    means = chance.choice(measured, (RESAMPLES, len(measured))).mean(axis=1) / measured.mean()
    told = seen[chance.integers(rounds, size=RESAMPLES)] * means[:, None]
    seconds, worker_seconds = percentiles(told[:, 0]), percentiles(told[:, 1])
    price = cluster.price_per_hour / HOUR
    return Forecast(
        people,
        cluster.workers,
        seconds,
        worker_seconds,
        (price * worker_seconds[0], price * worker_seconds[1], price * worker_seconds[2]),
        f"{len(constants.person)} personnes, {decimal(sum(constants.person) / len(constants.person))} s "
        f"chacune, {decimal(constants.start)} s pour démarrer un processus",
        f"{percent(cluster.slow_share)} de processus {decimal(cluster.slow_times, 0)} fois plus lents, "
        f"{decimal(cluster.losses_per_hour)} perte par heure et par processus",
    )


def simulate(
    people: int, constants: Constants, cluster: Cluster, chance: "np.random.Generator"
) -> tuple[float, float]:
    """One round: the seconds until the last person is done, and those that all workers worked."""
    import numpy as np

    work = chance.choice(np.array(constants.person), people)
    slow = np.where(chance.random(cluster.workers) < cluster.slow_share, cluster.slow_times, 1.0)
    lost = chance.random(people) < 1 - np.exp(-cluster.losses_per_hour * work / HOUR)
    again = lost | (chance.random(people) < constants.retried)
    work = work + again * (chance.random(people) * work + constants.start)
    ends = [(constants.start, worker) for worker in range(min(cluster.workers, people))]
    heapify(ends)
    for seconds in work.tolist():
        free, worker = ends[0]
        heapreplace(ends, (free + seconds * slow[worker], worker))
    return max(ends)[0], sum(end for end, _ in ends)


def percentiles(values: "np.ndarray[Any, Any]") -> tuple[float, float, float]:
    import numpy as np

    low, likely, high = np.percentile(values, (LOW, 50, HIGH))
    return float(low), float(likely), float(high)


def sentence(told: Forecast) -> str:
    """The forecast in French, with what was measured and what was not."""
    money = f", de {decimal(told.money[0])} à {decimal(told.money[2])} €" if told.money[2] else ""
    return (
        f"{number(told.people)} personnes, {number(told.workers)} à la fois : "
        f"{span(told.seconds[0], told.seconds[2])}{money}. Mesuré ici : {told.measured}. "
        f"Supposé, non mesuré : {told.supposed}."
    )
