"""The header of a GGUF file: its keys, and where each tensor lies. Needs no library, and takes no time.

    read_header(path)  ->  Header(keys={"general.architecture": "qwen2", ...}, tensors=(...))

 magic, version | number of tensors, of keys | key, type, value ... | name, shape, type, offset ... | numbers

ValueError where the file is no whole header, or promises more than it holds.
"""

import functools
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAGIC, VERSIONS = b"GGUF", (2, 3)
MOST_TENSORS, MOST_KEYS, MOST_DIMENSIONS, MOST_DEPTH = 50_000, 5_000, 4, 4
ALIGNMENT = "general.alignment"
TEXT, ARRAY = 8, 9
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor. `shape`: rows first, as numpy has it; `begin`: its first byte in the file."""

    name: str
    shape: tuple[int, ...]
    kind: int  # ggml's number of how its weights are stored
    begin: int


@dataclass(frozen=True, slots=True)
class Header:
    keys: Mapping[str, Any]
    tensors: tuple[Tensor, ...]


def read_header(path: Path) -> Header:
    """ValueError for anything but the beginning of a whole GGUF file, OSError where it cannot be opened."""
    seen = path.stat()
    return _read(path, seen.st_size, seen.st_mtime_ns)


@functools.lru_cache(maxsize=2)  # a verb looks at the same file several times
def _read(path: Path, size: int, _changed: int) -> Header:
    if size < struct.calcsize("<4sIQQ"):
        raise ValueError("size")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            return _Cursor(content, size).header()
        except (struct.error, KeyError, RecursionError) as error:
            raise ValueError("header") from error


class _Cursor:
    """A place in the file, which moves on with what is read."""

    def __init__(self, content: mmap.mmap, size: int) -> None:
        self._content, self._size, self._at = content, size, 0

    def header(self) -> Header:
        magic, version, tensors, keys = self._numbers("4sIQQ")
        if magic != MAGIC or version not in VERSIONS or tensors > MOST_TENSORS or keys > MOST_KEYS:
            raise ValueError("beginning")
        found = {self._text(): self._value() for _ in range(keys)}
        told = [self._tensor() for _ in range(tensors)]
        alignment = int(found.get(ALIGNMENT, 32))
        begin = -(-self._at // alignment) * alignment if alignment > 0 else 0
        placed = tuple(Tensor(name, shape, kind, begin + offset) for name, shape, kind, offset in told)
        if any(tensor.begin >= self._size for tensor in placed):
            raise ValueError("truncated")
        return Header(found, placed)

    def _numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(f"<{form}")
        return found

    def _text(self) -> str:
        (length,) = self._numbers("Q")
        if length > self._size - self._at:
            raise ValueError("text")
        self._at += length
        return self._content[self._at - length : self._at].decode("utf-8")

    def _value(self, depth: int = 0) -> Any:
        return self._of_kind(self._numbers("I")[0], depth)

    def _of_kind(self, kind: int, depth: int) -> Any:
        if kind == TEXT:
            return self._text()
        if kind != ARRAY:
            return self._numbers(NUMBERS[kind])[0]
        inner, count = self._numbers("IQ")
        if count > self._size - self._at or depth > MOST_DEPTH:
            raise ValueError("array")
        if inner in NUMBERS:
            return list(self._numbers(f"{count}{NUMBERS[inner]}"))
        return [self._of_kind(inner, depth + 1) for _ in range(count)]

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name, (dimensions,) = self._text(), self._numbers("I")
        if dimensions > MOST_DIMENSIONS:
            raise ValueError("shape")
        shape = self._numbers(f"{dimensions}Q")
        kind, offset = self._numbers("IQ")
        return name, tuple(reversed(shape)), kind, offset
