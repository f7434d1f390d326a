"""A first look through a WhatsApp export: what must be known of the file to read its first message.

    survey(lines) -> Survey(layout, order, people, group, ...)

It stops as soon as nothing more is to be learnt: a few hundred days decide the dates, three authors make a
group. A long chat between two people is looked through to its end.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sosie.sources.values.date_order import DAY_FIRST, DateOrder, decide
from sosie.sources.whatsapp.entries import Section, split_entries
from sosie.sources.whatsapp.line_layouts import Layout, Stamp, find_layout
from sosie.sources.whatsapp.phrases import (
    DELETED_BY_OWNER,
    ENCRYPTED,
    HAPPENED,
    LANGUAGE_MARKERS,
    OF_A_GROUP,
    OWN_DELETIONS,
)
from sosie.sources.whatsapp.system_messages import LRM, clean, is_notice, parse_text

_ENOUGH_DAYS = 400
_ENOUGH_ENTRIES = 5000

_Open = Callable[[], AbstractContextManager[Iterator[tuple[int, str]]]]
_NAME_REST = re.compile(r"[^\n:]{1,40}: ")
_COLON_NAMES = 3  # messages that all begin alike: their author's name has a colon


@dataclass(frozen=True, slots=True)
class Survey:
    """What all the messages of a file have in common."""

    layout: Layout
    order: DateOrder
    people: tuple[str, ...]  # the authors, at least the first three
    group: bool
    own_names: tuple[str, ...]  # names under which the group itself speaks
    deleter: str | None  # who « vous avez supprimé ce message » is
    marked: bool  # whether WhatsApp's own words still carry their U+200E
    colon_names: dict[str, str]  # « Boulot » is the beginning of « Boulot: Karim »


@dataclass(slots=True)
class _Seen:
    """What was seen so far."""

    names: "AuthorNames"
    days: list[str] = field(default_factory=list)
    people: dict[str, None] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)
    own_names: dict[str, None] = field(default_factory=dict)
    group: bool = False
    marked: bool = False
    deleter: str | None = None
    opener: str | None = None  # who « says » that all is encrypted: a group, or the other person
    opener_spoke: bool = False
    after: dict[str, str | None] = field(default_factory=dict)  # with what all the texts of a name begin
    spoken: Counter[str] = field(default_factory=Counter)

    def enough(self, count: int) -> bool:
        return count >= _ENOUGH_ENTRIES and self.group and len(self.days) >= _ENOUGH_DAYS


class AuthorNames:
    """What stands before the first colon: a cleaned name, or None where it is no name."""

    def __init__(self) -> None:
        self.known: dict[str, str | None] = {}

    def of(self, raw: str) -> str | None:
        if raw not in self.known and len(raw) < 200:
            self.known[raw] = self._name(raw)
        return self.known.get(raw)

    @staticmethod
    def _name(raw: str) -> str | None:
        """« ~\\u202fNico » -> « ~ Nico »; None for « Camille a renommé le groupe « Vacances  »."""
        name = " ".join(clean(raw).split())
        return None if not name or "\n" in raw.strip() or is_notice(name) else name


def survey(open_lines: _Open) -> Survey | None:
    """None where no line of the file begins a message."""
    with open_lines() as lines:
        layout = find_layout(line for _, line in lines)
    if layout is None:
        return None
    notes = _Seen(AuthorNames())
    section = Section(layout, DAY_FIRST)
    with open_lines() as lines:
        for count, (_, stamp, body) in enumerate(split_entries(lines, section, notes.names.known)):
            _look(notes, stamp, body, section)
            if notes.enough(count):
                break
    own_names = dict(notes.own_names)
    if notes.opener and not notes.opener_spoke and notes.group:
        own_names.setdefault(notes.opener)
    colon_names = _colon_names(notes)
    people = [colon_names.get(name, name) for name in notes.people if name not in own_names]
    language = notes.languages.most_common(1)[0][0] if notes.languages else ""
    return Survey(
        layout=layout,
        order=decide(notes.days, language, bool(layout.half)),
        people=tuple(people),
        group=notes.group,
        own_names=tuple(own_names),
        deleter=colon_names.get(notes.deleter or "", notes.deleter),
        marked=notes.marked or not layout.bracket,
        colon_names=colon_names,
    )


def _colon_names(notes: _Seen) -> dict[str, str]:
    """The names that have a colon: all their texts, three at least, begin with the rest of the name."""
    return {
        raw: f"{raw}: {after}"
        for raw, after in notes.after.items()
        if after and notes.spoken[raw] >= _COLON_NAMES and notes.names.of(f"{raw}: {after}")
    }


def _look(notes: _Seen, stamp: Stamp, body: str, section: Section) -> None:
    """Note what one entry shows."""
    day = stamp[0] or ""
    if (not notes.days or notes.days[-1] != day) and section.first:
        notes.days.append(day)
    raw, colon, text = body.partition(": ")
    name = (notes.names.known.get(raw) or notes.names.of(raw)) if colon else None
    if name and (after := notes.after.get(raw, text)) is not None:
        after = after if raw in notes.after else after.partition(": ")[0] if _NAME_REST.match(after) else None
        notes.after[raw] = after if after and text.startswith(f"{after}: ") else None
        notes.spoken[raw] += 1
    if name and name == notes.opener and not (text.startswith(LRM) or HAPPENED.search(text, 0, 200)):
        notes.opener_spoke = True
    if LRM in body or name not in notes.people or text.startswith(OWN_DELETIONS):
        _look_closely(notes, name, body, text, section.layout.bracket)


def _look_closely(notes: _Seen, name: str | None, body: str, text: str, ios: bool) -> None:
    """An entry that WhatsApp had a hand in, or by someone not met before."""
    notes.marked = notes.marked or LRM in body
    if ios and (speaker := _speaker_with_colon(body)):
        notes.own_names[speaker] = None
        name = None
    if ios and name and notes.opener is None and ENCRYPTED.search(text):
        notes.opener = name
        return
    parsed = parse_text(text, ios) if name else None
    if name is None or parsed is None or parsed.kind == "notice":
        notes.group = notes.group or bool(OF_A_GROUP.search(body))
    elif name not in notes.people:
        notes.people[name] = None
        notes.group = notes.group or len(notes.people) > 2
    if parsed and parsed.kind == "deleted" and DELETED_BY_OWNER.match(clean(text)):
        notes.deleter = name
    if name is None or parsed is None or parsed.kind != "text":
        notes.languages.update(
            language for language, markers in LANGUAGE_MARKERS.items() if any(map(body.__contains__, markers))
        )


def _speaker_with_colon(body: str) -> str | None:
    """« Jura : juillet », of « Jura : juillet: \\u200eCamille a créé ce groupe »: the group itself."""
    speaker, mark, words = body.partition(f": {LRM}")
    if not mark or ": " not in speaker or "\n" in speaker or len(speaker) > 100:
        return None
    return speaker if is_notice(clean(words)) and parse_text(LRM + words, ios=True).kind == "notice" else None
