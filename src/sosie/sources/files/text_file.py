"""Files that must be text by their format, read as text even where an accident left stray bytes in them.

A zero byte in the middle of a JSON export makes it look binary; it costs one record and not the export.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import encoding_of, read_as


def beginning(archive: Archive, name: str) -> str:
    """The first characters of a file."""
    head = archive.head(name)
    return read_as(head) or head.decode("utf-8-sig", "replace")


@contextmanager
def open_text(
    archive: Archive,
    name: str,
    on_bytes: Callable[[int], None] | None = None,
    longest_line: int = 0,
) -> Iterator[TextIO]:
    """The characters of a file; what cannot be decoded is U+FFFD."""
    encoding = encoding_of(archive.head(name)) or "utf-8-sig"
    with archive.open(name, on_bytes, longest_line) as stream:
        yield io.TextIOWrapper(stream, encoding, "replace")
