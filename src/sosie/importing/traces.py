"""Where a person's name is still written: in a file, or in what a zip or a gzip holds.

    Traces(["Éloïse D."], consents).in_file(path)  ->  True for « eloise », « \\u00c9lo\\u00efse », and UTF-16

A search of bytes, for what no reader reads. Not covered: what is encrypted, or encoded as base64; photos,
sounds and documents; weights.
"""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from sosie.prepare.consent import Consents, fold_text, to_hide
from sosie.sources.files.subset import is_attachment

_CHUNK, _OVERLAP = 1 << 20, 200  # bytes that are looked at, and looked at again with the next ones
ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
WEIGHTS = (".safetensors", ".gguf")  # the second holds a vocabulary, in which « paul » is a word
DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


class Traces:
    """The same names as `consents` hides; they are given too, to look quickly."""

    def __init__(self, names: Iterable[str], consents: Consents) -> None:
        self._consents = consents
        keys = {key.strip("+-").partition("-")[0] for key in to_hide(names)} - {""}
        self._needles = [key[-9:] if key.isdecimal() else key for key in keys]

    def in_text(self, text: str) -> bool:
        folded = fold_text(text)
        if not any(needle in folded or needle.isdecimal() for needle in self._needles):
            return False
        return self._consents.hide(text) != text

    def in_file(self, path: Path) -> bool:
        """Whether it is there: in the file's name or in the file, and in each member of a zip."""
        if self.in_text(path.name):
            return True
        try:
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as inside:
                    return any(map(self.in_text, inside.namelist())) or any(
                        self._in_stream(inside.open(name)) for name in inside.namelist() if _looked_at(name)
                    )
            return _looked_at(path.name) and self._in_stream(_opened(path))
        except DAMAGED:
            return False

    def _in_stream(self, stream: IO[bytes]) -> bool:
        with stream:
            before = b""
            while chunk := stream.read(_CHUNK):
                if any(map(self.in_text, _readings(before + chunk))):
                    return True
                before = chunk[-_OVERLAP:]
        return False


def _looked_at(name: str) -> bool:
    """Contacts are; photos, sounds and weights are not."""
    return name.lower().endswith(".vcf") or not (is_attachment(name) or name.endswith(WEIGHTS))


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


def _readings(chunk: bytes) -> Iterator[str]:
    """What the bytes say as UTF-8, as UTF-16, and with the escapes of JSON undone."""
    yield chunk.decode("utf-8", "ignore")
    if b"\0" in chunk:
        yield chunk.replace(b"\0", b"").decode("latin-1")
    if b"\\u" in chunk:
        yield ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "ignore"), chunk).decode(
            "utf-8", "ignore"
        )
