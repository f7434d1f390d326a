"""The words inside `attributedBody`, where Messages keeps them since macOS Ventura (a typedstream archive).

    ... NSString 01 94 84 01 2B  0F  "ça va et toi ?"                   a length of one byte
    ... NSString 01 94 84 01 2B  81 60 01  "éééé..."                    0x81, then 16 bits
    ... NSString 01 94 84 01 2B  82 00 00 02 00  "..."                  0x82, then 32 bits

0x2B is « + », which announces bytes; lengths are in bytes, not in characters, little-endian.
"""

_CLASSES = (b"NSString", b"NSMutableString")
_PLUS = 0x2B
_NEAR = 12  # bytes between the class and its text
_WIDTHS = {0x81: 2, 0x82: 4, 0x83: 8}


def first_string(body: bytes) -> str | None:
    """The first string of the archive, which is the message; None where there is none."""
    starts = [position + len(name) for name in _CLASSES if (position := body.find(name)) >= 0]
    for start in sorted(starts):
        plus = body.find(_PLUS, start, start + _NEAR)
        if plus >= 0:
            return _string(body, plus + 1)
    return None


def _string(body: bytes, position: int) -> str | None:
    if position >= len(body):
        return None
    size, width = body[position], _WIDTHS.get(body[position], 0)
    if width:
        size = int.from_bytes(body[position + 1 : position + 1 + width], "little")
    elif size > 0x7F:
        return None
    return body[position + 1 + width : position + 1 + width + size].decode("utf-8", "replace")
