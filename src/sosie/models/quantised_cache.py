"""The cache of quantised bases, so that the next run reads 4 GB and not 14, and quantises nothing twice.

 $SOSIE_CACHE, else $XDG_CACHE_HOME/sosie, else ~/.cache/sosie
 └─ nf4/vigostral-3f9c21d07ab4/       int8/ for 8 bits; the letters tell what it was made from
    ├─ model*.safetensors config.json       transformers' own form: it opens without the original files
    ├─ tokenizer files, generation_config.json
    └─ made.json                            {"where": hub id or folder, "revision": commit, "files": ...}

An entry is put in place whole, by a rename, and never changed afterwards: two processes at once cannot hurt
one another, nor one that reads. Noticed: a file that is missing or not of its size, an original that changed.
Not noticed: letters that turned over on the disk. Imports nothing heavy.
"""

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.workspace import cache_home, set_mode, write_json
from sosie.core.writing import in_cache

CACHE_FORMAT = 1
FOLDERS = {4: "nf4", 8: "int8", 16: "bf16"}  # 16: dequantised, of a GGUF
MADE = "made.json"
DRAFT_MARK = ".part-"
FORGOTTEN_SECONDS = 86_400  # after which the draft of a killed process is swept away
SPARE_BYTES = 200_000_000  # left free on the disk

Files = tuple[tuple[str, int, int], ...]  # name, bytes, time of change in nanoseconds


@dataclass(frozen=True, slots=True)
class Origin:
    """What weights were read from: a hub model at a commit, or a folder with these weight files.

    Where the weights are no longer here, `revision` and `files` may be empty: any will do.
    """

    where: str  # a hub id, or a folder's absolute path
    revision: str = ""
    files: Files = ()

    @property
    def key(self) -> str:
        content = json.dumps([CACHE_FORMAT, self.where, self.revision, self.files])
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def fits(self, other: "Origin") -> bool:
        """Whether an entry of the `other` origin holds what this one asks for."""
        return (
            other.where == self.where
            and self.revision in ("", other.revision)
            and self.files in ((), other.files)
        )


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One entry, found whole. `original_bytes`: of the weight files that it was made from."""

    folder: Path
    origin: Origin
    original_bytes: int
    at: float


def weight_files(folder: Path) -> Files:
    """The weight files of a model's folder, so that a change is seen; other files are none."""
    found = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    seen = [(path.name, path.stat()) for path in found]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in seen)


def find_entry(origin: Origin, bits: int | None = None) -> CacheEntry | None:
    """The newest whole entry of this origin, in these bits or in any."""
    forms = [FOLDERS[bits]] if bits else list(FOLDERS.values())
    entries = [_read(path) for form in forms for path in cache_home().glob(f"{form}/*/{MADE}")]
    fitting = [entry for entry in entries if entry and origin.fits(entry.origin)]
    return max(fitting, key=lambda entry: entry.at, default=None)


def write_entry(
    name: str, origin: Origin, bits: int, size: int, write: Callable[[Path], None], **details: Any
) -> Path | None:
    """A new entry of about `size` bytes: `write` fills a draft, which is then put in place whole.

    `details` go into made.json beside the origin. None if another process was faster. OSError, NoRoom or
    BadFolder if the disk is full or cannot be written; nothing is left behind then.
    """
    folder = cache_home() / FOLDERS[bits] / f"{name}-{origin.key}"
    with in_cache(FOLDERS[bits]):
        return _write(folder, origin, size, write, details)


def _write(
    folder: Path, origin: Origin, size: int, write: Callable[[Path], None], details: dict[str, Any]
) -> Path | None:
    _sweep(folder.parent)
    if shutil.disk_usage(folder.parent).free < size + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    draft = folder.with_name(f"{folder.name}{DRAFT_MARK}{os.getpid()}")
    try:
        draft.mkdir(mode=0o700)
        write(draft)
        sizes = {path.name: path.stat().st_size for path in sorted(draft.iterdir())}
        record = {
            "format": CACHE_FORMAT,
            "at": time.time(),
            "where": origin.where,
            "revision": origin.revision,
        }
        record |= {"files": origin.files, "sizes": sizes, **details}
        for path in draft.iterdir():
            set_mode(path, 0o600)
        write_json(draft / MADE, record)
        return _in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def drop_entry(entry: CacheEntry) -> None:
    """Delete an entry: renamed first, so that no process finds half of it."""
    aside = entry.folder.with_name(f"{entry.folder.name}{DRAFT_MARK}{os.getpid()}")
    try:
        entry.folder.rename(aside)
    except OSError:  # a cache that cannot be written, or another process dropped it
        return
    shutil.rmtree(aside, ignore_errors=True)


def _in_place(draft: Path, folder: Path) -> Path | None:
    if _read(folder / MADE) is None:  # what is left of a damaged one would stand in the way
        shutil.rmtree(folder, ignore_errors=True)
    try:
        draft.rename(folder)
    except OSError:
        if _read(folder / MADE) is None:
            raise
        return None
    return folder


def _read(made: Path) -> CacheEntry | None:
    """The entry that this made.json describes; None unless every file is there, of its size."""
    folder = made.parent
    if DRAFT_MARK in folder.name:
        return None
    try:
        record = json.loads(made.read_text(encoding="utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in record["sizes"]}
        if record["format"] != CACHE_FORMAT or sizes != record["sizes"]:
            return None
        files = tuple((str(name), int(size), int(changed)) for name, size, changed in record["files"])
        origin = Origin(record["where"], record["revision"], files)
        return CacheEntry(folder, origin, int(record.get("original_bytes", 0)), float(record["at"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _sweep(folder: Path) -> None:
    """The drafts that killed processes left behind a day ago or more."""
    for draft in folder.glob(f"*{DRAFT_MARK}*"):
        try:
            old = time.time() - draft.stat().st_mtime > FORGOTTEN_SECONDS
        except OSError:  # its process has just put it in place
            continue
        if old:
            shutil.rmtree(draft, ignore_errors=True)
