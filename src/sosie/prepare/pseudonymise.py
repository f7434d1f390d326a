"""Masks and pseudonyms that stay the same.

    « appelle Malo au 06 12 34 56 78 »  ->  « appelle Malo au [TÉLÉPHONE_1] »
    « Malo : on y va ? » (in a group)   ->  « [AMI_1] : on y va ? »

Covered: what patterns.py finds, and the authors' names where the dialogue itself put them: before their words
in a group, and in the origin.
Not covered: first names inside the messages.

private/pseudonyms.json   who is [AMI_1], and which mask stands for which salted hash (no string)
private/strings.jsonl     a line a private string: {"class", "hash", "count", "replies"}; `count` is how often
                          it was seen, `replies` the ids of the person's messages in the turns that held it
"""

import hashlib
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
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, closed_folder, whole
from sosie.prepare.pii_patterns import find

FORMAT = 1


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

    salt: str
    masks: dict[str, dict[str, str]] = field(default_factory=dict)  # {"téléphone": {hash: "[TÉLÉPHONE_1]"}}
    friends: dict[str, str] = field(default_factory=dict)  # {"Malo": "[AMI_1]"}
    seen: dict[tuple[str, str], Sighting] = field(default_factory=dict)

    @classmethod
    def open(cls, workspace: Workspace) -> "Vault":
        """The folder's vault, or a new one with its own salt. Nothing is written yet."""
        path = workspace.private / "pseudonyms.json"
        if not path.is_file():
            return cls(secrets.token_hex(32))
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return cls(str(record["salt"]), dict(record["masks"]), dict(record["friends"]))
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
        return hmac.new(bytes.fromhex(self.salt), f"{kind}\n{same}".encode(), hashlib.sha256).hexdigest()

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
        known = " ".join(unicodedata.normalize("NFKC", name).split())
        return self.friends.setdefault(known, f"[AMI_{len(self.friends) + 1}]")

    @property
    def masked(self) -> dict[str, int]:
        """How often each class was masked in this run."""
        counts: dict[str, int] = {}
        for (kind, _), sighting in self.seen.items():
            counts[kind] = counts.get(kind, 0) + sighting.count
        return counts

    @contextmanager
    def saved(self, workspace: Workspace) -> Iterator[None]:
        """Both files are written now, and take their place if the block ends well."""
        folder = closed_folder(workspace.private)
        record = {"format": FORMAT, "salt": self.salt, "friends": self.friends, "masks": self.masks}
        with ExitStack() as files:
            _fill(files, folder / "pseudonyms.json", [record])
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
    """The same dialogue with nothing private that we know how to find."""
    names = dialogue.origin.correspondents
    friends = {name: vault.friend(name) for name in names}
    behind = iter(dialogue.origin.replies)
    turns = []
    for turn in dialogue.turns:
        replies = next(behind, ()) if turn.role == "assistant" else ()
        text = (
            _without_labels(turn.text, friends)
            if turn.role == "user" and dialogue.origin.group
            else turn.text
        )
        turns.append(Turn(turn.role, hide(text, vault, replies)))
    return Dialogue(tuple(turns), replace(dialogue.origin, correspondents=tuple(friends.values())))


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
