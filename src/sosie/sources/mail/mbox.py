"""Mails out of files: a mailbox of many (mbox), one (eml), or one as Apple Mail keeps it (emlx).

    From 1828754568043628583@xxx Mon Apr 07 14:31:02 +0000 2025      a new mail begins
    Subject: ...

    >From what I know, ...                                           was « From what I know » in the mail

A mailbox is read in pieces of a megabyte, whatever its size. A mail is kept up to 8 MB: its words come first,
what follows is attachments.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from sosie.sources.files.archive import Archive

PIECE = 1 << 20
_LONGEST_SEPARATOR = 2048  # bytes held back, so that a separator is never cut in two
MOST_OF_A_MAIL = 8 << 20
_HEADER = rb"[!-9;-~]{1,80}:"
_SEPARATOR = re.compile(rb"\nFrom(?P<line>[^\r\n]{0,400})\r?\n(?=>?" + _HEADER + rb")")
_DATED = re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +\w{3} +\d{1,2} +\d{1,2}:\d{2}[^\n]*\d{4}")
_ESCAPED = re.compile(rb"(?m)^>(?=>*From )")
_COUNT = re.compile(rb"\A\s*(\d{1,10})[ \t]*\r?\n")
_KNOWN_NAMES = (
    "from to cc subject date message-id mime-version received return-path content-type delivered-to"
    " reply-to x-gm-thrid x-gmail-labels references in-reply-to sender x-mailer user-agent x-received"
    " x-mozilla-status content-transfer-encoding arc-seal dkim-signature"
)
_KNOWN = frozenset(_KNOWN_NAMES.encode().split())
_OTHER_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|mp4|mov|mp3|m4a|opus|pdf|docx?|xlsx?|pptx?|zip|json|html?|css|js|csv|vcf"
    r"|ics|db|sqlite|msf|dat|plist|xml|srt|vtt)\Z",
    re.IGNORECASE,
)


def mail_files(archive: Archive, most: int | None = None) -> list[str]:
    """The files that hold mails, by what they begin with."""
    found = []
    for name in archive.names[:most]:
        if len(archive.names) > 1 and _OTHER_FILES.search(name):
            continue
        with archive.open(name) as stream:
            if mail_format(stream.read(1 << 14)):
                found.append(name)
    return found


def mail_format(head: bytes) -> str:
    """ "mbox", "emlx", "eml", or "" for a file that is none."""
    head = _from_first_character(head)
    separator = _SEPARATOR.match(b"\n" + head)
    if separator and _opens_a_mail(separator, b"\n\n"):
        return "mbox"
    if counted := _COUNT.match(head):
        return "emlx" if _begins_with_headers(head[counted.end() :]) else ""
    return "eml" if _begins_with_headers(head) else ""


def _from_first_character(head: bytes) -> bytes:
    """From the first character on."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t")


def _begins_with_headers(head: bytes) -> bool:
    """Three headers that mails have, one of them `From`, before anything that is not a header."""
    names = set()
    for line in head.split(b"\n", 200)[:200]:
        if not line.strip():
            break
        if line[:1] in b" \t":
            continue
        if not re.match(_HEADER, line):
            return False
        names.add(line.partition(b":")[0].lower())
    return len(names & _KNOWN) >= 3 and b"from" in names


def mails(archive: Archive, name: str, on_bytes: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """The mails of one file, in its order, as they were sent."""
    with archive.open(name, on_bytes) as stream:
        head = stream.peek(1 << 14)[: 1 << 14]  # type: ignore[attr-defined]
        kind = mail_format(head)
        if kind == "mbox":
            yield from (
                _ESCAPED.sub(b"", mail) if b">From " in mail else mail for mail in _split_mbox(stream)
            )
            return
        mail = _from_first_character(stream.read(MOST_OF_A_MAIL))
        while stream.read(PIECE):  # what follows is counted as read
            continue
        if kind == "emlx" and (counted := _COUNT.match(mail)):
            mail = mail[counted.end() : counted.end() + int(counted[1])]
        yield mail


def _split_mbox(stream: BinaryIO) -> Iterator[bytes]:
    """The mails of a mailbox. What stands before the first separator is no mail."""
    window, mail, started = b"\n\n", bytearray(), False
    for piece in iter(lambda: stream.read(PIECE), b""):
        window += piece if started else _from_first_character(piece)
        start = 0
        for found in _SEPARATOR.finditer(window):
            if not _opens_a_mail(found, window[: found.start() + 1][-3:]):
                continue
            _keep(mail, window[start : found.start() + 1])
            if started:
                yield bytes(mail)
            mail, started, start = bytearray(), True, found.end()
        held = max(start, len(window) - _LONGEST_SEPARATOR)
        _keep(mail, window[start:held])
        window = window[held:]
    _keep(mail, window)
    if started:
        yield bytes(mail)


def _opens_a_mail(found: "re.Match[bytes]", before: bytes) -> bool:
    """A line « From ... » with its date; or a bare one, as Thunderbird writes it, after an empty line."""
    line = found["line"]
    if _DATED.search(line):
        return True
    return line.strip() in (b"", b"-") and before.replace(b"\r", b"").endswith(b"\n\n")


def _keep(mail: bytearray, piece: bytes) -> None:
    if len(mail) < MOST_OF_A_MAIL:
        mail += piece[: MOST_OF_A_MAIL - len(mail)]
