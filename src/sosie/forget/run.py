"""Removing a person: the conductor of this wing.

who is meant -> what there is -> consent -> exports/ -> names -> data/ -> runs, bases, kits -> certificate

Each step can be done again without harm. What is to be done is written first (pending.py), so that a removal
that was killed is ended by the next one; the certificate is written when nothing is left to do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core import settings, settings_file
from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.core.jsonl import own_dialogues
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace
from sosie.forget import kept_files, people
from sosie.forget.certificate import write_certificate
from sosie.forget.databases import clean_database
from sosie.forget.generated import clean_generated, refuse_while_asking
from sosie.forget.heard import clean_transcripts
from sosie.forget.learnt import clean_own_words, clear_measures, no_training, runs_with
from sosie.forget.pending import Pending, clear_pending, person_record, read_pending
from sosie.importing import store
from sosie.importing.removal import remove_person
from sosie.importing.traces import Traces
from sosie.prepare.authors import fold_name
from sosie.prepare.consent import Consents
from sosie.prepare.review.apply import DATA_PARTS, undecided
from sosie.prepare.review.decisions import Decisions
from sosie.prepare.split import count_replies
from sosie.recall.corrections import hide_in_corrections


@counted
@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, which runs remain that learnt from the person, and where they are still named."""

    removed: dict[str, int]
    runs: list[dict[str, str]]
    certificate: Path
    hidden: int  # messages of others in which the name was hidden
    exports: dict[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()  # files that still name them, or may: the user's own

    def to_json(self) -> dict[str, Any]:
        """What `sosie forget --json` prints."""
        return {
            "removed": self.removed,
            "hidden": self.hidden,
            "exports": self.exports,
            "runs": self.runs,
            "certificate": str(self.certificate),
            "left": list(self.left),
        }


def forget_person(
    workspace: Workspace,
    asked: Sequence[str],
    exact: bool = False,
    choose: people.Choose | None = None,
    agree: people.Agree | None = None,
    report: Report = silent,
) -> Forgotten:
    """Remove every trace of a person. `choose` is asked who is meant, `agree` whether to go on.

    UnknownPerson where it is not clear who is meant, BadSettings where that is the owner, or where a double
    is learning.
    """
    with store.one_at_a_time(workspace, report), no_training(workspace):
        if pending := read_pending(workspace):
            report(
                Event("warning", text="Un retrait avait été interrompu : il est d'abord mené à son terme.")
            )
            done = finish(workspace, pending, report)
            if all(any(people.bears(name, one) for name in pending.names) for one in asked):
                return done
        return finish(workspace, begin(workspace, asked, exact, choose, agree, report), report)


def begin(
    workspace: Workspace,
    asked: Sequence[str],
    exact: bool,
    choose: people.Choose | None,
    agree: people.Agree | None,
    report: Report,
) -> Pending:
    """Decide who is meant and count what there is of them; what is to be done is written, nothing else."""
    refuse_while_asking(workspace)
    known = settings_file.load(workspace.settings, "import", settings.Import)
    census = people.take_census(workspace, report)
    census.friends = kept_files.people_of_vault(workspace)
    known_names = set(map(fold_name, census.names()))
    if not known_names & set(map(fold_name, asked)):
        people.refuse_if_removed(asked, Consents.open(workspace))
    owner = census.owner(known.me, dict(known.aliases))
    names = people.resolve(asked, census, owner, exact, choose)
    people.refuse_unless_agreed(names, census, agree)
    person = people.make_person(names, census, workspace)
    others = [name for name in census.names() if fold_name(name) not in person.names]
    now = datetime.now().astimezone().isoformat()
    pending = Pending(names, others, person_record(person), now, stored=bool(store.imports_of(workspace)))
    pending.pseudonyms = sorted(kept_files.pseudonyms_of(workspace, person.names))
    inside = _is_in(pending)
    dialogues = {part: own_dialogues(workspace, part, missing_ok=True) for part in DATA_PARTS}
    theirs = [dialogue for part in dialogues.values() for dialogue in part if inside(dialogue)]
    before = undecided(workspace, Decisions.open(workspace))
    pending.dialogue_ids = [dialogue.origin.id for dialogue, _ in before if inside(dialogue)]
    pending.removed = {
        "messages": people.count_messages(person, census),
        "dialogues": len(theirs),
        "replies": count_replies(theirs),
    }
    learnt = dialogues["train"], dialogues["valid"]
    named = _names_them(consents_with(workspace, pending))
    found = runs_with(workspace, frozenset(pending.pseudonyms), learnt, lambda d: inside(d) or named(d))
    pending.runs = [run.to_json() for run in found]
    pending.save(workspace)
    return pending


def finish(workspace: Workspace, pending: Pending, report: Report = silent) -> Forgotten:
    """All the steps, from whichever was the last; then the certificate."""
    consents = consents_with(workspace, pending)
    consents.save(workspace)
    names = sorted({*pending.names, *(name for found in pending.who.earlier.values() for name in found)})
    traces = Traces(names, consents)

    def after_each(exports: dict[str, int], hidden: int) -> None:
        pending.hidden += hidden
        pending.exports = {kind: pending.exports.get(kind, 0) + count for kind, count in exports.items()}
        pending.save(workspace)

    remove_person(workspace, pending.who, consents, traces, after_each)
    clean_generated(workspace, names, pending.others, pending.pseudonyms, consents)
    kept_files.clean_names(workspace, pending.who.names, consents)
    kept_files.clean_decisions(workspace, frozenset(pending.dialogue_ids), consents)
    clean_transcripts(workspace, consents.hide, report)
    kept_files.remake_data(workspace, pending.stored, _is_in(pending), consents, report)
    clear_measures(workspace, report)
    clean_own_words(workspace, consents.hide)
    hide_in_corrections(workspace, consents.hide)
    for path in workspace.databases:
        clean_database(path, consents.hide)
    workspace.drafts.unlink(missing_ok=True)  # nothing there is older than some days
    kept_files.remove_kits(workspace)
    left = tuple(kept_files.still_named(workspace, traces))
    facts = {"names": pending.names, "removed": pending.removed, "hidden": pending.hidden}
    certificate = write_certificate(
        workspace,
        datetime.fromisoformat(pending.at),
        {**facts, "exports": pending.exports, "runs": pending.runs},
    )
    clear_pending(workspace)
    return Forgotten(pending.removed, pending.runs, certificate, pending.hidden, pending.exports, left)


def consents_with(workspace: Workspace, pending: Pending) -> Consents:
    """The folder's, and that this person is removed."""
    consents = Consents.open(workspace)
    consents.secret = workspace.secret()
    earlier = {name for found in pending.who.earlier.values() for name in found}
    elsewhere = set(map(fold_name, pending.others))
    consents.decide([*pending.names, *sorted(earlier - elsewhere)], "remove", pending.others)
    return consents


def _is_in(pending: Pending) -> Callable[[Dialogue], bool]:
    pseudonyms = set(pending.pseudonyms)
    return lambda dialogue: not pseudonyms.isdisjoint(dialogue.origin.correspondents)


def _names_them(consents: Consents) -> Callable[[Dialogue], bool]:
    return lambda dialogue: any(consents.hide(turn.text) != turn.text for turn in dialogue.turns)
