"""Who is meant by a name: the people of the store, and the questions where several may be.

"paul"            the only author of that name, in any spelling; or the only one who has it in theirs
"paul" (several)  `choose` is asked, or UnknownPerson lists them
    "paul" (nobody)   UnknownPerson; with `exact`, somebody of whom others only speak
"""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sosie.core.counted import counted
from sosie.core.errors import BadSettings, NothingToDo, SosieError, UnknownPerson
from sosie.core.french_text import number
from sosie.core.message import Conversation, Message
from sosie.core.progress import Report, silent
from sosie.core.source_table import in_words
from sosie.core.workspace import Workspace
from sosie.importing import store
from sosie.importing.removal import Person
from sosie.prepare.authors import Authors, fold_name
from sosie.prepare.consent import Consents, parts_of
from sosie.prepare.owner import PEOPLE_KINDS, find_me, list_candidates


@counted
@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be meant: a name as the apps write it."""

    name: str
    messages: int
    apps: tuple[str, ...]  # in French


Choose = Callable[[str, Sequence[Candidate]], Sequence[str]]  # what was asked, who may be meant -> names

Agree = Callable[[Sequence[Candidate]], bool]  # who goes -> whether they do


@counted
@dataclass(slots=True)
class Census:
    """Who writes in each thread, how many messages each holds, notices apart; who else has a pseudonym."""

    authors: Authors = field(default_factory=Authors)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    friends: list[str] = field(default_factory=list)

    def names(self) -> dict[str, Candidate]:
        """Every author by name; the sides of a ready data set are nobody's."""
        totals: Counter[str] = Counter(dict.fromkeys(self.friends, 0))
        apps: dict[str, dict[str, None]] = {name: {} for name in self.friends}
        for thread, counts in self.counts.items():
            here = self.authors.threads[thread]
            for name, count in counts.items() if here.kind in PEOPLE_KINDS else ():
                totals[name] += count
                apps.setdefault(name, {})[in_words(here.source)] = None
        return {name: Candidate(name, count, tuple(apps[name])) for name, count in totals.items() if name}

    def owner(self, hints: Sequence[str], aliases: dict[str, bool]) -> frozenset[str]:
        """The names of the person whose folder this is; none where they cannot be told."""
        try:
            return find_me(self.authors, hints, aliases).names
        except SosieError:
            return frozenset(hints)


def take_census(workspace: Workspace, report: Report = silent) -> Census:
    """The store, read once."""
    census = Census()

    def counted_messages(conversation: Conversation) -> Iterator[Message]:
        counts = census.counts.setdefault(conversation.id, Counter())
        for message in conversation.messages:
            counts[message.author] += message.kind != "notice"
            yield message

    for conversation in map(census.authors.watch, store.imported(workspace, report)):
        census.titles[conversation.id] = conversation.title
        for _ in counted_messages(conversation):
            pass
    return census


def resolve(
    asked: Sequence[str], census: Census, owner: frozenset[str], exact: bool, choose: Choose | None
) -> list[str]:
    """The names of the one person that is meant. UnknownPerson where that is nobody, or not clear who."""
    known = census.names()
    chosen: dict[str, None] = {}
    for name in asked:
        same = [each for each in known if fold_name(each) == fold_name(name)]
        others = known.keys() - owner - set(same)
        also = [] if exact else sorted(each for each in others if bears(each, name) and each not in asked)
        if owner & set(same) or not (same or also) and any(bears(mine, name) for mine in owner):
            raise BadSettings(
                "C'est vous : sosie ne retire que les autres.",
                "Pour tout effacer de vous, effacez ce dossier.",
            )
        if not same and not also and not exact:
            raise _unknown(name, census)
        if len(same) + len(also) > 1 and also:
            candidates = [known[each] for each in (*same, *also)]
            if choose is None:
                raise _several(name, candidates)
            same, also = list(choose(name, candidates)), []
        chosen |= dict.fromkeys(same or also or [name])
    return [*chosen]


def refuse_unless_agreed(names: Sequence[str], census: Census, agree: Agree | None) -> None:
    """NothingToDo where somebody was asked, and said no."""
    known = census.names()
    if agree is not None and not agree([known.get(name, Candidate(name, 0, ())) for name in names]):
        raise NothingToDo("Personne n'a été retiré.", "")


def make_person(names: Sequence[str], census: Census, workspace: Workspace) -> Person:
    """The same person in all threads, with the names that they had in earlier exports."""
    folded = frozenset(map(fold_name, names))
    earlier: dict[str, set[str]] = {}
    for export in store.stored_exports(workspace):
        for thread, renamed in export.renamed.items():
            found = {fold_name(old) for old, new in renamed.items() if fold_name(new) in folded}
            earlier.setdefault(thread, set()).update(found)
    threads = {
        thread
        for thread, counts in census.counts.items()
        if not (here := census.authors.threads[thread]).group
        and here.kind == "chat"
        and sum(count > 0 for count in counts.values()) <= 2
        and folded & {fold_name(name) for name in (*counts, census.titles[thread])}
    }
    return Person(folded, {t: frozenset(found) for t, found in earlier.items() if found}, frozenset(threads))


def count_messages(person: Person, census: Census) -> int:
    """What goes: what they wrote, and both sides of a conversation of two."""
    return sum(
        count
        for thread, counts in census.counts.items()
        for name, count in counts.items()
        if thread in person.threads or person.wrote(name, thread)
    )


def refuse_if_removed(asked: Sequence[str], consents: Consents) -> None:
    """NothingToDo where they are removed already, and wrote nothing that was imported since."""
    if consents.people and all(consents.of(name) == "remove" for name in asked):
        raise NothingToDo(
            "Cette personne est déjà retirée de ce dossier.", "Les certificats sont dans private/."
        )


def bears(name: str, asked: str) -> bool:
    """Whether what was asked is a name, or a part of it: « paul » of « Paul Martin »."""
    wanted = set(parts_of(asked))
    return fold_name(name) == fold_name(asked) or bool(wanted) and wanted <= set(parts_of(name))


def _several(asked: str, candidates: Sequence[Candidate]) -> UnknownPerson:
    listed = ", ".join(described(one) for one in candidates)
    every = shlex.join(["sosie", "forget", *(one.name for one in candidates)])
    one = shlex.join(["sosie", "forget", candidates[0].name, "--exact"])
    return UnknownPerson(
        f"« {asked} » peut être plusieurs personnes : {listed}.",
        f"Si c'est une seule personne : {every}. Sinon, celle que vous voulez : {one}",
    )


def described(one: Candidate) -> str:
    """« Paul Martin » (WhatsApp, 120 messages)"""
    where = ", ".join((*one.apps, f"{number(one.messages)} message{'s' * (one.messages > 1)}"))
    return f"« {one.name} » ({where})"


def _unknown(name: str, census: Census) -> UnknownPerson:
    return UnknownPerson(
        f"Personne n'écrit sous le nom « {name} » dans ce dossier.",
        f"On y lit : {list_candidates(census.authors)}. Si l'on ne fait que parler de cette personne : "
        f"{shlex.join(['sosie', 'forget', name, '--exact'])}",
    )
