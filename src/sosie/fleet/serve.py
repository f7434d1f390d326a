"""All doubles of a fleet behind one address: the key says whose is asked, and no other is there.

request -> key -> person -> adapter, opened if need be (adapters.py) -> answer
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from sosie.arena.web.access import Door
from sosie.core.dialogue import Turn
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import NothingToDo, SosieError
from sosie.core.extras import need
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.engines.base import Adjustable, Engine, TextStream, Usage
from sosie.engines.local import Local
from sosie.engines.odds import TellsOdds
from sosie.fleet.adapters import AdapterCache
from sosie.fleet.count import Count
from sosie.fleet.journal import Outcome
from sosie.fleet.keys import KeyRing
from sosie.fleet.people import Person, SameName, find_people, namesakes, refuse_links
from sosie.fleet.resident_doubles import ResidentDoubles
from sosie.fleet.run import NAMESAKE
from sosie.server.access import WITHOUT_KEY
from sosie.server.app import App
from sosie.server.doubles import Doubles
from sosie.server.exchange import Request

SLICE = 16  # pieces between two moments where an answer lets others go first; the first is its first piece

OpenDouble = Callable[[Double, str], tuple[Engine, Callable[[], None]]]


class PersonEngine:
    """A person's double, whose adapter is in memory only while it answers, and as long as there is room."""

    def __init__(
        self,
        name: str,
        double: Double,
        open_: OpenDouble,
        cache: AdapterCache,
        strength: float = 1.0,
        others: int | None = None,
    ) -> None:
        self.name, self.strength = name, strength
        self.portrait, self.sampling = double.portrait, double.talking
        self._double, self._open, self._cache, self._others = double, open_, cache, others
        self._size = ((double.folder or Path()) / ADAPTER).stat().st_size

    @property
    def base(self) -> "PersonEngine":
        return self.at(0.0)

    def at(self, strength: float) -> "PersonEngine":
        return PersonEngine(self.name, self._double, self._open, self._cache, strength, self._others)

    def telling_odds(self, others: int) -> "PersonEngine":
        """The same, whose streams also tell how likely each token was."""
        return PersonEngine(self.name, self._double, self._open, self._cache, self.strength, others)

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        with self._cache.using(*self._asked()) as engine:
            pauses = isinstance(engine, Local)  # an answer of another engine is made elsewhere
            with closing(self._view(engine).stream(turns, sampling)) as stream:
                for number in count():
                    try:
                        piece = next(stream)
                    except StopIteration as end:
                        usage: Usage = end.value
                        break
                    yield piece
                    if pauses and number % SLICE == 0:
                        self._cache.make_way(*self._asked())
        return usage

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        with self._cache.using(*self._asked()) as engine:
            return self._view(engine).answers(many_turns, sampling, seeds)

    def tokens(self, text: str) -> int:
        with self._cache.using(*self._asked()) as engine:
            return engine.tokens(text)

    def close(self) -> None:
        """Others use what it is made of."""

    def _asked(self) -> tuple[str, int, Callable[[], tuple[Engine, Callable[[], None]]]]:
        return self.name, self._size, lambda: self._open(self._double, self.name)

    def _view(self, engine: Engine) -> Engine:
        if isinstance(engine, Adjustable) and engine.strength != self.strength:
            engine = engine.at(self.strength)
        if self._others is not None and isinstance(engine, TellsOdds):
            engine = engine.telling_odds(self._others)
        return engine


class FleetApp(App):
    """The server's application, with other doubles for each key."""

    def __init__(self, served: "Served", host: str) -> None:
        super().__init__(Doubles([]), Door(host, key=secrets.token_hex()))  # the keys are asked for here
        self._served = served

    async def _doubles_for(self, request: Request, address: str) -> Doubles:
        if request.path in WITHOUT_KEY:
            return Doubles([])
        return self._served.doubles_of(await self._served.keys.holder(request, address))


@dataclass
class Served:
    """The people who are served; what each asks for is found when it is asked for. `here`: in this process,
    where answers are sampled as they are measured."""

    folders: dict[str, Path]
    keys: KeyRing
    cache: AdapterCache
    open: OpenDouble
    here: bool = True

    def __post_init__(self) -> None:
        self._doubles: dict[str, Doubles] = {}

    def doubles_of(self, name: str) -> Doubles:
        if name not in self._doubles:
            double = Double.read(Workspace(self.folders[name]).latest_double())
            if not self.here:
                double = replace(double, talking=double.talking_through_llama)
            self._doubles[name] = Doubles([PersonEngine(name, double, self.open, self.cache)])
        return self._doubles[name]


def serve_people(root: Path, megabytes: float, open_: OpenDouble | None = None) -> tuple[Served, Count]:
    """Everybody who has a double, and the count of who has not; keys are drawn where there are none.

    `open_`: what opens a double elsewhere; None: modules of this process, on one resident base.
    """
    people = find_people(root)
    # Here, once: where two threads are the first to ask transformers for a name, one is told there is none.
    getattr(need("transformers", extra="train"), "PreTrainedTokenizerFast")  # noqa: B009
    same, count = namesakes(people), Count(len(people))
    cache = AdapterCache(1e6 * megabytes)
    served = Served({}, KeyRing(), cache, open_ or ResidentDoubles().open, here=open_ is None)
    for person in people:
        try:
            if person.name in same:
                raise SameName(NAMESAKE, "Renommez-le.")
            refuse_links(Workspace(person.folder))
            Workspace(person.folder).latest_double()
            served.keys.add(person.name, person.folder)
        except (SosieError, OSError) as error:
            count.add(set_aside(person, error))
            continue
        served.folders[person.name] = person.folder
        count.add(Outcome(person.name))
    if not served.folders:
        raise NothingToDo("Personne n'a encore de double ici.", "Faites-en : sosie fleet train DOSSIER")
    return served, count


def set_aside(person: Person, error: Exception) -> Outcome:
    told = error.message if isinstance(error, SosieError) else "Ce dossier ne peut pas être lu."
    return Outcome(person.name, type(error).__name__, told)


def open_in_llama(double: Double, name: str) -> tuple[Engine, Callable[[], None]]:
    """The engine of a double in a llama.cpp of its own, over its base's one mapped file."""
    from sosie.engines.gguf import open_gguf

    engine = open_gguf(double)
    engine.name = name
    return engine, engine.close
