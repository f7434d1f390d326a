"""WhatsApp: `Discussion WhatsApp avec X.txt`, or a zip or folder that holds it (iOS: `_chat.txt`).

    12/03/2026, 10:02 - Zoé: tu viens ?         ->  Message(author="Zoé", text="tu viens ?", at=... 10:02)
    12/03/2026, 10:03 - Zoé a quitté le groupe  ->  Message(kind="notice", author="")

Times have no zone, and on Android no seconds: inside a minute the file's order is the only one. The id of a
message comes from its author, minute, text and rank among equals, so that it stays the same in a longer
export, and with media or without. It is unique in its conversation: « Bonne année ! » sent to two groups has
one id.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import MEDIA, Conversation, Message
from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import read_as
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.whatsapp.entries import LONGEST_BODY, Section, open_lines, split_entries
from sosie.sources.whatsapp.first_pass import AuthorNames, Survey, survey
from sosie.sources.whatsapp.line_layouts import layout_of
from sosie.sources.whatsapp.phrases import HAPPENED
from sosie.sources.whatsapp.system_messages import LRM, ParsedText, clean, is_plain, parse_text

if TYPE_CHECKING:
    from sosie.sources.base import Log

_TITLE = re.compile(
    r"(?:discussion whatsapp (?:avec|-)|whatsapp[ -]chat (?:with|-|mit|met)|chat (?:d[ei] )?whatsapp con"
    r"|(?:conversa|chat) do whatsapp com)\s+(?P<title>.+)",
    re.IGNORECASE,
)
_COPY = re.compile(r"\s*\(\d+\)\Z|\s*[-–] copie\Z")
_SPEAKER = re.compile(r"[^:\n]{1,100}:(?: |$)")
_LOOKED_AT = 5000  # lines that show whether a text is a chat
_REMEMBERED = 20_000  # messages among which equals are counted
_IMPOSSIBLE = "date impossible"
_TOO_LONG = "plus long qu'un message ne peut l'être"
_PASTED = "en-têtes d'une autre présentation, restés dans un message"
_PREAMBLE = "lignes avant le premier message"


class WhatsApp:
    expects = "une discussion WhatsApp (« 12/03/2026, 10:02 - Nom: texte »)"

    def sniff(self, archive: Archive) -> float:
        return 0.95 if any(_is_chat(archive, name) for name in _chats(archive)) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = _chats(archive) or _texts(archive)  # forced: wherever a header is
        log.total = sum(archive.sizes[name] for name in names)
        for name in names:
            if found := survey(lambda name=name: open_lines(archive, name)):  # type: ignore[misc]
                log.date_order = log.date_order or found.order
                yield _conversation(archive, name, found, log)


def _texts(archive: Archive) -> list[str]:
    return [name for name in archive.names if len(archive.names) == 1 or name.lower().endswith(".txt")]


def _chats(archive: Archive) -> list[str]:
    """The files of an archive that are chats, not documents sent in one."""
    given = _texts(archive)
    named = [name for name in given if _is_named(name)]
    same = [name for name in named if _stem(name) == _stem(archive.name)]
    return [name for name in same or named or given if _begins_with_a_header(read_as(archive.head(name)))]


def _begins_with_a_header(text: str) -> bool:
    """Whether one of the first lines, or several of all, begin a message."""
    lines = [line for line in text.splitlines()[:_LOOKED_AT] if line.strip()]
    return (
        any(map(layout_of, lines[:5])) or sum(layout_of(line) is not None for line in lines) > len(lines) / 20
    )


def _is_chat(archive: Archive, name: str) -> bool:
    """Whether somebody speaks in a text, or WhatsApp named it: others write lines that begin alike."""
    if _is_named(name):
        return True
    for line in read_as(archive.head(name)).splitlines()[:_LOOKED_AT]:
        layout = layout_of(line)
        header = layout.matcher()(line) if layout else None
        if header and _SPEAKER.match(line, header.end()):
            return True
    return False


def _is_named(name: str) -> bool:
    return PurePosixPath(name).name == "_chat.txt" or bool(_TITLE.match(_stem(name)))


def _stem(name: str) -> str:
    """« dossier/Discussion WhatsApp avec Zoé (1).txt » -> « Discussion WhatsApp avec Zoé »"""
    base = unicodedata.normalize("NFC", PurePosixPath(name).name)
    return _COPY.sub("", re.sub(r"\.(?:txt|zip)\Z", "", base, flags=re.IGNORECASE))


def _conversation(archive: Archive, name: str, found: Survey, log: "Log") -> Conversation:
    """The thread, with its messages still to be read."""
    title, titled = _title_of(archive, name, found)
    pair = not found.group and len(found.people) == 2
    key = "\0".join(sorted(found.people)) if pair else title.casefold()
    owner = found.deleter
    if pair and titled and title in found.people:
        owner = owner or next(person for person in found.people if person != title)
    return Conversation(
        id=f"whatsapp-{digest('pair' if pair else 'title', key)}",
        title=title,
        source="whatsapp",
        group=found.group,
        messages=_messages(archive, name, found, log),
        owner=owner,
    )


def _title_of(archive: Archive, name: str, found: Survey) -> tuple[str, bool]:
    """(title, whether WhatsApp itself gave it), from the text's name, else the zip's or folder's."""
    for candidate in (name, *(part for part in reversed(PurePosixPath(name).parts[:-1])), archive.name):
        if titled := _TITLE.match(_stem(candidate)):
            return " ".join(titled["title"].split()), True
    if found.own_names:
        return found.own_names[0], False
    return _stem(archive.name if PurePosixPath(name).name == "_chat.txt" else name), False


def _messages(archive: Archive, name: str, found: Survey, log: "Log") -> Iterator[Message]:
    """The messages of one file, in its order."""
    section = Section(found.layout, found.order.order, found.marked)
    colon_names = found.colon_names
    own_names = tuple(f"{own}: " for own in found.own_names)
    names, ids = AuthorNames(), MessageIds(_REMEMBERED)
    known = names.known
    before, last, time = [0], None, None
    layout, time_of, ios, marked = section.layout, section.time_of, section.layout.bracket, section.marked
    with open_lines(archive, name, log.advance) as lines:
        for number, stamp, body in split_entries(lines, section, known, before):
            if stamp != last:
                if section.layout is not layout:
                    layout, time_of, marked = section.layout, section.time_of, section.marked
                    ios = layout.bracket
                time, last = time_of(stamp), stamp
            if time is None or len(body) > LONGEST_BODY:
                log.skip(_TOO_LONG if time else _IMPOSSIBLE)
                continue
            at, minute = time
            log.entries += 1
            raw, colon, text = body.partition(": ")
            if raw in colon_names and body.startswith(f"{colon_names[raw]}: "):
                raw = colon_names[raw]
                text = body[len(raw) + 2 :]
            author = known.get(raw) or names.of(raw) if colon else None
            if own_names and body.startswith(own_names):
                author, (kind, text, edited, file) = (
                    "",
                    ParsedText("notice", _without_own_name(body, own_names)),
                )
            elif author is None:
                author, (kind, text, edited, file) = _without_author(body, names)
            elif is_plain(text := text.strip(), marked):
                kind, edited, file = "text", False, ""
                text = text if text.isascii() else clean(text)
            else:
                announced = marked and not raw.startswith(LRM)  # a mark on all names tells nothing
                kind, text, edited, file = parse_text(text, ios, announced)
            if kind == "notice" or (not marked and kind == "text" and _tells_of(author, text)):
                author, kind = "", "notice"
            identity = ids.of(str(minute), author, "media" if kind in MEDIA else kind, text)
            origin = f"{name}:{number}"
            if kind == "notice":
                yield Message(identity, author, text, at, kind, origin, style=False)
            else:
                yield Message(identity, author, text, at, kind, origin, None, edited, file=file)
    if before[0]:
        log.skip(_PREAMBLE, before[0])
    if section.pasted:
        log.skip(_PASTED, section.pasted)


def _without_author(body: str, names: AuthorNames) -> tuple[str, ParsedText]:
    """An entry with no « Nom: » in it: a notice, or a message without words (« Nom: », « Nom:. »)."""
    first, _, rest = body.strip(f" \n{LRM}").partition("\n")
    raw, colon, gone = first.rpartition(":")
    author = names.of(raw) if colon and gone.strip() in ("", ".") and ": " not in raw else None
    if author is None:
        return "", ParsedText("notice", clean(body))
    return author, ParsedText("deleted", "") if gone.strip() == "." else ParsedText("text", clean(rest))


def _without_own_name(body: str, own_names: tuple[str, ...]) -> str:
    """« Jura : juillet: Camille a créé ce groupe » -> « Camille a créé ce groupe »"""
    return clean(body[max(len(own) for own in own_names if body.startswith(own)) :])


def _tells_of(author: str, text: str) -> bool:
    """« Camille: Camille a ajouté Zoé », in a file that lost its U+200E."""
    return text.startswith(f"{author} ") and bool(HAPPENED.match(text, len(author) + 1))
