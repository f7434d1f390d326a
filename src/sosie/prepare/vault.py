"""The vault: the salt, the masks and surrogates given so far, and what one run of prepare has seen.

private/pseudonyms.json   who is [AMI_1], which mask or surrogate stands for which salted hash (no string);
                          whose names were to stay (`kept`, as keys: a removal replaces those of a person)
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
from pathlib import Path
from random import Random
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Origin
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, closed_folder, whole
from sosie.prepare.consent import Consents
from sosie.prepare.names.first_names import bare
from sosie.prepare.names.names import NAME_KINDS, Names
from sosie.prepare.names.surrogates import dress, found_as, invent
from sosie.prepare.originals import ORIGINALS, Originals
from sosie.prepare.pii.base import Found

VAULT_FORMAT = 2  # 1: the ids in strings.jsonl were those of the exports
SALT = 32  # bytes
MARK = re.compile(r"[0-9a-f]{32}")  # stands for the name of who was removed


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
    kept: tuple[str, ...] | None = field(default=None, repr=False)  # None: of a version that did not tell
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
            if "kept" in record:
                vault.kept = tuple(name for name in record["kept"] if not MARK.fullmatch(name))
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
            spoken=tuple(self.id_of("message", id_) for id_ in origin.spoken),
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
        record |= {} if self.kept is None else {"kept": dict.fromkeys(self.kept, True)}
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
