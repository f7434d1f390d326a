"""WhatsApp's own wordings in seven languages, from phrases.toml, as patterns.

    DELETED.fullmatch("Ce message a été supprimé")     kind_of_thing("Message vocal")        -> "voice"
    EDITED.search("ok <Dit bericht is bewerkt>")       "ce m" in OPENERS                     -> True

All patterns want the apostrophe « ' » and plain spaces. None begins or ends in an unbounded run of spaces,
and a star stands for 200 characters at most: a hostile file must not make them slow.
"""

import re
import tomllib
from importlib.resources import files

from sosie.core.message import MessageKind

LANGUAGES = tomllib.loads((files("sosie.sources.whatsapp") / "phrases.toml").read_text(encoding="utf-8"))


def _phrases(*keys: str) -> list[str]:
    """What all the languages have under some keys, the longest first."""
    found = {phrase for words in LANGUAGES.values() for key in keys for phrase in words.get(key, ())}
    return sorted(found, key=lambda phrase: (-len(phrase), phrase))


def _one_of(*keys: str) -> str:
    """An expression that matches one of those phrases, in whatever case."""
    return "|".join(re.escape(phrase).replace(r"\*", r"[^\n]{0,200}?") for phrase in _phrases(*keys))


def _anywhere(key: str, flags: int = 0) -> re.Pattern[str]:
    found = "|".join(words[key] for words in LANGUAGES.values() if key in words)
    return re.compile(found, re.IGNORECASE | flags)


def _whole(*keys: str, end: str = r"\.?") -> re.Pattern[str]:
    return re.compile(f"(?:{_one_of(*keys)}){end}", re.IGNORECASE)


DELETED = _whole("deleted", "deleted_by_owner")
DELETED_BY_OWNER = _whole("deleted_by_owner", end=r"\b")
EDITED = re.compile(rf"<\s?(?:{_one_of('edited')})\.?\s?>\Z")
WAITING = _whole("waiting", end=r"\s*[.…]")
SEEN_ONCE = re.compile(rf"\b(?:{_one_of('seen_once')})\b", re.IGNORECASE)
UNMARKED = _whole("unmarked", end=r"\W*")  # what people do not write, for files whose U+200E are gone
HAPPENED = _anywhere("happened", re.VERBOSE)
CALL = _anywhere("call", re.VERBOSE)  # said by who called, with how long it was
ENCRYPTED = _anywhere("encrypted")
OF_A_GROUP = _anywhere("group")
LOCATION = re.compile(
    rf"(?:{_one_of('location')})\s?:\s?https?://"
    r"(?:maps\.|www\.google\.\w+/maps|goo\.gl/maps|(?:\w+\.)?foursquare\.)\S+"
    rf"|(?:{_one_of('live_location')})",
    re.IGNORECASE,
)
POLLS = frozenset(_phrases("poll"))
OPTIONS = tuple(_phrases("option"))
OPTION = re.compile(rf"^(?:{_one_of('option')})\s?:|\(\d+\s[^()]*\)\Z")

_THING = _one_of("image", "video", "voice", "file")
OMITTED = re.compile(rf"(?P<thing>(?:{_THING})s?) (?:{_one_of('absent')})\.?", re.IGNORECASE)
LEFT_OUT = re.compile(rf"(?P<thing>.{{1,50}}) (?:{_one_of('absent')})", re.IGNORECASE)  # whatever it is
OMISSIONS = tuple(_phrases("absent"))
ATTACHED = re.compile(
    rf"\u200e?<\s?(?:{_one_of('attached')})\s?:\s?(?P<file>[^<>\n]{{1,300}}?)\s?>", re.IGNORECASE
)
ENCLOSED = re.compile(
    rf"\u200e?(?P<file>[^\n]+\.\w{{2,5}}) \((?:{_one_of('enclosed')})\)[ ]*(?:\n|\Z)", re.IGNORECASE
)

OWN_DELETIONS = tuple(phrase[:12] for phrase in _phrases("deleted_by_owner"))
LANGUAGE_MARKERS = {language: tuple(words["signs"]) for language, words in LANGUAGES.items()}
_KINDS: tuple[tuple[str, MessageKind], ...] = tuple(
    (noun.lower(), kind)  # the longest first: a « message vocal » is no « message »
    for noun in _phrases("image", "video", "voice", "file")
    for kind in ("image", "video", "voice", "file")
    if noun in _phrases(kind)
)
GLANCE = 4  # characters that most messages fail: only so does what WhatsApp writes begin
_AT_THE_START = (
    "deleted",
    "deleted_by_owner",
    "waiting",
    "location",
    "live_location",
    "poll",
    "reacted",
    "unmarked",
)
OPENERS = frozenset(phrase[:GLANCE].lower() for phrase in ("null", *_phrases(*_AT_THE_START)))


def kind_of_thing(thing: str) -> MessageKind:
    """« Notes vidéo » -> "video"; "file" where the words are unknown."""
    lower = thing.lower()
    return next((kind for noun, kind in _KINDS if lower.startswith(noun)), "file")
