"""Masks and pseudonyms that stay the same.

    « appelle Malo au 06 12 34 56 78 »  ->  « appelle Malo au [TÉLÉPHONE_1] »
    « Malo : on y va ? » (in a group)   ->  « [AMI_1] : on y va ? »
    whatsapp-5d0c… (two real names)     ->  9b41…   an HMAC with the vault's salt

Covered: what prepare/pii finds; the authors' names where the dialogue itself put them, before their words in
a group and in the origin; every id: those of an export are an account's number, or digests of names and whole
messages, which whoever guesses the name or the masked number could make again.
Not covered: first names inside the messages; whoever has the same conversation knows its words and minutes.

private/pseudonyms.json   who is [AMI_1], and which mask stands for which salted hash (no string)
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
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, closed_folder, whole
from sosie.prepare.consent import Consents
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
    format: int = VAULT_FORMAT  # of the files that it was read from
    consents: Consents = field(default_factory=Consents)

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
            masks, friends = dict(record["masks"]), dict(record["friends"])
            return cls(record["salt"], masks, friends, format=int(record["format"]), consents=consents)
        except (ValueError, KeyError, TypeError):
            raise BadData(
                f"« {path.name} » est abîmé : les pseudonymes déjà donnés ne peuvent pas être relus.",
                "Remettez-le d'une sauvegarde, ou supprimez-le pour en donner de nouveaux.",
            ) from None

    def begin(self) -> None:
        """Another run: the masks stay, the counts start again."""
        self.seen.clear()

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
        """Both files are written now, and take their place if the block ends well; the first one alone where
        not all was seen."""
        folder = closed_folder(workspace.private)
        record = {"format": VAULT_FORMAT, "salt": self.salt, "friends": self.friends, "masks": self.masks}
        with ExitStack() as files:
            _fill(files, folder / "pseudonyms.json", [record])
            if strings:
                _fill(files, folder / "strings.jsonl", self.strings())
            yield

    def strings(self) -> Iterator[dict[str, Any]]:
        """The lines of strings.jsonl."""
        for (kind, print_), sighting in self.seen.items():
            yield {"class": kind, "hash": print_, "count": sighting.count, "replies": [*sighting.replies]}


def _fill(files: ExitStack, path: Path, records: Sequence[Any] | Iterator[Any]) -> None:
    draft = files.enter_context(whole(path, mode=0o600))
    with draft.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def mask(dialogue: Dialogue, vault: Vault) -> Dialogue:
    """The same dialogue with nothing private that we know how to find: the one door to data/."""
    friends = {name: vault.friend(name) for name in dialogue.origin.correspondents}
    origin = replace(vault.hide_ids(dialogue.origin), correspondents=tuple(friends.values()))
    named = {name: mark for name, mark in friends.items() if vault.consents.of(name) != "keep"}
    labels = named if origin.group else {}
    labelled = (
        Turn(turn.role, _without_labels(turn.text, labels)) if turn.role == "user" else turn
        for turn in dialogue.turns
    )
    return hide_turns(Dialogue(tuple(labelled), origin), vault)


def hide_turns(dialogue: Dialogue, vault: Vault) -> Dialogue:
    """The same dialogue with its private strings masked; the vault notes behind which replies each stood."""
    message_ids = iter(dialogue.origin.replies)
    turns = (
        Turn(turn.role, hide(turn.text, vault, next(message_ids, ()) if turn.role == "assistant" else ()))
        for turn in dialogue.turns
    )
    return replace(dialogue, turns=tuple(turns))


def hide(text: str, vault: Vault, replies: Sequence[str] = ()) -> str:
    """A text with its private strings masked."""
    parts, end = [], 0
    for found in find(text):
        parts += [text[end : found.start], vault.mask(found.kind, found.same, replies)]
        end = found.end
    return "".join([*parts, text[end:]]) if parts else text


def _without_labels(text: str, friends: dict[str, str]) -> str:
    """« Malo : » at the beginning of a line becomes « [AMI_1] : »."""
    if not friends:
        return text
    return _labels(tuple(friends)).sub(lambda match: f"{friends[match[1]]} : ", text)


@lru_cache(maxsize=4096)
def _labels(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"^({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))}) : ", re.MULTILINE
    )
