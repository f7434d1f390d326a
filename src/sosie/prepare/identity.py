"""Which authors are me.

    authors(conversations) -> Authors: who writes where, and how much
    find_me(authors, ["lea"]) -> Identity({"Léa"}, "le nom que vous avez donné")

Tried in this order:
    1. the names given; in each thread the exact name first, else those that differ only by case, accents, odd
       spaces, a leading "~" or the spelling of a phone number
    2. the owner that the export itself names, in threads where no given name writes
    3. nothing given: « Vous » or « Moi », or the one author common to all one-to-one threads (two at least)
Otherwise UnknownPerson, with the candidates: those are names of the user's own export.

Not covered: a nickname that no rule links to the name given; it takes a second --me.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from sosie.core.errors import NothingToDo, UnknownPerson
from sosie.core.message import Conversation, ConversationKind

SELF = frozenset({"vous", "moi", "me", "you"})  # how an app calls its owner
SHOWN = 8  # candidates named in an error
WORDLESS = frozenset({"notice", "deleted"})
PHONE = re.compile(r"\+?[\d\s().-]{7,}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Every name under which the person writes, and how that was decided, in French."""

    names: frozenset[str]
    reason: str


@dataclass(slots=True)
class Thread:
    """Who writes in one conversation: messages with words, by author."""

    group: bool
    kind: ConversationKind
    owner: str | None
    counts: Counter[str] = field(default_factory=Counter)

    def named(self, hint: str) -> set[str]:
        """The authors (or the owner) whom `hint` means here."""
        names = {*self.counts, *([self.owner] if self.owner else [])}
        return {hint} & names or {name for name in names if gently(name) == gently(hint)}


@dataclass(frozen=True, slots=True)
class Authors:
    """All threads by conversation id."""

    threads: dict[str, Thread]

    @property
    def counts(self) -> Counter[str]:
        return sum((thread.counts for thread in self.threads.values()), Counter())


def authors(conversations: Iterable[Conversation]) -> Authors:
    """Who writes where. A thread met twice (already imported, and given again) counts once."""
    threads: dict[str, Thread] = {}
    for conversation in conversations:
        counts: Counter[str] = Counter()
        for message in conversation.messages:
            if message.kind != "notice":
                counts[message.author] += bool(message.text) and message.kind not in WORDLESS
        thread = Thread(conversation.group, conversation.kind, conversation.owner)
        thread = threads.setdefault(conversation.id, thread)
        thread.owner = thread.owner or conversation.owner
        for name, count in counts.items():
            thread.counts[name] = max(thread.counts[name], count)
    return Authors(threads)


def find_me(authors: Authors, hints: Sequence[str]) -> Identity:
    """The person's names. UnknownPerson where they cannot be told, NothingToDo where nobody writes."""
    threads = tuple(authors.threads.values())
    if not any(thread.counts for thread in threads):
        raise NothingToDo(
            "Il n'y a encore aucun message ici.",
            'Faites entrer un export : sosie import MON_EXPORT.zip --me "Votre nom"',
        )
    names = _given(authors, [hint for hint in hints if hint.strip()])
    owners = {t.owner for t in threads if t.owner and not names & t.counts.keys()}
    if names:
        return Identity(frozenset(names | owners), "le nom que vous avez donné")
    unclear = [t for t in threads if t.owner is None and not owners & t.counts.keys() and t.kind == "chat"]
    if not unclear:
        return Identity(frozenset(owners), "l'export le dit")
    guess, reason = _guess(unclear)
    if not guess:
        raise UnknownPerson(
            "sosie ne sait pas qui vous êtes dans ces conversations.",
            f'Dites-le avec --me "NOM". On y lit : {candidates(authors)}.',
        )
    return Identity(frozenset(guess | owners), reason)


def _given(authors: Authors, hints: Sequence[str]) -> set[str]:
    """The authors whom the hints mean. A hint that means nobody is an error that names the nearest."""
    names: set[str] = set()
    for hint in hints:
        meant = set().union(*(thread.named(hint) for thread in authors.threads.values()))
        if not meant:
            raise UnknownPerson(
                f"Personne ne s'appelle « {hint} » dans ces conversations.",
                f"{_nearest(hint, authors)}On y lit : {candidates(authors)}.",
            )
        names |= meant
    return names


def _guess(threads: Sequence[Thread]) -> tuple[set[str], str]:
    everyone = set().union(*(thread.counts for thread in threads))
    selves = {name for name in everyone if gently(name) in SELF}
    if selves and all(selves & thread.counts.keys() for thread in threads if not thread.group):
        return selves, "l'application vous appelle ainsi"
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
