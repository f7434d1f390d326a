"""The records of an SMS backup, one at a time, whatever the size of the pictures in it.

A `<` is never inside a value, so `<sms ` and `<mms ` begin a record and nothing else does. Base64 is dropped
while it is read; the halves of emoji are put together; then expat parses each record, with no document
type and no entity.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TextIO
from xml.parsers import expat

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import without_lone_surrogates
from sosie.sources.files.text_file import open_text

CHUNK = 1 << 18
_LONGEST = 8 << 20  # characters of a record, pictures aside
_START = re.compile(r"<(?=[sm]ms[\s/>])")
_DATA = re.compile(r"""(?<=data=["'])[A-Za-z0-9+/=]{256,}""")
_RUN = re.compile(r"[A-Za-z0-9+/=]*")
_BEGUN = re.compile(r"""d(?:a(?:t(?:a(?:=(?:["'][A-Za-z0-9+/=]{0,255})?)?)?)?)?\Z""")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Attributes = dict[str, str]


@dataclass(slots=True)
class Record:
    """`tag` is sms or mms."""

    tag: str
    own: Attributes
    parts: list[Attributes] = field(default_factory=list)
    addresses: list[Attributes] = field(default_factory=list)


def records(
    archive: Archive, name: str, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Record | None]:
    """The records of a file in order; None for one that cannot be read."""
    with open_text(archive, name, on_bytes) as stream:
        for text in _split(_without_base64(stream)):
            yield _parsed(_mended(text)) if text else None


def _without_base64(stream: TextIO) -> Iterator[str]:
    """The text in chunks, without the pictures."""
    inside, rest = False, ""
    while chunk := stream.read(CHUNK):
        if inside:
            position = _RUN.match(chunk).end()  # type: ignore[union-attr]
            inside, chunk = position == len(chunk), chunk[position:]
        text = rest + chunk
        held = _BEGUN.search(text, max(0, len(text) - 300))  # a picture may begin there
        rest = text[held.start() :] if held else ""
        inside = inside or any(found.end() == len(text) for found in _DATA.finditer(text))
        yield _DATA.sub("", text[: len(text) - len(rest)])
    yield rest


def _split(chunks: Iterator[str]) -> Iterator[str]:
    """Text by record; an empty one stands for a record too long to be one."""
    waiting, started, long = "", False, False
    for chunk in chunks:
        pieces = _START.split(waiting + chunk)
        for position, piece in enumerate(pieces[:-1]):
            if started or position:
                yield "" if long else f"<{piece}"
            long = False
        started = started or len(pieces) > 1
        waiting = pieces[-1] if started else pieces[-1][-8:]  # « <sm » may wait for its « s »
        if len(waiting) > _LONGEST:
            waiting, long = "", True
    if started:
        yield "" if long else f"<{waiting}"


def _mended(text: str) -> str:
    """« &#55357;&#56832; » -> « 😀 »; what XML forbids becomes U+FFFD."""
    if "&#" in text:
        text = without_lone_surrogates(_REFERENCE.sub(_character, text))
    return _FORBIDDEN.sub("\ufffd", text)


def _character(found: "re.Match[str]") -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    if 0xD800 <= code <= 0xDFFF:
        return chr(code)
    allowed = code in (9, 10, 13) or 0x20 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
    return found[0] if allowed else "\ufffd"


def _parsed(text: str) -> Record | None:
    """The record that begins a text; None where it is not whole. What follows it is not looked at."""
    record: Record | None = None
    whole = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal record
        if record is None:
            record = Record(tag, attributes)
        elif tag == "part":
            record.parts.append(attributes)
        elif tag == "addr":
            record.addresses.append(attributes)

    def end(tag: str) -> None:
        nonlocal whole
        whole = whole or (record is not None and tag == record.tag)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with suppress(expat.ExpatError):
        parser.Parse(text, True)
    return record if whole else None
