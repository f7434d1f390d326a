"""How far a fleet is: who is done, who was set aside and why, how long it may still take."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from sosie.core.french_text import duration, plural
from sosie.core.progress import Event
from sosie.fleet.journal import Outcome

TOLD_MOST = 1000  # of those set aside, kept with their sentences


@dataclass(frozen=True, slots=True)
class Summary:
    """`set_aside` counts people by kind of error; `told` are the first of them, with their sentences."""

    people: int
    done: int
    set_aside: Mapping[str, int]
    seconds: float
    told: tuple[Outcome, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        whole = {"people": self.people, "done": self.done}
        return {**whole, "set_aside": dict(self.set_aside), "seconds": self.seconds}


@dataclass
class Count:
    """The figures as the work goes."""

    people: int
    done: int = 0
    worked: int = 0  # outcomes of this run's workers: by them the time left is told
    set_aside: Counter[str] = field(default_factory=Counter)
    told: list[Outcome] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome) -> None:
        self.done += outcome.done
        if not outcome.done:
            self.set_aside[outcome.kind] += 1
            if len(self.told) < TOLD_MOST:
                self.told.append(outcome)

    @property
    def finished(self) -> int:
        return self.done + self.set_aside.total()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def event(self) -> Event:
        facts: dict[str, Any] = {"set_aside": self.set_aside.total()}
        if self.worked:
            facts["seconds_left"] = self.seconds / self.worked * (self.people - self.finished)
        return Event("person", done=self.finished, total=self.people, facts=facts)

    def summary(self) -> Summary:
        told = tuple(self.told)
        return Summary(self.people, self.done, dict(self.set_aside), round(self.seconds, 3), told)


def foreseen(count: Count, measured: Sequence[float], processes: int) -> Event:
    """What is to do and how long it takes, by those who were done before."""
    left = count.people - count.finished
    text = f"{plural(count.people, 'personne')}, dont {left} à faire, à {processes} à la fois"
    if measured and left:
        text += f" : environ {duration(mean(measured) * left / processes)} (mesuré sur {len(measured)})"
    elif left:
        text += " : la durée sera dite dès les premières"
    return Event("plan", total=left, text=text + ".")
