"""Answers for the blind game, all written before it opens, drawn as a double talks.

They are kept in runs/NAME/evaluate/answers-arena.jsonl. Where an evaluation drew its answers in the same way
(answers-double.jsonl), the game takes the contexts that most of its players have answered there first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random

from sosie.core.circles import told_turns
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.progress import Event, Report, silent
from sosie.core.sampling import Sampling
from sosie.engines.base import Engine, TextStream
from sosie.evaluate.answer_cache import Answer, Asked, Speaker, answers, ask, key, lines
from sosie.evaluate.collect_answers import mark_of
from sosie.evaluate.heldout import Context

EVALUATED, OWN = "double", "arena"  # answers-NAME.jsonl


class Unopened:
    """An engine that is opened at its first question: where all is written already, no model is loaded."""

    def __init__(self, name: str, sampling: Sampling, open_it: Callable[[], Engine]) -> None:
        self.name, self.portrait, self.sampling = name, "", sampling
        self._open = open_it
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        self._engine = self._engine or self._open()
        return self._engine

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        return self.engine.stream(turns, sampling)

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        return self.engine.answers(many_turns, sampling, seeds)

    def tokens(self, text: str) -> int:
        return self.engine.tokens(text)

    def close(self) -> None:
        """Give the memory back to the next player."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


@counted
@dataclass(frozen=True, slots=True)
class Player:
    """A system at the table: its name, its weights' mark, and the folder where its answers are kept.

    A double that learnt `circles` is told that of each context.
    """

    name: str
    weights: str
    engine: Unopened
    folder: Path
    circles: tuple[str, ...] = ()

    def speaker(self, file: str) -> Speaker:
        return Speaker(file, self.name, self.engine, self.weights)

    def asked(self, contexts: Sequence[Context], seed: int) -> list[Asked]:
        return ask([replace(c, turns=told_turns(c.turns, c.circle, self.circles)) for c in contexts], seed)


def double_player(double: Double, run: Path, open_it: Callable[[], Engine]) -> Player:
    """A double of this folder; its name tells one training from another of the same name."""
    name = player_name(double, run)
    weights = f"{double.adapter_sha256} {mark_of(double.base, double.revision)}"
    return Player(name, weights, Unopened(name, double.talking, open_it), run / "evaluate", double.circles)


def player_name(double: Double, run: Path) -> str:
    return f"{run.resolve().name}@{double.adapter_sha256[:6]}"


def model_player(named: str, sampling: Sampling, spare: Path, open_it: Callable[[], Engine]) -> Player:
    """A model without a double, whose answers go to a folder of its own in `spare`."""
    name = Path(named).name if Path(named).exists() else named
    folder = spare / sha256(named.encode()).hexdigest()[:12]
    return Player(name, named, Unopened(name, sampling, open_it), folder)


def answered(
    players: Sequence[Player], contexts: Sequence[Context], most: int, seed: int, report: Report = silent
) -> tuple[list[Context], dict[str, list[str]]]:
    """At most so many contexts, and each player's answers to them, in order."""
    asked = {player.name: player.asked(contexts, seed) for player in players}
    ready = {player.name: _ready(player, asked[player.name]) for player in players}
    places = _choose(contexts, ready, most, seed)
    missing = sum(place not in ready[player.name] for player in players for place in places)
    if missing:
        report(Event("answer", text=f"Réponses à écrire avant d'ouvrir : {missing}..."))
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        report(Event("answer", done=done, total=missing))

    by_player: dict[str, list[str]] = {}
    for player in players:
        wanted = [place for place in places if place not in ready[player.name]]
        questions = [asked[player.name][place] for place in wanted]
        written = answers(player.speaker(OWN), questions, player.engine.sampling, player.folder, tell)
        player.engine.close()
        found = ready[player.name] | dict(zip(wanted, written, strict=True))
        by_player[player.name] = [found[place].text for place in places]
    return [contexts[place] for place in places], by_player


def _ready(player: Player, asked: Sequence[Asked]) -> dict[int, Answer]:
    """By place: what the last evaluation has already had written, drawn in the same way."""
    kept = {line["key"]: line for line in lines(player.folder / f"answers-{EVALUATED}.jsonl")}
    keys = (key(player.speaker(EVALUATED), one, player.engine.sampling) for one in asked)
    found = ((place, kept.get(mark)) for place, mark in enumerate(keys))
    return {place: Answer(line["text"], line["cut"]) for place, line in found if line}


def _choose(
    contexts: Sequence[Context], ready: Mapping[str, Mapping[int, Answer]], most: int, seed: int
) -> list[int]:
    """Places, by lot, those that cost the least first. The lot of a context is its own."""
    lots = [Random(f"{seed}/{context.id}").random() for context in contexts]
    missing = [sum(place not in theirs for theirs in ready.values()) for place in range(len(contexts))]
    return sorted(range(len(contexts)), key=lambda place: (missing[place], lots[place]))[:most]
