"""The same tasks on Ray's actors: each keeps its base, as a worker process does.

 tasks -> actor 1, 2 ... N (a local cluster, or that of RAY_ADDRESS) -> outcomes, as they come

Ray listens on every address of the machine without a password, whatever address it is told, and runs what it
is sent. So a local cluster is only started where nobody else can reach it: in a network namespace with
nothing but its loopback, or where the user said that they know. Nothing is sent to Ray's makers.
"""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sosie import __version__
from sosie.core.drafts import Fleeting
from sosie.core.errors import BadSettings
from sosie.core.extras import need
from sosie.core.french_text import duration
from sosie.core.progress import Event
from sosie.fleet.journal import Outcome
from sosie.fleet.pool import DIED, NO_NEWS, Hear
from sosie.fleet.resident import ResidentBase
from sosie.fleet.tasks import Task, perform

POLLED_EVERY = 2.0  # seconds
STORE_BYTES = 100_000_000  # Ray's shared memory: outcomes are small
LISTENS_EVERYWHERE = (
    "Ray écoute sur toutes les adresses de cette machine, sans mot de passe : qui l'atteint y exécute ce "
    "qu'il veut."
)
OTHER_VERSION = "La machine de la grappe n'a pas la même version de sosie que celle-ci."
IN_NAMESPACE = "unshare -rn sh -c 'ip link set lo up && sosie fleet train DOSSIER --ray'"


def check_network(knowingly: bool) -> None:
    """BadSettings where others could reach a local cluster, and nobody said that they know."""
    if knowingly or os.environ.get("RAY_ADDRESS") or only_loopback():
        return
    raise BadSettings(
        LISTENS_EVERYWHERE, f"Isolez-le : {IN_NAMESPACE} ; ou, sur une machine seule : --ray-open"
    )


def only_loopback() -> bool:
    """Whether this process sees no network card but the loopback."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


class Actor:
    """What runs in an actor; `last_event` answers while a task is at work."""

    def __init__(self) -> None:
        self._base, self._heard = ResidentBase(), 0

    def perform(self, record: dict[str, Any], version: str) -> dict[str, Any]:
        """ValueError where the driver's sosie is another than this machine's."""
        if version != __version__:
            raise ValueError("another version")
        return asdict(perform(Task(**record), self._base, self._hear))

    def last_event(self) -> int:
        """How many events there were: while it moves, the task is alive."""
        return self._heard

    def _hear(self, event: Event) -> None:
        self._heard += 1


class RayPool:
    """BadSettings where others could reach it; MissingExtra without Ray."""

    def __init__(
        self, count: int, silent_seconds: float, tries: int, threads: int = 1, knowingly: bool = False
    ) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        check_network(knowingly)
        self._ray: Any = need("ray", extra="ray")
        self._count, self._silent, self._tries, self._threads = count, silent_seconds, tries, threads

    def run(self, tasks: Iterator[Task], hear: Hear) -> Iterator[Outcome]:
        with Fleeting() as folder:
            self._open(str(folder))
            try:
                yield from self._run(tasks, hear)
            finally:
                self._ray.shutdown()

    def _open(self, folder: str) -> None:
        os.environ["OMP_NUM_THREADS"] = str(self._threads)  # of the actors, which inherit it
        local = (
            {}
            if os.environ.get("RAY_ADDRESS")
            else {
                "address": "local",
                "num_cpus": self._count,
                "object_store_memory": STORE_BYTES,
                "include_dashboard": False,
                "_node_ip_address": "127.0.0.1",
                "_temp_dir": folder,
            }
        )
        try:
            self._ray.init(log_to_driver=False, logging_level="ERROR", **local)
        except (RuntimeError, ConnectionError) as error:
            raise BadSettings(
                f"Ray n'a pas pu s'ouvrir ({type(error).__name__}).",
                "La grappe doit avoir les mêmes versions de Ray et de Python ; sans elle : sans --ray.",
            ) from None

    def _run(self, tasks: Iterator[Task], hear: Hear) -> Iterator[Outcome]:
        """Each actor has one task; what ends makes place for the next."""
        places = [Place(number, self._new_actor()) for number in range(self._count)]
        while True:
            for place in places:
                if place.task is None and (task := next(tasks, None)):
                    place.give(task)
            busy = {place.result: place for place in places if place.task}
            if not busy:
                return
            ended, _ = self._ray.wait(list(busy), timeout=POLLED_EVERY)
            for result in ended:
                if outcome := self._taken(busy[result]):
                    yield outcome
            for place in places:
                if place.task and place.result not in ended and (outcome := self._watched(place, hear)):
                    yield outcome

    def _new_actor(self) -> Any:
        return self._ray.remote(Actor).options(num_cpus=1, max_concurrency=2).remote()

    def _taken(self, place: "Place") -> Outcome | None:
        """The outcome; None where the actor died and the task is tried again."""
        task = place.task
        assert task
        try:
            outcome = Outcome(**self._ray.get(place.result))
            place.task = None
            return outcome
        except self._ray.exceptions.RayTaskError:  # no task raises (tasks.py): it was not understood
            place.task = None
            return Outcome(task.person, BadSettings.__name__, OTHER_VERSION)
        except self._ray.exceptions.RayError:
            place.actor = self._new_actor()
            if place.tries < self._tries:
                place.give(task, place.tries + 1)
                return None
            place.task = None
            told = f"Son processus s'est arrêté {self._tries} fois sans dire pourquoi (mémoire ?)."
            return Outcome(task.person, DIED, told, round(time.monotonic() - place.began, 3))

    def _watched(self, place: "Place", hear: Hear) -> Outcome | None:
        """The outcome of a task that says nothing for too long."""
        assert place.task
        try:
            events = self._ray.get(place.actor.last_event.remote(), timeout=POLLED_EVERY)
        except self._ray.exceptions.RayError:  # it died, which its result will tell; or it is frozen
            events = place.events
        if events != place.events:
            place.events, place.heard = events, time.monotonic()
            hear(place.number, place.task.person, {"kind": "step", "done": 0, "total": 0})
        if time.monotonic() - place.heard < self._silent:
            return None
        person, place.task = place.task.person, None
        self._ray.kill(place.actor)
        place.actor = self._new_actor()
        told = f"Aucune nouvelle depuis {duration(self._silent)} : son processus a été arrêté."
        return Outcome(person, NO_NEWS, told, round(time.monotonic() - place.began, 3))


class Place:
    """An actor, and the task that it is at."""

    def __init__(self, number: int, actor: Any) -> None:
        self.number, self.actor = number, actor
        self.task: Task | None = None
        self.result: Any = None
        self.tries = self.events = 0
        self.began = self.heard = 0.0

    def give(self, task: Task, tries: int = 1) -> None:
        self.task, self.tries, self.events = task, tries, -1
        self.began = self.heard = time.monotonic()
        self.result = self.actor.perform.remote(asdict(task), __version__)
