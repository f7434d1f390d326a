"""Masks and pseudonyms that stay the same.

    « appelle Malo au 06 12 34 56 78 »  ->  « appelle [PRÉNOM_1] au [TÉLÉPHONE_1] »
    « Malo : on y va ? » (in a group)   ->  « [AMI_1] : on y va ? »
    whatsapp-5d0c… (two real names)     ->  9b41…   an HMAC with the vault's salt

Covered: what prepare/pii and prepare/names find, as tags or, where the owner chose so, as surrogates; the
authors' names where the dialogue itself put them, before their words in a group and in the origin; every id:
those of an export are an account's number, or digests of names and whole messages, which whoever guesses the
name or the masked number could make again.
Not covered: what prepare/names misses; whoever has the same conversation knows its words and minutes.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from sosie.core.dialogue import Dialogue
from sosie.prepare.names.names import Names, listed_names
from sosie.prepare.pii.detectors import HIDDEN, find
from sosie.prepare.vault import Vault


def mask(dialogue: Dialogue, vault: Vault, names: Names | None = None) -> Dialogue:
    """The same dialogue with nothing private that we know how to find: the one door to data/.

    Without `names`, those of the list are hidden.
    """
    friends = {name: vault.friend(name) for name in dialogue.origin.correspondents}
    origin = replace(vault.hide_ids(dialogue.origin), correspondents=tuple(friends.values()))
    named = {name: mark for name, mark in friends.items() if vault.consents.of(name) != "keep"}
    labels = named if origin.group else {}
    return _hidden(Dialogue(dialogue.turns, origin), vault, names or listed_names(), labels)


def hide_turns(dialogue: Dialogue, vault: Vault, names: Names | None = None) -> Dialogue:
    """The same dialogue, masked before or not, with its private strings masked; no name without `names`.

    The vault notes their replies. Where names become surrogates, a string that is one already stays.
    """
    return _hidden(dialogue, vault, names or Names({}), {}, again=True)


def _hidden(
    dialogue: Dialogue, vault: Vault, names: Names, labels: dict[str, str], again: bool = False
) -> Dialogue:
    message_ids = iter(dialogue.origin.replies)
    stays = vault.standing() if again and names.mode == "surrogates" else frozenset()
    turns = []
    for turn in dialogue.turns:
        replies = next(message_ids, ()) if turn.role == "assistant" else ()
        spans = _spans(turn.text, vault, names, replies, labels if turn.role == "user" else {}, stays)
        hidden = _cut(turn.text, spans, vault, dialogue.origin.id)
        turns.append(replace(turn, text=hidden))
    return replace(dialogue, turns=tuple(turns))


def hide(text: str, vault: Vault, replies: Sequence[str] = (), names: Names | None = None) -> str:
    """A text with its private strings masked."""
    return _cut(text, _spans(text, vault, names or listed_names(), replies, {}), vault)


Span = tuple[int, int, str]  # a place in the text, and what is to stand there


def _spans(
    text: str,
    vault: Vault,
    names: Names,
    replies: Sequence[str],
    labels: dict[str, str],
    stays: frozenset[tuple[str, str]] = frozenset(),
) -> list[Span]:
    """What is replaced in a text, in order and without overlap: labels, then private strings, then names."""
    spoken = _labels(tuple(labels)).finditer(text) if labels else ()
    spans = [(label.start(), label.end(1), labels[label[1]]) for label in spoken]
    heard = text  # the labels are nobody's words
    for start, end, _ in spans:
        heard = heard[:start] + HIDDEN * (end - start) + heard[end:]
    private = [one for one in (*find(heard), *names.find(heard)) if (one.kind, one.same) not in stays]
    if not private:
        return spans
    taken = bytearray(len(text))
    for found in private:
        if taken.find(1, found.start, found.end) < 0:
            taken[found.start : found.end] = b"\1" * (found.end - found.start)
            tag = vault.mask(found.kind, found.same, replies)
            written = text[found.start : found.end]
            shown = vault.surrogate(found, written, names) if names.mode == "surrogates" else ""
            spans.append((found.start, found.end, shown or tag))
    return sorted(spans)


def _cut(text: str, spans: Sequence[Span], vault: Vault, dialogue: str = "") -> str:
    """The text with its spans replaced; the vault keeps what was there."""
    if not spans:
        return text
    parts, cuts, end, shift = [""], [], 0, 0  # shift: by how much the masked text is longer so far
    for start, stop, shown in spans:
        parts += [text[end:start], shown]
        cuts.append((start + shift, start + shift + len(shown), text[start:stop]))
        shift += len(shown) - (stop - start)
        end = stop
    masked = "".join([*parts, text[end:]])
    vault.originals.add(dialogue, vault.id_of("text", masked), cuts)
    return masked


@lru_cache(maxsize=4096)
def _labels(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"^({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))}) : ", re.MULTILINE
    )
