"""What is served: doubles by name, each with a queue of its own.

At most AT_ONCE answers of a double are made together, in turns; WAITING more wait in order. Whoever comes
after them hears when to come again.
"""

import asyncio
import time
from collections.abc import Sequence
from http import HTTPStatus

from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings
from sosie.core.sampling import Sampling
from sosie.engines.base import Adjustable, Engine, notice
from sosie.engines.odds import TellsOdds
from sosie.engines.tools import noting
from sosie.server.carrier import Carrier
from sosie.server.exchange import Refused

AT_ONCE, WAITING = 25, 75  # answers of one double
STRONGEST = 1.5  # of an adapter
MOST_VIEWS = 16  # strengths of a double that are kept, each with the keys and values of its last answer
LONGEST_RETRY = 60  # seconds


class ServedDouble:
    """One engine, under its name."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.engine = engine.name, engine
        self.strength = engine.strength if isinstance(engine, Adjustable) else None
        self.running = self.waiting = self.answers = self.tokens = 0
        self._seconds = 2.0  # that an answer takes, by the last ones
        self._room = asyncio.Semaphore(AT_ONCE)
        self._views: dict[float, Engine] = {}

    @property
    def notice(self) -> str:
        return notice(self.name, self.strength is not None)

    async def answer(
        self,
        turns: Sequence[Turn],
        sampling: Sampling,
        strength: float | None,
        others: int | None = None,
        consulted: Sequence[str] = (),
    ) -> Carrier:
        """An answer that has begun. Refused where too many wait; whoever takes it must stop it.

        `others`: the pieces tell the odds of their tokens, and so many of the likeliest beside each.
        `consulted`: what the tools say, for the model.
        """
        engine = self._at(strength)
        if others is not None:
            engine = telling_odds(engine, others)
        if engine.portrait and turns[0].role != "system":
            turns = (Turn("system", engine.portrait), *turns)
        turns = noting(turns, consulted)
        await self._enter()
        began = time.monotonic()
        carrier = Carrier(lambda: engine.stream(turns, sampling), lambda: self._leave(began))
        try:
            await carrier.started()
        except BaseException:
            carrier.stop()
            raise
        return carrier

    def _at(self, strength: float | None) -> Engine:
        if strength is None or strength == self.strength:
            return self.engine
        if self.strength is None or not isinstance(self.engine, Adjustable):
            raise Refused("Ce modèle n'a pas de double : sa force ne se règle pas.", param="sosie_strength")
        strength = round(strength, 2)
        if strength not in self._views:
            if len(self._views) == MOST_VIEWS:
                self._views.pop(next(iter(self._views)))
            self._views[strength] = self.engine.at(strength)
        return self._views[strength]

    async def _enter(self) -> None:
        if self.waiting >= WAITING:
            seconds = min(LONGEST_RETRY, 1 + int(self._seconds * self.waiting / AT_ONCE))
            raise Refused(
                f"Trop de demandes attendent déjà : réessayez dans {seconds} s.",
                HTTPStatus.TOO_MANY_REQUESTS,
                code="rate_limit_exceeded",
                headers={"Retry-After": str(seconds)},
            )
        self.waiting += 1
        try:
            await self._room.acquire()
        finally:
            self.waiting -= 1
        self.running += 1

    def _leave(self, began: float) -> None:
        """Called once the thread has ended: until then its place is taken, whoever has hung up."""
        self.running -= 1
        self.answers += 1
        self._seconds += (time.monotonic() - began - self._seconds) / 8
        self._room.release()


def telling_odds(engine: Engine, others: int) -> Engine:
    if not isinstance(engine, TellsOdds):
        raise Refused(
            "Ce moteur ne donne pas les probabilités (logprobs) : local et gguf les donnent.",
            param="logprobs",
        )
    return engine.telling_odds(others)


class Doubles:
    """The doubles served, by name. BadSettings where two have the same."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self.all = [ServedDouble(engine) for engine in engines]
        self._named = {served.name: served for served in self.all}
        if len(self._named) < len(self.all):
            raise BadSettings("Deux des doubles ont le même nom.", "Donnez chacun une fois, sous son nom.")

    def find(self, name: str | None) -> ServedDouble:
        """The double of this name; without one, the first."""
        if not name:
            return self.all[0]
        if name not in self._named:
            raise Refused(
                "Ce modèle n'est pas servi ici : GET /v1/models les nomme.",
                HTTPStatus.NOT_FOUND,
                code="model_not_found",
                param="model",
            )
        return self._named[name]
