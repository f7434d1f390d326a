"""One mail taken apart: its headers as text, the words of its body, what is attached.

    multipart/mixed
    ├─ multipart/alternative
    │  ├─ text/plain; charset=iso-8859-1        <- the words
    │  └─ text/html                             <- only where there is no plain text
    └─ image/jpeg; name="plage.jpg"             <- attached

Written to survive anything: a charset that lies, a boundary that never comes, headers in raw bytes. A mail
attached to a mail is an attachment, and its words are another person's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as Structure

from sosie.core.message import MessageKind
from sosie.sources.files.html_text import html_to_text
from sosie.sources.mail.mime_text import content, decoded, unflowed
from sosie.sources.values.media_kind import kind_of_name, kind_of_type

_DEEPEST = 12
_MOST_PARTS = 300
_MOST_OF_A_HEADER = 10_000  # characters; a subject has tens
_MOST_WORDS = 2 << 20  # bytes of a text part
_UNFOLD = re.compile(r"\r?\n(?=[ \t])")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n|\A\r?\n")
_NAMES_ITS_CHARSET = re.compile(r"=\?[\w.*'-]{2,40}\?[bqBQ]\?")


@dataclass(slots=True)
class MimePart:
    """One node of a mail: a leaf with bytes, or a box with parts."""

    headers: dict[str, list[str]]
    kind: str  # "text/plain"
    settings: dict[str, str]  # of the content type: charset, boundary, format
    body: bytes
    parts: list["MimePart"] = field(default_factory=list)

    def header(self, name: str) -> str:
        return self.headers.get(name, [""])[0]

    @property
    def attached(self) -> bool:
        """Whether this is something sent along, rather than words or the decoration of words."""
        placed = self.header("content-disposition").lower()
        if self.kind.startswith("multipart/"):
            return False
        named = "name" in self.settings or "filename" in placed
        if placed.startswith("inline") and self.kind.startswith("image/") and self.header("content-id"):
            return False
        return named or placed.startswith("attachment") or self.kind.startswith("message/")


def parse(raw: bytes, depth: int = 0, left: list[int] | None = None) -> MimePart:
    """A mail, or one part of it, with all that is in it."""
    left = left if left is not None else [_MOST_PARTS]
    gap = _BLANK_LINE.search(raw)
    head, body = (raw[: gap.start()], raw[gap.end() :]) if gap else (raw, b"")
    headers = _read_headers(head)
    kind, settings = _content_type(headers.get("content-type", ["text/plain"])[0])
    part = MimePart(headers, kind, settings, body)
    if kind.startswith("multipart/") and depth < _DEEPEST:
        for piece in _pieces(body, settings.get("boundary", "")):
            if left[0] <= 0:
                break
            left[0] -= 1
            part.parts.append(parse(piece, depth + 1, left))
        if not part.parts:  # a boundary that never comes: what is there is read as text
            part.kind = "text/plain"
    return part


def _read_headers(head: bytes) -> dict[str, list[str]]:
    """By lower-case name, unfolded, in the order of the mail; encoded words are left for `readable`."""
    headers: dict[str, list[str]] = {}
    for line in _UNFOLD.sub("", decoded(head, "")).replace("\r\n", "\n").split("\n"):
        name, colon, value = line.partition(":")
        if colon and name and " " not in name:
            headers.setdefault(name.lower(), []).append(value.strip())
    return headers


def readable(value: str) -> str:
    """A header as a person reads it. "=?UTF-8?Q?H=C3=A9l=C3=A8ne?=" -> "Hélène" """
    value = value[:_MOST_OF_A_HEADER]
    if not _NAMES_ITS_CHARSET.search(value):
        return value
    try:
        pieces = decode_header(value)
    except (MessageError, ValueError, LookupError, AttributeError):
        return value
    texts = [piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces]
    return "".join(texts).replace("\n", " ")


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    """ "text/plain; charset=UTF-8" -> ("text/plain", {"charset": "UTF-8"})"""
    header = Structure()
    try:
        header["content-type"] = " ".join(value[:2000].split())
        settings = header.get_params(failobj=[], unquote=True)
        found = {name.lower(): _plain(text) for name, text in settings[1:]}
        return header.get_content_type(), found
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        return "text/plain", {}


def _plain(value: "str | tuple[str | None, str | None, str]") -> str:
    return value if isinstance(value, str) else value[2]


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """What stands between the boundaries; before the first and after the last is nothing."""
    if not boundary:
        return
    mark = re.escape(boundary.encode("utf-8", "replace"))
    line = re.compile(rb"(?:\A|\r?\n)--" + mark + rb"(?P<last>--)?[ \t]*(?P<end>\r?\n|\Z)")
    start, position = None, 0
    while found := line.search(body, position):
        if start is not None:
            yield body[start : found.start()]
        if found["last"]:
            return
        start = found.end()
        position = found.start("end")  # the end of this line may open the next boundary
        position += position == found.start()
    if start is not None:
        yield body[start:]


def body_text(part: MimePart) -> str:
    """What a mail says, quotes and signature still in it."""
    if part.kind == "multipart/alternative":
        plainest_first = sorted(part.parts, key=_is_html)
        return next((text for child in plainest_first if (text := body_text(child)).strip()), "")
    if part.parts:
        return "\n".join(text for child in part.parts if (text := body_text(child)).strip())
    if part.attached or not part.kind.startswith("text/") or part.kind == "text/calendar":
        return ""
    text = decoded(
        content(part.body, part.header("content-transfer-encoding").lower().strip())[:_MOST_WORDS],
        part.settings.get("charset", ""),
    ).replace("\r\n", "\n")
    if part.kind == "text/html":
        return html_to_text(text)
    if part.settings.get("format", "").lower() == "flowed":
        return unflowed(text, part.settings.get("delsp", "").lower() == "yes")
    return text


def is_chat(part: MimePart) -> bool:
    """Whether this is a chat that Gmail keeps among mails, with the words of several people."""
    labels = readable(part.header("x-gmail-labels")).lower().split(",")
    labelled = not part.header("subject") and {"chat", "chats"} & {label.strip(' "') for label in labels}
    return bool(labelled) or any(
        child.kind == "text/xml"
        and b"google:archive:conversation"
        in content(child.body[:4000], child.header("content-transfer-encoding").lower().strip())
        for child in (part, *part.parts)
    )


def _is_html(part: MimePart) -> bool:
    return part.kind == "text/html" or any(_is_html(child) for child in part.parts)


def attachments(part: MimePart) -> Iterator[MessageKind]:
    """What was sent along, as kinds of messages."""
    if part.attached:
        kind = kind_of_type(part.kind)
        yield kind if kind != "file" else kind_of_name(readable(part.settings.get("name", "")))
    for child in part.parts:
        yield from attachments(child)
