"""Questions about the owner's other names, in the apps whose export does not say it, each with its evidence.

    propose(authors, identity, answers) -> (Alias("whatsapp", "Léa 🌸", 312, ("le même nom que ...",)),)

Evidence, the strongest first
    - the same long message, sent at the same moment in two apps
    - the same phone number, in its national or international form
    - the same name but for accents, case, emojis
    - present in all one-to-one threads of the app
    - a nickname that is part of the full name, or holds it
Never me: whoever talks with me in a thread of that app (a namesake), and whoever the user said is another.
Two candidates who talk with each other cannot both be me: each is asked about with its rival named.
Nothing is taken for granted here: what is proposed counts once it was confirmed.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sosie.core.counted import counted
from sosie.core.source_table import in_words
from sosie.prepare.authors import PHONE, SELF, Authors, ThreadAuthors, fold_name, minutes_of
from sosie.prepare.owner import PEOPLE_KINDS, Answers, Identity

NAME_WORD = re.compile(r"[^\W\d_]{3,}")  # shorter ones tell nothing
SAME_TIME = 2  # minutes
MOST_HOURS = 14  # between two clocks, where the zone of one is unknown

Evidence = tuple[int, str]  # how strong, and the French sentence


@counted
@dataclass(frozen=True, slots=True)
class Alias:
    """An author who may be me in one app, the evidence, and the rivals with evidence there too."""

    source: str
    name: str
    messages: int
    reasons: tuple[str, ...]
    strength: int
    rivals: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.source}/{self.name}"

    def question(self) -> str:
        """« Dans WhatsApp, « Léa 🌸 » (312 messages), est-ce vous ? Indice : le même nom que ... »"""
        many = f"{self.messages} message{'s' * (self.messages > 1)}"
        hints = f"Indice{'s' * (len(self.reasons) > 1)} : {' ; '.join(self.reasons)}."
        rivals = f" Autre possibilité : {quoted(self.rivals)}." if self.rivals else ""
        return f"Dans {in_words(self.source)}, « {self.name} » ({many}), est-ce vous ? {hints}{rivals}"


def propose(authors: Authors, identity: Identity, answers: Answers) -> tuple[Alias, ...]:
    """The aliases to ask about, the surest first; none if the owner of every thread of two is known."""
    found: list[Alias] = []
    for source in dict.fromkeys(thread.source for thread in authors.threads.values()):
        found += AppThreads(source, authors, identity, answers).aliases()
    return tuple(sorted(found, key=lambda alias: -alias.strength))


def unclear(authors: Authors, identity: Identity) -> dict[str, int]:
    """The number of threads of two without a known owner, by app."""
    counts: dict[str, int] = {}
    for name, thread in authors.threads.items():
        if thread.pair and name not in identity.threads and len(thread.counts) > 1:
            counts[thread.source] = counts.get(thread.source, 0) + 1
    return counts


class AppThreads:
    """The threads of one app: those where I am known, and those that are open."""

    def __init__(self, source: str, authors: Authors, identity: Identity, answers: Answers) -> None:
        self.source, self._answers = source, answers
        threads = {name: thread for name, thread in authors.threads.items() if thread.source == source}
        self._open = [t for name, t in threads.items() if t.kind == "chat" and name not in identity.threads]
        self._settled = len(self._open) < len(threads)
        self._others = set().union(
            *(
                threads[name].counts.keys() - names
                for name, names in identity.threads.items()
                if name in threads
            )
        )
        self._owner_names = dict(known_names(authors, identity))
        self._long_texts = long_messages(authors, identity, source)

    def aliases(self) -> Iterator[Alias]:
        open_to = [thread for thread in self._open if thread.pair or not self._settled]
        names = dict.fromkeys(name for thread in open_to for name in thread.counts)
        evidence = {
            name: found for name in names if self._may_be(name) and (found := [*self._evidence(name)])
        }
        for name, found in evidence.items():
            rivals = {n for t in self._open if name in t.counts for n in t.counts if n in evidence} - {name}
            count = sum(thread.counts[name] for thread in self._open)
            reasons = tuple(dict.fromkeys(sentence for _, sentence in sorted(found, reverse=True)))
            strength = sum({how_strong for how_strong, _ in found})
            yield Alias(self.source, name, count, reasons, strength, tuple(sorted(rivals)))

    def _may_be(self, name: str) -> bool:
        return name not in self._others and f"{self.source}/{name}" not in self._answers

    def _evidence(self, name: str) -> Iterator[Evidence]:
        yield from self._same_messages(name)
        for own_name, source in self._owner_names.items():
            if same_phone(name, own_name):
                yield 4, f"le même numéro que « {own_name} » ({in_words(source)})"
            elif same_name(name, own_name):
                yield 3, f"le même nom que « {own_name} » ({in_words(source)}), à un accent ou un émoji près"
            elif part_of_name(name, own_name):
                yield 1, f"« {own_name} » ({in_words(source)}) et « {name} » ont un nom en commun"
        pairs = [thread for thread in self._open if thread.pair and len(thread.counts) > 1]
        if len({frozenset(thread.counts) for thread in pairs}) > 1 and all(name in t.counts for t in pairs):
            yield 2, f"présent dans toutes les discussions à deux de {in_words(self.source)} ({len(pairs)})"

    def _same_messages(self, name: str) -> Iterator[Evidence]:
        sent = [
            source
            for thread in self._open
            for text, (author, at) in thread.long_texts.items()
            for source, time in self._long_texts.get(text, ())
            if author == name and same_time(at, time)
        ]
        if sent:
            times = f"{len(sent)} fois" if len(sent) > 1 else "une fois"
            yield 5, f"le même long message, envoyé au même moment dans {in_words(sent[0])} ({times})"


def known_names(authors: Authors, identity: Identity) -> Iterator[tuple[str, str]]:
    """(a name of mine, the app where it is known); names that only an app gives (« me ») say nothing."""
    for name, names in identity.threads.items():
        source = authors.threads[name].source
        if authors.threads[name].kind in PEOPLE_KINDS:
            yield from ((own_name, source) for own_name in names if fold_name(own_name) not in SELF)


def long_messages(authors: Authors, identity: Identity, but: str) -> Mapping[int, list[tuple[str, datetime]]]:
    """My long messages in the other apps: text -> (app, when)."""
    found: dict[int, list[tuple[str, datetime]]] = {}
    for name, names in identity.threads.items():
        thread: ThreadAuthors = authors.threads[name]
        for text, (author, at) in thread.long_texts.items():
            if author in names and thread.source != but:
                found.setdefault(text, []).append((thread.source, at))
    return found


def same_name(one: str, other: str) -> bool:
    return letters(one) == letters(other) != ""


def letters(name: str) -> str:
    """« ~ Léa 🌸 D. » -> « lea d »"""
    characters = (c if c.isalnum() else " " for c in fold_name(name) if unicodedata.category(c) != "So")
    return " ".join("".join(characters).split())


def part_of_name(one: str, other: str) -> bool:
    """« Léa » and « Léa Martin »; « lea_martin42 » and « Léa Martin »; « alex » and « Alexandre »."""
    words, others = (NAME_WORD.findall(letters(name)) for name in (one, other))
    whole, also = "".join(words), "".join(others)
    begins = whole and also and (whole.startswith(also) or also.startswith(whole))
    return bool(begins) or not {*words}.isdisjoint(others)


def same_phone(one: str, other: str) -> bool:
    """« 06 12 34 56 78 » and « +33 6 12 34 56 78 »; « 0470 12 34 56 » and « +32 470 12 34 56 »."""
    if not (PHONE.fullmatch(fold_name(one)) and PHONE.fullmatch(fold_name(other))):
        return False
    if fold_name(one) == fold_name(other):
        return True
    international, national = sorted(re.sub(r"[^\d+]", "", name) for name in (one, other))  # « + » < « 0 »
    forms = international[0] == "+" and national[0] == "0" and len(national) > 8
    return forms and international.endswith(national[1:])


def same_time(one: datetime, other: datetime) -> bool:
    """At most two minutes apart; where the zone of one is unknown, two minutes and some whole hours."""
    apart = abs(minutes_of(one) - minutes_of(other))
    if one.tzinfo and other.tzinfo:
        return apart <= SAME_TIME
    return apart <= MOST_HOURS * 60 + SAME_TIME and min(apart % 60, -apart % 60) <= SAME_TIME


def quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"« {name} »" for name in names)
