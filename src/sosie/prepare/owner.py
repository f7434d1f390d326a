"""Which authors are me.

    authors(conversations) -> Authors: who writes where, and how much
    find_me(authors, ["lea"]) -> Identity({"Léa"}, "le nom que vous avez donné")

Decided thread by thread, the first that tells:
    1. the names given; the exact name first, else those that differ only by case, accents, odd spaces, a
       leading "~" or the spelling of a phone number; and the aliases confirmed for that app (aliases.py)
    2. the owner that the export itself names
    3. whoever is me in other threads of the same app
    4. in a thread of two, the one called « Vous » or « Moi », or who bears my name of another app
Nothing known at all: « Vous » or « Moi », or the one author common to all one-to-one threads (two at least).
Otherwise UnknownPerson, with the candidates: those are names of the user's own export.
A namesake who talks with me in a thread is not me there; nor is a friend who bears, in an app whose export
names its owner, the name that I gave for another app.

Not covered: a nickname that no rule links to a known name; aliases.py asks about those it can argue for.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache

from sosie.core.counted import counted
from sosie.core.errors import NothingToDo, UnknownPerson
from sosie.core.message import Conversation, ConversationKind, Message

SELF = frozenset({"vous", "moi", "me", "you"})  # how an app calls its owner
APP_SAYS = "l'application vous appelle ainsi"
SHOWN = 8  # candidates named in an error
WORDLESS = frozenset({"notice", "deleted", "call"})
PHONE = re.compile(r"\+?[\d\s().-]{7,}")
PEOPLE = ("chat", "one_sided")  # conversations in which the owner has a name among people
LONG, MANY = 60, 5000  # signs of a message that nobody writes twice by chance; how many of a thread are noted

Answers = Mapping[str, bool]  # « whatsapp/Léa 🌸 »: whether that is me


@counted
@dataclass(frozen=True, slots=True)
class Identity:
    """Every name under which the person writes, and how that was decided, in French."""

    names: frozenset[str]
    reason: str
    threads: Mapping[str, frozenset[str]] = field(default_factory=dict)  # my names in each, where known
    given: frozenset[str] = frozenset()  # those that the user said, or that were guessed: to be remembered

    def mine(self, thread: str) -> frozenset[str]:
        """My names in one thread: a namesake of mine may write in another."""
        return self.threads.get(thread, frozenset()) if self.threads else self.names


@counted
@dataclass(slots=True)
class Thread:
    """Who writes in one conversation: messages with words, by author."""

    source: str
    group: bool
    kind: ConversationKind
    owner: str | None
    counts: Counter[str] = field(default_factory=Counter)
    long: dict[int, tuple[str, datetime]] = field(default_factory=dict)  # a long text: who, when

    def named(self, hint: str) -> set[str]:
        """The authors (or the owner) whom `hint` means here."""
        names = {*self.counts, *([self.owner] if self.owner else [])}
        return {hint} & names or {name for name in names if gently(name) == gently(hint)}

    def is_other(self, hint: str) -> bool:
        """Whether the export says that somebody else, who writes here too, is its owner."""
        return self.owner in self.counts and self.owner not in self.named(hint)

    @property
    def pair(self) -> bool:
        return not self.group and self.kind == "chat"


class Authors:
    """All threads by conversation id. A thread met twice (already imported, and given again) counts once."""

    def __init__(self) -> None:
        self.threads: dict[str, Thread] = {}

    @property
    def counts(self) -> Counter[str]:
        return sum((thread.counts for thread in self.threads.values()), Counter())

    def watch(self, conversation: Conversation) -> Conversation:
        """The same conversation; who writes in it is known once its messages were read."""
        return replace(conversation, messages=self._counting(conversation))

    def _counting(self, conversation: Conversation) -> Iterator[Message]:
        here = Thread(conversation.source, conversation.group, conversation.kind, conversation.owner)
        counts, long = here.counts, here.long
        for message in conversation.messages:
            if message.kind != "notice":
                text = message.text
                counts[message.author] += text != "" and message.kind not in WORDLESS
                if len(text) >= LONG and message.style and message.at and len(long) < MANY:
                    long.setdefault(hash(text), (message.author, message.at))
            yield message
        thread = self.threads.setdefault(conversation.id, here)
        thread.owner = thread.owner or conversation.owner
        thread.long.update(long)
        for name, count in counts.items():
            thread.counts[name] = max(thread.counts[name], count)


def authors(conversations: Iterable[Conversation]) -> Authors:
    """Who writes where."""
    found = Authors()
    for conversation in map(found.watch, conversations):
        for _ in conversation.messages:
            pass
    return found


def find_me(authors: Authors, hints: Sequence[str], answers: Answers | None = None) -> Identity:
    """The person's names. UnknownPerson where they cannot be told, NothingToDo where nobody writes."""
    threads = authors.threads
    if not any(thread.counts for thread in threads.values()):
        raise NothingToDo(
            "Il n'y a encore aucun message ici.",
            'Faites entrer un export : sosie import MON_EXPORT.zip --me "Votre nom"',
        )
    hints = [hint for hint in hints if hint.strip()]
    said = {name for hint in hints for name in _meant(hint, authors)}
    search = Search(authors, hints, answers or {})
    reasons = search.told()
    chats = {name: thread for name, thread in threads.items() if thread.kind == "chat"}
    if chats and not any(threads[name].kind in PEOPLE for name in search.mine):
        guess, reason = _guess([*chats.values()])
        if not guess:
            raise UnknownPerson(
                "sosie ne sait pas qui vous êtes dans ces conversations.",
                f'Dites-le avec --me "NOM". On y lit : {candidates(authors)}.',
            )
        said, reasons = guess, [reason]
        search.mine |= {name: found for name, t in chats.items() if (found := t.counts.keys() & guess)}
    else:
        reasons += search.spread()
    mine = {name: frozenset(found) for name, found in search.mine.items()}
    return Identity(frozenset(said).union(*mine.values()), ", ".join(reasons), mine, frozenset(said))


class Search:
    """Goes from the threads that tell who I am to those that do not."""

    def __init__(self, authors: Authors, hints: Sequence[str], answers: Answers) -> None:
        self.mine: dict[str, set[str]] = {}
        self._threads, self._hints, self._answers = authors.threads, hints, answers

    def told(self) -> list[str]:
        """What the user or the export says; how, in French."""
        reasons: dict[str, None] = {}
        elsewhere = self._meant_elsewhere()
        for name, thread in self._threads.items():
            hints = [hint for hint in self._hints if hint not in elsewhere or not thread.is_other(hint)]
            given = set().union(*(thread.named(hint) for hint in hints))
            agreed = {author for author in thread.counts if self._answers.get(f"{thread.source}/{author}")}
            if given or agreed:
                self.mine[name] = given | agreed
                reasons["le nom que vous avez donné" if given else "vous l'avez confirmé"] = None
        for name, thread in self._threads.items():
            if thread.owner and name not in self.mine:
                self.mine[name] = {thread.owner}
                reasons["l'export le dit"] = None
        return [*reasons]

    def _meant_elsewhere(self) -> set[str]:
        """The names given that have a place where no export contradicts them."""
        return {
            hint
            for hint in self._hints
            if any(t.named(hint) and not t.is_other(hint) for t in self._threads.values())
        }

    def spread(self) -> list[str]:
        """To the other threads of the same app, then to pairs of other apps, then to their app."""
        self._through_apps()
        reasons = self._to_pairs()
        self._through_apps()
        return reasons

    def _open(self) -> Iterator[tuple[str, Thread]]:
        return ((name, t) for name, t in self._threads.items() if name not in self.mine and t.kind == "chat")

    def _through_apps(self) -> None:
        by_app: dict[str, set[str]] = {}
        for name, found in self.mine.items():
            by_app.setdefault(self._threads[name].source, set()).update(found)
        for name, thread in list(self._open()):
            if found := by_app.get(thread.source, set()) & thread.counts.keys():
                self.mine[name] = found

    def _to_pairs(self) -> list[str]:
        names = {gently(name) for found in self.mine.values() for name in found} - SELF
        reasons: dict[str, None] = {}
        for name, thread in list(self._open()):
            for known, reason in ((SELF, APP_SAYS), (names, "le même nom dans une autre application")):
                same = {author for author in thread.counts if gently(author) in known}
                refused = any(self._answers.get(f"{thread.source}/{author}") is False for author in same)
                if thread.pair and len(thread.counts) == 2 and len(same) == 1 and not refused:
                    self.mine.setdefault(name, same)
                    reasons[reason] = None
        return [*reasons]


def _meant(hint: str, authors: Authors) -> set[str]:
    """The authors whom a hint means. One that means nobody is an error that names the nearest."""
    meant = set().union(*(thread.named(hint) for thread in authors.threads.values()))
    if not meant:
        raise UnknownPerson(
            f"Personne ne s'appelle « {hint} » dans ces conversations.",
            f"{_nearest(hint, authors)}On y lit : {candidates(authors)}.",
        )
    return meant


def _guess(threads: Sequence[Thread]) -> tuple[set[str], str]:
    everyone = set().union(*(thread.counts for thread in threads))
    selves = {name for name in everyone if gently(name) in SELF}
    if selves and all(selves & thread.counts.keys() for thread in threads if not thread.group):
        return selves, APP_SAYS
    pairs = [set(thread.counts) for thread in threads if not thread.group and thread.counts]
    common = set.intersection(*pairs) if len(pairs) > 1 else set()
    if len(common) == 1:
        return common, f"le seul nom commun à vos {len(pairs)} discussions à deux"
    return set(), ""


def candidates(authors: Authors) -> str:
    """« Léa (812 messages), Malo (790 messages) et 3 autres »"""
    ranked = authors.counts.most_common()
    ranked += [(name, 0) for t in authors.threads.values() for name in t.counts if not t.counts[name]]
    told = ", ".join(f"{name} ({count} message{'s' * (count > 1)})" for name, count in ranked[:SHOWN])
    more = len(ranked) - SHOWN
    return f"{told} et {more} autre{'s' * (more > 1)}" if more > 0 else told


def _nearest(hint: str, authors: Authors) -> str:
    spelt = {gently(name): name for thread in authors.threads.values() for name in thread.counts}
    inside = [folded for folded in spelt if gently(hint) in folded.split()]
    close = inside or get_close_matches(gently(hint), spelt, n=1, cutoff=0.5)
    return f"Vouliez-vous dire « {spelt[close[0]]} » ? " if close else ""


@lru_cache(maxsize=1 << 16)
def gently(name: str) -> str:
    """A name without what people and phones spell differently.

    "~ Éloïse\\u00a0D." -> "eloise d."      "06 12 34 56 78", "+33 6 12 34 56 78" -> "+33612345678"
    """
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", name) if unicodedata.category(c) not in ("Mn", "Cf")
    )
    bare = " ".join(bare.casefold().replace("’", "'").lstrip("~ \t").split())
    if not PHONE.fullmatch(bare):
        return bare
    digits = re.sub(r"[^\d+]", "", bare.replace("(0)", ""))
    return (
        re.sub(r"^(?:00|\+)", "+", digits)
        if digits[:2] in ("00",) or digits[0] == "+"
        else "+33" + digits[1:]
    )


def since_1970(at: datetime) -> int:
    """Minutes; where the zone is unknown, as if it were UTC."""
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) // 60
