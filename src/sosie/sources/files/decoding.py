"""Bytes to text: UTF-8 with or without its mark, UTF-16, and Windows-1252 where it is neither.

Only the beginning of a file is looked at. One bad byte in a UTF-8 file costs one character, not the file.
"""

import codecs
import re
from functools import lru_cache

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROL = bytes(set(range(32)) - {*b"\t\n\r\f\x1b"})


_once = lru_cache(maxsize=1)  # every reader looks at the same beginning, one after another


@_once
def encoding_of(head: bytes) -> str | None:
    """How a file that begins so is written; None where it is not text."""
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name
    if head.count(0) > len(head) // 20:
        return _utf16_without_bom(head)
    if len(head) - len(head.translate(None, _CONTROL)) > len(head) // 100:
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return "utf-8-sig"
    except UnicodeDecodeError:
        good = sum(len(found) for found in _MULTIBYTE.findall(head))
        high = sum(byte >= 0x80 for byte in head)
        return "utf-8-sig" if good > high - good else "cp1252"


def _utf16_without_bom(head: bytes) -> str | None:
    """Latin letters in UTF-16 have one zero byte each, always on the same side."""
    pairs = max(1, len(head) // 2)
    even, odd = head[::2].count(0) / pairs, head[1::2].count(0) / pairs
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return None


@_once
def read_as(head: bytes) -> str:
    """The text of a beginning, whose last character may be cut; empty where it is not text."""
    encoding = encoding_of(head)
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head) if encoding else ""


def forget_beginning() -> None:
    """Give back what `read_as` keeps of the last file."""
    encoding_of.cache_clear()
    read_as.cache_clear()


def without_lone_surrogates(text: str) -> str:
    """Halves of emoji that JSON allows alone become U+FFFD: they could not be written again."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
