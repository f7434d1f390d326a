"""Masks and pseudonyms that stay the same.

    « appelle Malo au 06 12 34 56 78 »  ->  « appelle [PRÉNOM_1] au [TÉLÉPHONE_1] »
    « Malo : on y va ? » (in a group)   ->  « [AMI_1] : on y va ? »
    whatsapp-5d0c… (two real names)     ->  9b41…   an HMAC with the vault's salt

Covered: what prepare/pii and prepare/names find, as tags or, where the owner chose so, as surrogates; the
authors' names where the dialogue itself put them, before their words in a group and in the origin; every id:
those of an export are an account's number, or digests of names and whole messages, which whoever guesses the
name or the masked number could make again.
Not covered: what prepare/names misses; whoever has the same conversation knows its words and minutes.

private/pseudonyms.json   who is [AMI_1], which mask or surrogate stands for which salted hash (no string)
private/originals.jsonl   what each mask stands for, in clear (originals.py): the one way back
private/strings.jsonl     a line a private string: {"class", "hash", "count", "replies"}; `count` is how often
                          it was seen, `replies` the ids, as in data/, of the person's messages in the turns
                          that held it
"""

import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Origin
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, closed_folder, whole
from sosie.prepare.consent import Consents
from sosie.prepare.names.first_names import bare
from sosie.prepare.names.names import NAME_KINDS, Names, listed_names
from sosie.prepare.names.surrogates import dress, found_as, invent
from sosie.prepare.originals import ORIGINALS, Originals
from sosie.prepare.pii.base import Found
from sosie.prepare.pii.detectors import find

VAULT_FORMAT = 2  # 1: the ids in strings.jsonl were those of the exports
SALT = 32  # bytes


@counted
@dataclass(slots=True)
class Sighting:
    """One private string, in one run of prepare."""

    count: int = 0
    replies: dict[str, None] = field(default_factory=dict)  # message ids, in order


@counted
@dataclass(slots=True)
class Vault:
    """What must stay private: the salt, the masks given so far, and what this run has seen."""

    salt: str = field(repr=False)
    masks: dict[str, dict[str, str]] = field(default_factory=dict)  # {"téléphone": {hash: "[TÉLÉPHONE_1]"}}
    friends: dict[str, str] = field(default_factory=dict, repr=False)  # {"Malo": "[AMI_1]"}
    seen: dict[tuple[str, str], Sighting] = field(default_factory=dict)
    surrogates: dict[str, dict[str, str]] = field(default_factory=dict)  # {"prénom": {hash: "Théo"}}
    originals: Originals = field(default_factory=Originals)
    consents: Consents = field(default_factory=Consents)
    format: int = VAULT_FORMAT  # of the files that it was read from

    @classmethod
    def open(cls, workspace: Workspace) -> "Vault":
        """The folder's vault, or a new one with its own salt. Nothing is written yet."""
        path, consents = workspace.private / "pseudonyms.json", Consents.open(workspace)
        if not path.is_file():
            return cls(secrets.token_hex(SALT), consents=consents)
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if len(bytes.fromhex(record["salt"])) < SALT:
                raise ValueError("salt")
            vault = cls(record["salt"], dict(record["masks"]), dict(record["friends"]))
            vault.surrogates, vault.format = dict(record.get("surrogates", {})), int(record["format"])
            vault.consents = consents
            vault.originals = Originals(workspace.private / ORIGINALS)
            return vault
        except (ValueError, KeyError, TypeError):
            raise BadData(
                f"« {path.name} » est abîmé : les pseudonymes déjà donnés ne peuvent pas être relus.",
                "Remettez-le d'une sauvegarde, ou supprimez-le pour en donner de nouveaux.",
            ) from None

    def begin(self) -> None:
        """Another run: the masks stay, the counts start again."""
        self.seen.clear()
        self.originals.clear()

    def fingerprint(self, kind: str, same: str) -> str:
        """A hash that means nothing without the salt."""
        content = f"{kind}\n{same}".encode("utf-8", "surrogatepass")
        return hmac.digest(bytes.fromhex(self.salt), content, "sha256").hex()

    def id_of(self, what: str, id_: str) -> str:
        """What data/ calls a message, a conversation or a dialogue, which has this id in its export."""
        return self.fingerprint(f"id {what}", id_)[:16] if id_ else ""

    def hide_ids(self, origin: Origin) -> Origin:
        """The origin with its ids replaced by HMACs, which need the salt."""
        return replace(
            origin,
            id=self.id_of("dialogue", origin.id),
            conversation=self.id_of("conversation", origin.conversation),
            replies=tuple(tuple(self.id_of("message", id_) for id_ in ids) for ids in origin.replies),
        )

    def mask(self, kind: str, same: str, replies: Sequence[str]) -> str:
        """« [TÉLÉPHONE_1] », always the same for the same string; the sighting is noted."""
        print_ = self.fingerprint(kind, same)
        sighting = self.seen.setdefault((kind, print_), Sighting())
        sighting.count += 1
        sighting.replies.update(dict.fromkeys(replies))
        given = self.masks.setdefault(kind, {})
        return given.setdefault(print_, f"[{kind.upper()}_{len(given) + 1}]")

    def surrogate(self, found: Found, written: str, names: Names) -> str:
        """Another string of the same shape, always the same for the same person; "" where there is none."""
        given = self.surrogates.setdefault(found.kind, {})
        print_ = self.fingerprint(found.kind, found.same)
        base = given.get(print_, "")
        if not base or bare(base) in names.people:  # somebody came who bears that name
            is_name = found.kind in NAME_KINDS
            taken = names.people.union(map(bare, given.values())) if is_name else set(given.values())
            gender = names.genders.get(found.same.split()[0], "b")
            base = given[print_] = invent(found.kind, found.same, gender, Random(print_), taken)
        return dress(base, written, found.kind) if base else ""

    def standing(self) -> frozenset[tuple[str, str]]:
        """The surrogates given so far, as they are found in a text: their class, and what is the same."""
        return frozenset(
            (k, same) for k, given in self.surrogates.items() for same in found_as(k, given.values())
        )

    def friend(self, name: str) -> str:
        """« [AMI_1] », always the same for the same author."""
        spelling = " ".join(unicodedata.normalize("NFKC", name).split())
        return self.friends.setdefault(spelling, f"[AMI_{len(self.friends) + 1}]")

    @property
    def masked(self) -> dict[str, int]:
        """How often each class was masked in this run."""
        counts: dict[str, int] = {}
        for (kind, _), sighting in self.seen.items():
            counts[kind] = counts.get(kind, 0) + sighting.count
        return counts

    @contextmanager
    def saved(self, workspace: Workspace, strings: bool = True) -> Iterator[None]:
        """All files are written now, and take their place if the block ends well; the first one alone where
        not all was seen."""
        folder = closed_folder(workspace.private)
        record = {"format": VAULT_FORMAT, "salt": self.salt, "friends": self.friends, "masks": self.masks}
        record |= {"surrogates": self.surrogates} if self.surrogates else {}
        with ExitStack() as files:
            _fill(files, folder / "pseudonyms.json", [record])
            if strings:
                _fill(files, folder / ORIGINALS, self.originals.lines())
                _fill(files, folder / "strings.jsonl", self.strings())
            yield

    def strings(self) -> Iterator[dict[str, Any]]:
        """The lines of strings.jsonl. A name is no secret that a model could be caught telling."""
        for (kind, print_), sighting in self.seen.items():
            if kind in NAME_KINDS:
                continue
            yield {"class": kind, "hash": print_, "count": sighting.count, "replies": [*sighting.replies]}


def _fill(files: ExitStack, path: Path, records: Sequence[Any] | Iterator[Any]) -> None:
    draft = files.enter_context(whole(path, mode=0o600))
    with draft.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


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
    private = [one for one in (*find(text), *names.find(text)) if (one.kind, one.same) not in stays]
    if not private and not labels:
        return []
    spoken = _labels(tuple(labels)).finditer(text) if labels else ()
    spans = [(label.start(), label.end(1), labels[label[1]]) for label in spoken]
    taken = bytearray(len(text))
    for start, end, _ in spans:
        taken[start:end] = b"\1" * (end - start)
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
