"""Are threads cut where their sessions end? Ours against the best silence that is the same for all.

    python -m benchmarks.sessions [--threads 200] [--seed 7]

200 invented threads of six rhythms, whose sessions are known: teenagers, office, evenings, people who answer
after meals, letters, groups. Silences are drawn from gamma, Weibull, Pareto, exponential and uniform laws,
and sessions begin at hours of the day: it is not the mixture that prepare/rhythm.py looks for. 60 % of the
threads tell minutes only, as WhatsApp does. The fixed silence is the best of 96 from one minute to two and a
half days, chosen on the answers themselves: once by F1 over all borders, once by the mean of the threads' F1.

What was measured is kept in benchmarks/results/. Exits with 1 where ours is not the better by both.
"""

import argparse
import json
import math
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

from sosie.prepare.rhythm import Rhythm, borders

HERE = Path(__file__).parent
MINUTE, HOUR, DAY = 60, 3600, 86_400
RHYTHMS = ("teenagers", "office", "evenings", "meals", "letters", "group")
Silences = list[tuple[float, bool]]  # seconds, and whether a session begins after it


def rhythm(chance: Random, kind: str) -> tuple[Callable[[], float], Callable[[float], float]]:
    """(a silence inside a session, when the next session begins after the end of one)"""
    draw = chance.uniform
    if kind == "teenagers":
        seconds, shape, hours = draw(8, 40), draw(0.6, 1.2), draw(1, 2.5)
        return (
            lambda: chance.gammavariate(shape, seconds / shape),
            lambda end: awake(end + 10 * MINUTE + chance.expovariate(1 / (hours * HOUR)), chance),
        )
    if kind == "office":
        seconds, shape = draw(90, 400), draw(0.8, 1.3)
        return lambda: chance.weibullvariate(seconds, shape), lambda end: at_work(
            end + draw(1.2, 6) * HOUR, chance
        )
    if kind == "evenings":
        seconds = draw(60, 240)
        return (
            lambda: chance.expovariate(1 / seconds) if chance.random() < 0.9 else draw(600, 2400),
            lambda end: in_the_evening(end, chance),
        )
    if kind == "meals":
        least, tail = draw(120, 900), draw(0.9, 1.6)
        return (
            lambda: min(least * chance.paretovariate(tail), 5 * HOUR * draw(0.7, 1)),
            lambda end: awake(end + draw(1.2, 9) * DAY, chance),
        )
    if kind == "letters":
        least, most = draw(1, 3) * HOUR, draw(8, 20) * HOUR
        return lambda: draw(least, most), lambda end: end + draw(3, 30) * DAY
    seconds = draw(15, 90)
    return (
        lambda: chance.expovariate(1 / seconds) * (5 if chance.random() < 0.15 else 1),
        lambda end: awake(end + chance.triangular(1, 20, 3) * HOUR, chance),
    )


def awake(at: float, chance: Random) -> float:
    """Not before half past seven."""
    return at + (7.5 * HOUR - at % DAY) + chance.uniform(0, 1.5) * HOUR if at % DAY < 7.5 * HOUR else at


def at_work(at: float, chance: Random) -> float:
    """Between nine and six, five days a week."""
    while not 9 * HOUR <= at % DAY <= 18 * HOUR or at // DAY % 7 >= 5:
        at = (at // DAY + (at % DAY > 18 * HOUR or at // DAY % 7 >= 5)) * DAY + chance.uniform(9, 10.5) * HOUR
    return at


def in_the_evening(end: float, chance: Random) -> float:
    day = end // DAY + (end % DAY > 12 * HOUR) + chance.choice([0, 0, 0, 1, 2])
    return day * DAY + chance.triangular(18.5, 22.5, 20.5) * HOUR


def thread(number: int, seed: int) -> Silences:
    """30 to 1,500 messages of one rhythm, as their silences."""
    chance = Random(f"thread {seed} {number}")
    inside, following = rhythm(chance, RHYTHMS[number % len(RHYTHMS)])
    count = int(math.exp(chance.uniform(math.log(30), math.log(1500))))
    length, step = chance.uniform(4, 25), MINUTE if chance.random() < 0.6 else 1
    at, times, first = 19_000 * DAY + 9.0 * HOUR, [], []
    while len(times) < count:
        for place in range(1 + int(chance.expovariate(1 / length))):
            at += inside() if place else 0
            times.append(at // step * step)
            first.append(place == 0)
        at = following(at)
    return [(later - sooner, new) for sooner, later, new in zip(times, times[1:], first[1:], strict=False)]


def counts(silences: Silences, border: float) -> tuple[int, int, int]:
    """(found, found wrongly, missed)"""
    cut = [(seconds > border, new) for seconds, new in silences]
    return cut.count((True, True)), cut.count((True, False)), cut.count((False, True))


def f1(found: int, wrong: int, missed: int) -> float:
    return 2 * found / (2 * found + wrong + missed) if found else 0.0


def scores(threads: Sequence[Silences], borders_: Sequence[float]) -> tuple[float, list[float]]:
    """F1 over all borders, and that of each thread."""
    each = [counts(silences, border) for silences, border in zip(threads, borders_, strict=True)]
    return f1(*map(sum, zip(*each, strict=True))), [f1(*one) for one in each]


def measured(count: int, seed: int) -> dict[str, Any]:
    threads = [thread(number, seed) for number in range(count)]
    heard = {str(number): Rhythm() for number in range(count)}
    for own, silences in zip(heard.values(), threads, strict=True):
        for seconds, _ in silences:
            own.add(seconds)
    ours = [silence.total_seconds() for silence in borders(heard).values()]
    steps = [MINUTE * 2 ** (n / 8) for n in range(96)]
    fixed = {step: scores(threads, [step] * count) for step in steps}
    over_all = max(steps, key=lambda step: fixed[step][0])
    by_thread = max(steps, key=lambda step: mean(fixed[step][1]))

    def told(found: tuple[float, list[float]]) -> dict[str, Any]:
        by_rhythm = {kind: round(mean(found[1][n :: len(RHYTHMS)]), 3) for n, kind in enumerate(RHYTHMS)}
        return {"f1": round(found[0], 3), "mean_of_threads": round(mean(found[1]), 3), "by_rhythm": by_rhythm}

    return {
        "threads": count,
        "silences": sum(map(len, threads)),
        "ours": told(scores(threads, ours)),
        "best_fixed_f1": told(fixed[over_all]) | {"minutes": round(over_all / MINUTE)},
        "best_fixed_mean": told(fixed[by_thread]) | {"minutes": round(by_thread / MINUTE)},
        "three_hours": told(scores(threads, [3.0 * HOUR] * count)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    found = measured(asked.threads, asked.seed)
    result = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version()}
    result |= {"seed": asked.seed, **found}
    path = HERE / "results" / f"sessions-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))
    ours = found["ours"]
    if ours["f1"] <= found["best_fixed_f1"]["f1"] or (
        ours["mean_of_threads"] <= found["best_fixed_mean"]["mean_of_threads"]
    ):
        sys.exit("bar missed: a fixed silence does better")


if __name__ == "__main__":
    main()
