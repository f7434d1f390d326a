"""What a double is asked: the contexts of replies it never learnt, and what the people around wrote.

[user « tu viens ? », assistant « oui », user « quand ? », assistant « 20h »]
    ->  Context([« tu viens ? »], « oui »), Context([« tu viens ? », « oui », « quand ? »], « 20h »)

Generated and transcribed replies are left out and counted: a model chose what they answer, or how their words
are spelt, and they say nothing of how the person writes. A typed reply of the same dialogue counts.
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
SPOKEN = re.compile(r"^\[vocal\] .+$\n?", re.MULTILINE)  # what somebody said, and a model wrote


@counted
@dataclass(frozen=True, slots=True)
class Context:
    """What stood before one of the person's replies, to its last user turn; and that reply."""

    turns: tuple[Turn, ...]
    reply: str
    correspondent: str = ""  # the pseudonym of the one person it answers; empty in a group
    secret: bytes = field(default=b"", compare=False)  # the project's own
    conversation: int = field(default=0, compare=False)  # the number of its dialogue
    circle: str = ""  # how the person writes to whom it answers; empty where they have one manner

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
    left_out = {"generated": 0, "transcribed": 0}
    for dialogue in dialogues:
        reason = "generated" if dialogue.origin.generated else "transcribed"
        left_out[reason] += typed_replies(dialogue).count(False)
    own = [dialogue for dialogue in dialogues if any(typed_replies(dialogue))]
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
    """Whether all replies there are the person's own, as they typed them."""
    return all(typed_replies(dialogue))


def typed_replies(dialogue: Dialogue) -> list[bool]:
    """Of each reply, whether the person typed it. Where it is not known which were said, all may be."""
    origin, count = dialogue.origin, len(dialogue.replies)
    untold = len(origin.replies) != count or not origin.spoken
    if origin.generated or (origin.transcribed and untold):
        return [False] * count
    spoken = set(origin.spoken)
    return [spoken.isdisjoint(ids) for ids in origin.replies] if spoken else [True] * count


def contexts(dialogue: Dialogue) -> Iterable[Context]:
    """One for each reply that was typed, and is not itself only context."""
    whom = dialogue.origin.correspondents
    alone = whom[0] if len(whom) == 1 and not dialogue.origin.group else ""
    replies = iter(typed_replies(dialogue))
    for place, turn in enumerate(dialogue.turns):
        own = turn.role == "assistant" and next(replies) and turn.learnt
        if own and place and dialogue.turns[place - 1].role == "user":
            yield Context(dialogue.turns[:place], turn.text, alone, circle=dialogue.origin.circle)


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
                if written := SPOKEN.sub("", text).strip():
                    said.setdefault(name, []).append(written)
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
