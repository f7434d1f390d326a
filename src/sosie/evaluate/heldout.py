"""What a double is asked: the contexts of replies it never learnt, and what the people around wrote.

[user « tu viens ? », assistant « oui », user « quand ? », assistant « 20h »]
    ->  Context([« tu viens ? »], « oui »), Context([« tu viens ? », « oui », « quand ? »], « 20h »)

Generated and transcribed dialogues are left out and counted: the words there are a model's, or a
transcriber's punctuation, and say nothing of how the person writes.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hmac import digest
from random import Random
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Turn

LABEL = re.compile(r"^(\[[^\W\d]+_\d+\]) : ", re.MULTILINE)  # who speaks, in a group


@counted
@dataclass(frozen=True, slots=True)
class Context:
    """What stood before one of the person's replies, to its last user turn; and that reply."""

    turns: tuple[Turn, ...]
    reply: str
    correspondent: str = ""  # the pseudonym of the one person it answers; empty in a group
    secret: bytes = field(default=b"", compare=False)  # the project's own
    conversation: int = field(default=0, compare=False)  # the number of its dialogue

    @property
    def mark(self) -> str:
        """What it is called on disk: whoever guesses the words cannot make it again without the secret."""
        return digest(self.secret, self.id.encode(), "sha256").hex()[:16]

    @property
    def id(self) -> str:
        """The same for the same words, whatever the file they stood in. Never written: see `mark`."""
        said = [(turn.role, turn.text) for turn in self.turns]
        return hashlib.sha256(json.dumps([said, self.reply]).encode()).hexdigest()[:16]

    @property
    def asked(self) -> str:
        return self.turns[-1].text


@counted
@dataclass(frozen=True, slots=True)
class Held:
    """The contexts drawn, in the order of time; `left_out` counts replies that are not the person's style."""

    contexts: tuple[Context, ...]
    dialogues: int
    of: int  # contexts there were to draw from
    left_out: dict[str, int]
    first: str
    last: str

    @property
    def truth(self) -> list[str]:
        return [context.reply for context in self.contexts]


def held_out(dialogues: Sequence[Dialogue], most: int, seed: int, secret: bytes = b"") -> Held:
    """At most `most` contexts, drawn by chance over all of them."""
    left_out = {
        reason: sum(len(d.replies) for d in dialogues if getattr(d.origin, reason))
        for reason in ("generated", "transcribed")
    }
    own = [dialogue for dialogue in dialogues if typed(dialogue)]
    found = [
        replace(context, conversation=number)
        for number, dialogue in enumerate(own)
        for context in contexts(dialogue)
    ]
    drawn = sorted(Random(seed).sample(range(len(found)), min(most, len(found))))
    times = sorted(d.origin.first.date().isoformat() for d in own if d.origin.first)
    return Held(
        contexts=tuple(replace(found[place], secret=secret) for place in drawn),
        dialogues=len(own),
        of=len(found),
        left_out=left_out,
        first=times[0] if times else "",
        last=times[-1] if times else "",
    )


def typed(dialogue: Dialogue) -> bool:
    """Whether the words there are the person's own, as they typed them."""
    return not (dialogue.origin.generated or dialogue.origin.transcribed)


def contexts(dialogue: Dialogue) -> Iterable[Context]:
    """One for each reply that is not itself only context."""
    whom = dialogue.origin.correspondents
    alone = whom[0] if len(whom) == 1 and not dialogue.origin.group else ""
    for place, turn in enumerate(dialogue.turns):
        if turn.learnt and turn.role == "assistant" and place and dialogue.turns[place - 1].role == "user":
            yield Context(dialogue.turns[:place], turn.text, alone)


def interlocutors(dialogues: Iterable[Dialogue]) -> dict[str, list[str]]:
    """What each correspondent wrote: {"[AMI_1]": ["tu viens ?", ...]}, what they sent in a row as one."""
    said: dict[str, list[str]] = {}
    for dialogue in dialogues:
        whom = dialogue.origin.correspondents
        for turn in dialogue.turns:
            if turn.role != "user":
                continue
            parts: Iterable[Any] = _labelled(turn.text) or ([(whom[0], turn.text)] if len(whom) == 1 else ())
            for name, text in parts:
                said.setdefault(name, []).append(text)
    return said


def _labelled(text: str) -> list[tuple[str, str]]:
    """« [AMI_1] : on y va ?\\n[AMI_2] : oui »  ->  [("[AMI_1]", "on y va ?"), ("[AMI_2]", "oui")]"""
    cut = LABEL.split(text)
    if cut[0].strip():
        return []
    runs: list[tuple[str, str]] = []
    for name, words in zip(cut[1::2], cut[2::2], strict=True):
        words = words.removesuffix("\n")
        if runs and runs[-1][0] == name:
            words = f"{runs.pop()[1]}\n{words}"
        runs.append((name, words))
    return runs
