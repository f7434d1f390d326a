"""The bytes of a mail's part as text: out of their wrapping, in their charset, lines put together again.

b"=C3=A9t=C3=A9", quoted-printable     ->  b"\\xc3\\xa9t\\xc3\\xa9"       ->  "été"
"""

import binascii
import quopri
import re


def content(body: bytes, wrapping: str) -> bytes:
    """The bytes of a leaf, out of their wrapping: base64, quoted-printable, or none."""
    if wrapping == "base64":
        encoded = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        return binascii.a2b_base64(
            encoded[: len(encoded) // 4 * 4 or 0] + _padded(encoded[len(encoded) // 4 * 4 :])
        )
    if wrapping == "quoted-printable":
        return quopri.decodestring(body)
    return body


def _padded(rest: bytes) -> bytes:
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def decoded(data: bytes, charset: str) -> str:
    """Text in the charset of the header, where that is possible; « Latin-1 » is read as Windows reads it."""
    name = charset.strip(" \"'").lower()
    if name in ("", "us-ascii", "ascii", "unknown-8bit", "utf-8", "utf8", "iso-8859-1", "latin1"):
        try:
            if name not in ("iso-8859-1", "latin1"):
                return data.decode("utf-8")
        except UnicodeDecodeError:
            if name in ("utf-8", "utf8"):
                return data.decode("utf-8", "replace")
        name = "cp1252"
    try:
        return data.decode(name, "replace")
    except (LookupError, ValueError):
        return decoded(data, "")


def unflowed(text: str, joined: bool = False) -> str:
    """Lines of `format=flowed` put together again: one that ends in a space goes on in the next.

    `joined` (DelSp) drops that space. « -- » is a signature, and quotes of another depth are another text.
    """
    unflowed_lines: list[str] = []
    going, depth = False, 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        deep = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if going and deep == depth and bare != "-- ":
            unflowed_lines[-1] += bare
        else:
            unflowed_lines.append("> " * min(deep, 1) + bare)
        going, depth = bare.endswith(" ") and bare != "-- ", deep
        if going and joined:
            unflowed_lines[-1] = unflowed_lines[-1][:-1]
    return "\n".join(unflowed_lines)
