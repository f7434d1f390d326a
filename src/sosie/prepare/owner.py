"""The owner of the exports: which authors are me.

    find_me(authors, ["lea"]) -> Identity({"Léa"}, "le nom que vous avez donné")

Decided thread by thread, the first that tells:
    1. the names given; the exact name first, else those that differ only by case, accents, odd spaces, a
       leading "~" or the spelling of a phone number; and the aliases confirmed for that app
    2. the owner that the export itself names
    3. whoever is me in other threads of the same app
    4. in a thread of two, the one called « Vous » or « Moi », or who bears my name of another app
Nothing known at all: « Vous » or « Moi », or the one author common to all one-to-one threads (two at least).
Otherwise UnknownPerson, with the candidates: those are names of the user's own export.
A namesake who talks with me in a thread is not me there; nor is a friend who bears, in an app whose export
names its owner, the name that I gave for another app.

Not covered: a nickname that no rule links to a known name; owner_questions.py asks about those with evidence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from sosie.core.counted import counted
from sosie.core.errors import NothingToDo, UnknownPerson
from sosie.prepare.authors import SELF, Authors, ThreadAuthors, fold_name

APP_SAYS = "l'application vous appelle ainsi"
SHOWN_CANDIDATES = 8  # candidates named in an error
PEOPLE_KINDS = ("chat", "one_sided")  # conversations in which the owner has a name among people

Answers = Mapping[str, bool]  # « whatsapp/Léa 🌸 »: whether that is me


@counted
@dataclass(frozen=True, slots=True)
class Identity:
    """Every name under which the person writes, and how that was decided, in French."""

    names: frozenset[str]
    reason: str
    threads: Mapping[str, frozenset[str]] = field(default_factory=dict)  # my names in each, where known
    given: frozenset[str] = frozenset()  # names that the user gave, or that were guessed: to be remembered

    def names_in(self, thread: str) -> frozenset[str]:
        """My names in one thread: a namesake of mine may write in another."""
        return self.threads.get(thread, frozenset()) if self.threads else self.names


def find_me(authors: Authors, hints: Sequence[str], answers: Answers | None = None) -> Identity:
    """The owner's names. UnknownPerson if they cannot be found, NothingToDo if there is no message."""
    threads = authors.threads
    if not any(thread.counts for thread in threads.values()):
        raise NothingToDo(
            "Il n'y a encore aucun message ici.",
            'Faites entrer un export : sosie import MON_EXPORT.zip --me "Votre nom"',
        )
    hints = [hint for hint in hints if hint.strip()]
    given = {name for hint in hints for name in _meant(hint, authors)}
    search = OwnerSearch(authors, hints, answers or {})
    reasons = search.from_what_is_known()
    chats = {name: thread for name, thread in threads.items() if thread.kind == "chat"}
    if chats and not any(threads[name].kind in PEOPLE_KINDS for name in search.owner_names):
        guess, reason = _guess([*chats.values()])
        if not guess:
            raise UnknownPerson(
                "sosie ne sait pas qui vous êtes dans ces conversations.",
                f'Dites-le avec --me "NOM". On y lit : {list_candidates(authors)}.',
            )
        given, reasons = guess, [reason]
        search.owner_names |= {name: found for name, t in chats.items() if (found := t.counts.keys() & guess)}
    else:
        reasons += search.spread()
    names = {name: frozenset(found) for name, found in search.owner_names.items()}
    return Identity(frozenset(given).union(*names.values()), ", ".join(reasons), names, frozenset(given))


class OwnerSearch:
    """The owner's names by thread: from threads where they are known to those where they are not."""

    def __init__(self, authors: Authors, hints: Sequence[str], answers: Answers) -> None:
        self.owner_names: dict[str, set[str]] = {}
        self._threads, self._hints, self._answers = authors.threads, hints, answers

    def from_what_is_known(self) -> list[str]:
        """Find the names that the user or the export gives; the reasons, in French."""
        reasons: dict[str, None] = {}
        elsewhere = self._meant_elsewhere()
        for name, thread in self._threads.items():
            hints = [hint for hint in self._hints if hint not in elsewhere or not thread.is_other(hint)]
            given = set().union(*(thread.named(hint) for hint in hints))
            agreed = {author for author in thread.counts if self._answers.get(f"{thread.source}/{author}")}
            if given or agreed:
                self.owner_names[name] = given | agreed
                reasons["le nom que vous avez donné" if given else "vous l'avez confirmé"] = None
        for name, thread in self._threads.items():
            if thread.owner and name not in self.owner_names:
                self.owner_names[name] = {thread.owner}
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
        """Propagate to the threads of the same app, then to threads of two in other apps, then in these."""
        self._through_apps()
        reasons = self._to_pairs()
        self._through_apps()
        return reasons

    def _open(self) -> Iterator[tuple[str, ThreadAuthors]]:
        return (
            (name, t)
            for name, t in self._threads.items()
            if name not in self.owner_names and t.kind == "chat"
        )

    def _through_apps(self) -> None:
        by_app: dict[str, set[str]] = {}
        for name, found in self.owner_names.items():
            by_app.setdefault(self._threads[name].source, set()).update(found)
        for name, thread in list(self._open()):
            if found := by_app.get(thread.source, set()) & thread.counts.keys():
                self.owner_names[name] = found

    def _to_pairs(self) -> list[str]:
        names = {fold_name(name) for found in self.owner_names.values() for name in found} - SELF
        reasons: dict[str, None] = {}
        for name, thread in list(self._open()):
            for folded, reason in ((SELF, APP_SAYS), (names, "le même nom dans une autre application")):
                same = {author for author in thread.counts if fold_name(author) in folded}
                refused = any(self._answers.get(f"{thread.source}/{author}") is False for author in same)
                if thread.pair and len(thread.counts) == 2 and len(same) == 1 and not refused:
                    self.owner_names.setdefault(name, same)
                    reasons[reason] = None
        return [*reasons]


def _meant(hint: str, authors: Authors) -> set[str]:
    """The authors that a hint matches. UnknownPerson, with the nearest name, if it matches none."""
    meant = set().union(*(thread.named(hint) for thread in authors.threads.values()))
    if not meant:
        raise UnknownPerson(
            f"Personne ne s'appelle « {hint} » dans ces conversations.",
            f"{_nearest(hint, authors)}On y lit : {list_candidates(authors)}.",
        )
    return meant


def _guess(threads: Sequence[ThreadAuthors]) -> tuple[set[str], str]:
    everyone = set().union(*(thread.counts for thread in threads))
    selves = {name for name in everyone if fold_name(name) in SELF}
    if selves and all(selves & thread.counts.keys() for thread in threads if not thread.group):
        return selves, APP_SAYS
    pairs = [set(thread.counts) for thread in threads if not thread.group and thread.counts]
    common = set.intersection(*pairs) if len(pairs) > 1 else set()
    if len(common) == 1:
        return common, f"le seul nom commun à vos {len(pairs)} discussions à deux"
    return set(), ""


def list_candidates(authors: Authors) -> str:
    """« Léa (812 messages), Malo (790 messages) et 3 autres »"""
    ranked = authors.counts.most_common()
    ranked += [(name, 0) for t in authors.threads.values() for name in t.counts if not t.counts[name]]
    listed = ", ".join(
        f"{name} ({count} message{'s' * (count > 1)})" for name, count in ranked[:SHOWN_CANDIDATES]
    )
    more = len(ranked) - SHOWN_CANDIDATES
    return f"{listed} et {more} autre{'s' * (more > 1)}" if more > 0 else listed


def _nearest(hint: str, authors: Authors) -> str:
    spelt = {fold_name(name): name for thread in authors.threads.values() for name in thread.counts}
    inside = [folded for folded in spelt if fold_name(hint) in folded.split()]
    close = inside or get_close_matches(fold_name(hint), spelt, n=1, cutoff=0.5)
    return f"Vouliez-vous dire « {spelt[close[0]]} » ? " if close else ""
