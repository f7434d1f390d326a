"""System messages: what WhatsApp writes itself, not what people write; its wordings are in phrases.toml.

    understand("<Médias omis>", ios=False)                   -> Said("file", "")
    understand("je viens <Ce message a été modifié>", ...)   -> Said("text", "je viens", edited=True)
    understand("\\u200eimage absente", ios=True)               -> Said("image", "")
    understand("audio omis, c'est un film ?", ios=True)      -> Said("text", "audio omis, c'est un film ?")

Structure comes before words: on iOS whatever WhatsApp writes is announced by U+200E, so that a wording never
seen is still a notice. A file that lost these marks (`marked` false) is judged by words alone.
"""

import re
from typing import NamedTuple

from sosie.core.message import MessageKind
from sosie.sources.whatsapp.phrases import (
    ATTACHED,
    CALL,
    DELETED,
    EDITED,
    ENCLOSED,
    GLANCE,
    HAPPENED,
    LEFT_OUT,
    LOCATION,
    OMISSIONS,
    OMITTED,
    OPENERS,
    OPTION,
    OPTIONS,
    POLLS,
    SEEN_ONCE,
    UNMARKED,
    WAITING,
    kind_of_thing,
)


class ParsedText(NamedTuple):
    """What is left of a message's text once WhatsApp's own words are gone."""

    kind: MessageKind
    text: str
    edited: bool = False
    file: str = ""  # that a voice message is in


LRM = "\u200e"
_STRAY = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_REACTION = re.compile(r"a réagi (?:avec |par )?[^\w\s]+ à\b", re.IGNORECASE)
_BRACKETED = re.compile(r"<\s?(?P<what>[^<>\n]{4,60}?)\s?>(?:[ \n]|\Z)")
_FILE_LINE = re.compile(r"[^\n]+\.\w{2,5}(?: ?• ?[^\n]*)?")
_COUNTED = re.compile(r"-?\d{5,}-")
_QUOTES = (("«", "»"), ("“", "”"), ("„", "“"))

_EXTENSIONS: dict[str, MessageKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp", "heic", "bmp"), "image"),
    **dict.fromkeys(("mp4", "mov", "3gp", "avi", "mkv", "gif"), "video"),
    **dict.fromkeys(("opus", "m4a", "mp3", "ogg", "aac", "amr", "wav"), "voice"),
}


def is_plain(text: str, marked: bool = True) -> bool:
    """Whether WhatsApp had no hand in a text: true of most, and found at a glance."""
    return not (
        text[-1:] in ">)"
        or text[:GLANCE].lower() in OPENERS
        or text[:1] in "\u200e<"
        or LRM in text
        or ")\n" in text
        or (not marked and text.endswith(OMISSIONS))
    )


def parse_text(text: str, ios: bool, marked: bool = True) -> ParsedText:
    """What a person said, once what WhatsApp added is cut; kind « notice » where the person said nothing."""
    if is_plain(text, marked):
        return ParsedText("text", clean(text))
    edited = False
    if text[-1:] == ">" and (found := EDITED.search(text)):
        text, edited = text[: found.start()], True
    parsed = _machine(text, ios, marked) or ParsedText("text", clean(text))
    return parsed._replace(edited=edited)


def _machine(text: str, ios: bool, marked: bool) -> ParsedText | None:
    """A message of which WhatsApp wrote at least a part."""
    bare = clean(text)
    plain = bare.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
    if parsed := _whole(plain, text):
        return parsed
    if medium := _attached(text) or (_omitted_ios(text, marked) if ios else _omitted_android(plain, bare)):
        return medium
    announced = ios and (_is_announced(text, plain) if not marked else text.startswith(LRM))
    happened = announced or CALL.fullmatch(plain) or _REACTION.match(plain)
    return ParsedText("notice", bare) if happened else None


def _is_announced(text: str, plain: str) -> bool:
    """Whether words are a notice's, where U+200E alone does not tell."""
    return bool(UNMARKED.fullmatch(plain) or (text.startswith(LRM) and HAPPENED.search(plain)))


def _whole(plain: str, text: str) -> ParsedText | None:
    """What leaves nothing, or a poll's words, of a message."""
    if DELETED.fullmatch(plain):
        return ParsedText("deleted", "")
    if WAITING.match(plain) or not plain:
        return ParsedText("text", "")
    if LOCATION.fullmatch(plain):
        return ParsedText("location", "")
    if text.startswith(LRM) and SEEN_ONCE.search(plain):
        return ParsedText("image", "")
    poll = _poll(text)
    return ParsedText("text", poll) if poll else None


def _attached(text: str) -> ParsedText | None:
    """A file that the export names: `<pièce jointe : 00012-PHOTO.jpg>`, `IMG-0003.jpg (fichier joint)`."""
    if found := ENCLOSED.match(text):
        return _with_file(found["file"], clean(text[found.end() :]))
    if not (found := ATTACHED.search(text)):
        return None
    name = _COUNTED.sub("", found["file"], count=1)
    caption = clean(text[: found.start()])
    if caption == name or caption.startswith((f"{name} •", f"{name}\u00a0•")):
        caption = ""
    rest = clean(text[found.end() :])
    return _with_file(found["file"], "\n".join(part for part in (caption, rest) if part))


def _with_file(name: str, caption: str) -> ParsedText:
    kind = _kind_of_file(name)
    return ParsedText(kind, caption, file=clean(name) if kind == "voice" else "")


def _omitted_ios(text: str, marked: bool) -> ParsedText | None:
    """`\\u200eimage absente`, alone or after a caption."""
    before, mark, last = text.rpartition(LRM)
    last = last.strip()
    found = OMITTED.fullmatch(last)
    if found and (mark or not marked):
        kind, caption = kind_of_thing(found["thing"]), clean(before)
        return ParsedText(kind, "" if kind == "file" and _FILE_LINE.fullmatch(caption) else caption)
    return _in_brackets(text.strip(LRM), clean(text))


def _omitted_android(plain: str, bare: str) -> ParsedText | None:
    if plain == "null":  # seen once, or not exportable
        return ParsedText("image", "")
    return _in_brackets(plain, bare)


def _in_brackets(plain: str, bare: str) -> ParsedText | None:
    """`<Médias omis>`, with a caption after it or not."""
    found = _BRACKETED.match(plain)
    if found and (what := LEFT_OUT.fullmatch(found["what"])):
        return ParsedText(kind_of_thing(what["thing"]), bare[found.end() :].strip())
    return None


def _poll(text: str) -> str:
    """A poll's question and choices, a line each: the words of the author. Empty where it is none."""
    head, _, rest = clean(text).partition(":")
    lines = [line.strip() for line in rest.split("\n")]
    if head.strip() not in POLLS or not any(line.startswith(OPTIONS) for line in lines):
        return ""
    return "\n".join(option for line in lines if (option := OPTION.sub("", line).strip()))


def _kind_of_file(name: str) -> MessageKind:
    return _EXTENSIONS.get(name.rpartition(".")[2].lower(), "file")


def clean(text: str) -> str:
    """Without the invisible marks of direction that WhatsApp puts around names and its own words."""
    text = text.strip()
    return text if text.isascii() or not _STRAY.search(text) else _STRAY.sub("", text).strip()


def is_notice(words: str) -> bool:
    """Whether words without an author, or that look like one before a colon, are a notice.

    "Camille a modifié l'objet du groupe de « Vacances "  -> True: a quotation that does not end there
    "Éloïse d'Arc", "M. Lefèvre (voisin)"                  -> False
    """
    unclosed = any(words.count(left) > words.count(right) for left, right in _QUOTES) or words.count('"') % 2
    return bool(unclosed or len(words) > 100 or HAPPENED.search(words))
