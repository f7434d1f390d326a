"""Long messages of Signal: beyond 2 kB the export keeps the beginning, and the whole in a file beside it.

    {"standardMessage": {"text": {"body": "Bon, je te raconte tout"}, "longText": {...}}}
    files/4f/4f0c…                                   ->  "Bon, je te raconte tout. Lundi…"

How the files are named changed with the versions: a long message is found by its beginning.
"""

from functools import cached_property
from pathlib import PurePosixPath

from sosie.sources.files.archive import Archive, OnBytes
from sosie.sources.values.media_kind import kind_of_name

_SMALLEST, _LARGEST = 1000, 1 << 18  # bytes; Signal allows 64 kB
_BEGINNING = 60  # characters that identify a message
_MOST = 5000  # files that are looked at


class LongTexts:
    """The long messages of an archive, looked for once one is needed."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def whole(self, beginning: str) -> str:
        """The message that begins so; the beginning alone where there is no such file."""
        for name in self._by_beginning.get(beginning[:_BEGINNING], ()):
            text = self._text(name, lambda _: None)  # counted: the file is used, not only looked at
            if text.startswith(beginning.rstrip("…\ufffd")):
                return text
        return beginning

    @cached_property
    def _by_beginning(self) -> dict[str, list[str]]:
        names = [
            name
            for name, size in self._archive.sizes.items()
            if _SMALLEST <= size <= _LARGEST and kind_of_name(name) == "file"
            if PurePosixPath(name).suffix.lower() in ("", ".txt", ".bin", ".plain")
        ]
        found: dict[str, list[str]] = {}
        for name in names[:_MOST]:
            found.setdefault(self._text(name)[:_BEGINNING], []).append(name)
        return found

    def _text(self, name: str, on_bytes: OnBytes | None = None) -> str:
        """Empty for what is no text."""
        with self._archive.open(name, on_bytes) as stream:
            data = stream.read(_LARGEST)
        return "" if b"\0" in data else data.decode("utf-8", "replace").strip()
