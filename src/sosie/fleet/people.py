"""The people of a folder, and what of a person's folder says whether there is something to do anew."""

import hashlib
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from sosie.core.errors import BadFolder, NoRoom, NothingToDo, SosieError
from sosie.core.workspace import RIGHTS, Workspace, refused

MOST_FILES_EACH = 1_000_000  # of one person


class SameName(SosieError):
    """Two folders that nobody could tell apart by their names."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    folder: Path


def find_people(root: Path) -> list[Person]:
    """The folders in `root`, by name. NothingToDo where there is none, BadFolder where it cannot be read."""
    try:
        found = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    except FileNotFoundError:
        found = []
    except OSError:
        raise refused(root, RIGHTS) from None
    if not found:
        raise NothingToDo(
            f"Il n'y a personne dans « {root.name} ».", "Mettez-y un dossier par personne, avec ses exports."
        )
    return [Person(shown(path.name), path) for path in found]


def shown(name: str) -> str:
    """A folder's name as it can be printed and written: « l\\udce9a » where its bytes are no text."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def namesakes(people: Sequence[Person]) -> frozenset[str]:
    """The names that are another's too but for capitals or the way accents are written, and those of links
    to its folder."""
    spelt = [unicodedata.normalize("NFKC", person.name).casefold() for person in people]
    places = [os.path.realpath(person.folder) for person in people]
    names, folders = Counter(spelt), Counter(places)
    return frozenset(
        person.name
        for person, name, place in zip(people, spelt, places, strict=True)
        if names[name] > 1 or (folders[place] > 1 and person.folder.is_symlink())
    )


def mark_of(person: Person, verb: str, asked: Any, most_bytes: float = inf) -> str:
    """A mark of what is `asked` (plain values) and of all that the verb reads, by the names, sizes and dates
    of files: half of it of what is given, half of what `prepare` also writes (sosie.toml, exports/).

    NothingToDo where the folder is empty, NoRoom where it is too large, BadFolder where it cannot be read.
    """
    workspace, room = Workspace(person.folder), Room(most_bytes)
    refuse_links(workspace)
    given = given_exports(workspace) if verb == "prepare" else _data_of(workspace, verb)
    kept = [workspace.exports] if verb == "prepare" else []
    halves = (
        _digest([verb, asked], person.folder, _files(given), room),
        _digest([], person.folder, _files([workspace.settings, *kept]), room),
    )
    if not room.files:
        raise NothingToDo(
            "Il n'y a rien à lire dans ce dossier." if verb == "prepare" else "Ce dossier n'est pas préparé.",
            "Mettez-y des exports, puis : sosie fleet prepare",
        )
    return "".join(halves)


def mark_once_done(before: str, after: str) -> str:
    """What was given as it was when the work began; what the work wrote as it is now."""
    return before[: len(before) // 2] + after[len(after) // 2 :]


@dataclass
class Room:
    """The bytes that a person may still have."""

    bytes: float
    files: int = 0

    def take(self, stat: os.stat_result) -> None:
        self.bytes -= stat.st_size
        self.files += 1
        if self.bytes < 0 or self.files > MOST_FILES_EACH:
            raise NoRoom("Ce dossier est trop grand.", "Relevez largest_gigabytes, ou triez-le.")


def _digest(begin: Any, folder: Path, files: Iterable[Path], room: Room) -> str:
    seen = hashlib.sha256(json.dumps(begin, sort_keys=True).encode())
    for path in files:
        stat = path.stat()
        room.take(stat)
        seen.update(f"{path.relative_to(folder)}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()[:12]


def _data_of(workspace: Workspace, verb: str) -> list[Path]:
    """The files that a training or a measure depends on; none where there is nothing to learn."""
    names = ("train.jsonl", "valid.jsonl", "test.jsonl", "decisions.jsonl")
    found = [path for name in names if (path := workspace.data / name).is_file()]
    if verb == "evaluate" and found:
        found += sorted(workspace.runs.glob("*/double/double.json"))
    return found


def given_exports(workspace: Workspace) -> list[Path]:
    """What lies in a person's folder and is not sosie's own."""
    return sorted(
        path
        for path in workspace.folder.iterdir()
        if path not in workspace.own and not path.name.startswith(".")
    )


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """BadFolder where a link leads out of what is the person's: to another's, perhaps."""
    for place in places:
        _refuse_link(place)
        if place.is_file():
            yield place
        if not place.is_dir():
            continue
        for folder, folders, names in os.walk(place, onerror=_unreadable):
            folders.sort()
            for path in (Path(folder, name) for name in (*folders, *sorted(names))):
                _refuse_link(path)
                if path.is_file():
                    yield path


def refuse_links(workspace: Workspace) -> None:
    """BadFolder where a folder of sosie's own leads out of the person's: to another's data or double."""
    for path in (*workspace.own, *workspace.runs.glob("*"), *workspace.runs.glob("*/double")):
        _refuse_link(path)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise BadFolder(
            "Un lien de ce dossier mène ailleurs, chez une autre personne peut-être.",
            "Mettez-y le fichier lui-même.",
        )


def _unreadable(error: OSError) -> None:
    raise BadFolder("Un dossier de cette personne ne peut pas être lu.", "Rendez-le lisible.") from None
