"""Answers of the server, kept as they come, so that none is paid twice.

private/enrich/answers.jsonl   {"key": HMAC, "piece": id, "text": ..., "prompt": tokens, "completion"}

A key is made from all that was sent and to whom: other words, another model or template ask anew. A line is
on the disk before the next request leaves; what a kill can lose is the one answer on its way.
"""

import hmac
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sosie.core import drafts
from sosie.core.counted import counted
from sosie.core.errors import NothingToDo
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, own_file, whole

PAID_ANSWERS, _FILE = "enrich", "answers.jsonl"
_LONGEST = 2000  # characters kept of an answer: a question is shorter


@counted
@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """What the server said, and the tokens that it counted; `told` is false where they are our estimate."""

    text: str
    prompt: int
    completion: int
    told: bool = True


class Answers:
    """The answers kept in a folder, by key."""

    def __init__(self, workspace: Workspace) -> None:
        self._secret = workspace.secret()
        self._path = workspace.private / PAID_ANSWERS / _FILE
        self._known = {key: answer for key, _, answer in _read(self._path)}

    def key(self, url: str, messages: Sequence[Mapping[str, str]]) -> str:
        content = json.dumps([url, [dict(one) for one in messages]], ensure_ascii=False)
        return hmac.digest(self._secret, content.encode("utf-8", "surrogatepass"), "sha256").hex()

    def get(self, key: str) -> PaidAnswer | None:
        return self._known.get(key)

    def keep(self, key: str, piece: str, answer: PaidAnswer) -> None:
        """On the disk at once. NoRoom where it is full."""
        self._known[key] = answer
        with full_disk_told(), own_file(self._path).open("ab") as file:
            file.write(_line(key, piece, answer))
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> Iterator[tuple[str, str, PaidAnswer]]:
    """(key, id of the piece, answer). What a killed process wrote half of is cut off."""
    if not path.is_file():
        return
    good = 0
    with path.open("rb+") as file:
        for line in file:
            if not line.endswith(b"\n"):
                file.truncate(good)
                return
            good += len(line)
            try:
                record = json.loads(line)
                key, piece = record.pop("key"), record.pop("piece")
                yield str(key), str(piece), PaidAnswer(**record)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # asked again


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """In this block no other process enriches this folder. NothingToDo where one does."""
    folder = closed_folder(workspace.private) / PAID_ANSWERS
    handle = os.open(closed_folder(folder), os.O_RDONLY)
    try:
        if not drafts.alone(handle):
            raise NothingToDo(
                "Un enrichissement est en cours dans ce dossier.", "Attendez qu'il finisse, ou arrêtez-le."
            )
        yield
    finally:
        drafts.remove_if_unused(folder)
        os.close(handle)


def forget_answers(workspace: Workspace, kept: Collection[str]) -> None:
    """Only the answers about these pieces stay. Whoever calls is alone."""
    path = workspace.private / PAID_ANSWERS / _FILE
    lines = [(key, piece, answer) for key, piece, answer in _read(path) if piece in kept]
    if path.is_file():
        with whole(path) as draft, draft.open("wb") as file:
            file.writelines(_line(*line) for line in lines)


def _line(key: str, piece: str, answer: PaidAnswer) -> bytes:
    record = {"key": key, "piece": piece, **asdict(answer)} | {"text": answer.text[:_LONGEST]}
    return json.dumps(record).encode() + b"\n"
