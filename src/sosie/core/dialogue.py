"""What is learnt and chatted: turns, and dialogues with where they came from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sosie.core.counted import counted

Role = Literal["system", "user", "assistant"]


@counted
@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. `learnt` is False for an answer that is only context: read, never a target."""

    role: Role
    text: str
    learnt: bool = True


@counted
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a dialogue came from: what is written under `sosie` in data/*.jsonl.

    The three ids are those of the export until prepare/pseudonymise.py replaces them.
    """

    id: str = ""
    source: str = ""
    conversation: str = ""
    correspondents: tuple[str, ...] = ()  # pseudonyms
    group: bool = False
    first: datetime | None = None
    last: datetime | None = None
    zone_known: bool = False
    replies: tuple[tuple[str, ...], ...] = ()  # the message ids behind each assistant turn
    asked: tuple[int, ...] = ()  # how many messages stand behind each user turn
    generated: bool = False
    transcribed: bool = False
    spoken: tuple[str, ...] = ()  # those of the ids in `replies` whose words were said, not typed
    circle: str = ""  # how they are written to, where the person has several manners (style/circles.py)


@counted
@dataclass(frozen=True, slots=True)
class Dialogue:
    """Alternating turns; the person is `assistant`, whoever speaks to them is `user`."""

    turns: tuple[Turn, ...]
    origin: Origin = field(default_factory=Origin)

    @property
    def replies(self) -> tuple[str, ...]:
        """The texts of the person's turns, in order."""
        return tuple(turn.text for turn in self.turns if turn.role == "assistant")
