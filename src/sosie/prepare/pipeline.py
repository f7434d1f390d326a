"""The pipeline of preparation: conversations in, data/{train,valid,test}.jsonl out.

conversations -> sessions -> turns -> privacy -> dedupe -> quality -> near -> split <- generated

Messages pass one at a time, dialogues are held: what a million messages take is theirs alone.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from typing import Any

from sosie.core import jsonl, settings_file
from sosie.core.circles import count_circles
from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.core.errors import NothingToDo
from sosie.core.message import Conversation, Message
from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace, closed_folder, whole, write_json
from sosie.prepare.account import Masking, account
from sosie.prepare.authors import Authors
from sosie.prepare.circles import in_circles
from sosie.prepare.consent import without_removed
from sosie.prepare.dedupe import without_copies, without_near_copies
from sosie.prepare.filters import worth_learning
from sosie.prepare.generated import masked_again, set_aside, woven
from sosie.prepare.ledger import Ledger
from sosie.prepare.measurable import measurable
from sosie.prepare.names.names import Names
from sosie.prepare.originals import Originals
from sosie.prepare.owner import Identity
from sosie.prepare.processing_record import processing_record
from sosie.prepare.pseudonymise import mask
from sosie.prepare.review.decisions import Decisions
from sosie.prepare.review.room import Decided, reviewed, write_decided
from sosie.prepare.sensitive import flags
from sosie.prepare.sessions import cut
from sosie.prepare.split import Parts, counts, split
from sosie.prepare.threads import GroupShare, Threads, groups_to_json, silences_to_json
from sosie.prepare.turns import to_dialogues
from sosie.prepare.vault import Vault
from sosie.recall.own_words import remove_index

REPORT_FORMAT = 1
EVENT_EVERY = 20_000  # messages between two events
OLD_IDS = (
    "Vos dialogues portaient jusqu'ici des identifiants d'où l'on pouvait retrouver les noms et les numéros "
    "masqués ; ils viennent d'être refaits. Ce qui en est déjà sorti les porte encore : effacez, ici et là "
    "où vous les avez déposées, les valises faites avant (sosie export colab) et les copies de data/ ou de "
    "report.html."
)


@counted
@dataclass(frozen=True)
class Prepared:
    """The three parts, and the account of what was hidden and dropped."""

    parts: Parts
    ledger: Ledger
    masked: dict[str, int]
    silences: dict[str, Any]
    groups: tuple[GroupShare, ...]
    likeness: dict[str, Any]
    options: Prepare = Prepare()
    names: Names | None = None  # those that were hidden
    decided: tuple[Dialogue, ...] = ()  # those on which a decision of the review bears, as they were before

    @property
    def dialogues(self) -> tuple[Dialogue, ...]:
        return self.parts.train + self.parts.valid + self.parts.test

    def to_json(self, vault: Vault | None = None) -> dict[str, Any]:
        """What `sosie prepare --json` prints; with a vault, which masks the examples, what data/ keeps."""
        return {
            **counts(self.parts),
            "dropped": self.ledger.dropped,
            "masked": self.masked,
            "messages": account(
                self.ledger, set_aside(self.dialogues), self._masking(vault) if vault else None
            ),
            "silences": self.silences,
            "groups": groups_to_json(self.groups),
            "likeness": self.likeness,
            "circles": count_circles(self.dialogues),
            "flagged": self.flagged,
        }

    def _masking(self, vault: Vault) -> Masking:
        """What masks examples: they count as nothing found, and are not to be restored."""
        apart = replace(vault, seen={}, originals=Originals())
        return partial(mask, vault=apart, names=self.names)

    @cached_property
    def flagged(self) -> dict[str, int]:
        """How many turns to review, by category of the RGPD's article 9; nothing is dropped for it."""
        turns = (turn.text for dialogue in self.dialogues for turn in dialogue.turns)
        return dict(Counter(category for text in turns for category in flags(text)).most_common())


def prepare(
    conversations: Iterable[Conversation],
    identity: Identity,
    options: Prepare,
    vault: Vault,
    report: Report = silent,
    authors: Authors | None = None,
    names: Names | None = None,
    decisions: Decisions | None = None,
    generated: Sequence[Dialogue] = (),
) -> Prepared:
    """Every room in turn. NothingToDo where nothing is left to learn.

    `authors` tell each thread's rhythm and the owner's share in it; where they are not known, a silence of
    three hours cuts. `names` are those to hide, from ExportNames; without it, those of the list. Some of
    `generated`, masked already, are learnt with the others.
    """
    ledger, threads, decided = Ledger(), Threads(authors, identity, options), Decided()
    vault.begin()
    agreed = without_removed(conversations, vault.consents, ledger.listener("consent"))
    chosen = ledger.watch("conversations", _to_learn_from(agreed, threads, ledger))
    read = (_counted(thread, ledger, report) for thread in chosen)
    sessions = ledger.watch("sessions", (part for t in read for part in cut(t, threads.silence(t))))
    dialogues = ledger.watch("turns", _dialogues(sessions, identity, options, ledger))
    hidden = ledger.watch("privacy", (mask(dialogue, vault, names) for dialogue in dialogues))
    hidden = chain(hidden, masked_again(generated, vault, names))
    left = reviewed(hidden, decisions or Decisions(), vault, ledger.listener("review"), decided.note, names)
    parts = choose(ledger.watch("review", left), options, ledger)
    silences = silences_to_json(threads.silences, options.silence_minutes is not None)
    groups = threads.group_shares(lambda id_: vault.id_of("conversation", id_))
    before = tuple(decided.before)
    made = Prepared(parts, ledger, vault.masked, silences, groups, measurable(parts), options, names, before)
    total = ledger.kept["messages"]
    report(Event("prepare", done=total, total=total, facts={"dialogues": len(made.dialogues)}))
    _warn(parts, report)
    decided.warn(report)
    return made


def choose(dialogues: Iterable[Dialogue], options: Prepare, ledger: Ledger) -> Parts:
    """What privacy and review leave, once, if worth learning, in three parts. NothingToDo for nothing."""
    made: list[Dialogue] = []
    copies = ledger.listener("dedupe"), ledger.listener("repeats")
    once = ledger.watch("dedupe", without_copies(set_aside(dialogues, made), *copies))
    good = list(ledger.watch("quality", worth_learning(once, ledger.listener("quality"))))
    if not good:
        raise _nothing(ledger)
    distinct = list(ledger.watch("near", without_near_copies(good, ledger.listener("near"))))
    shares = options.test_share, options.valid_share
    parts = split(distinct, *shares, ledger.listener("split"), ledger.listener("copies"))
    return in_circles(woven(parts, made, options.generated_share, ledger.listener("generated")))


def write_data(prepared: Prepared, workspace: Workspace, vault: Vault, report: Report = silent) -> None:
    """All files of data/ and private/, or none: each takes its place once all are written."""
    old = jsonl.has_old_ids(workspace.data / "train.jsonl")
    vault.kept = prepared.options.keep_names
    closed_folder(workspace.data)  # masked or not, these are somebody's messages
    remove_index(workspace)
    with ExitStack() as files:
        for name in ("train", "valid", "test"):
            draft = files.enter_context(whole(workspace.data / f"{name}.jsonl"))
            jsonl.write(draft, getattr(prepared.parts, name))
        write_decided(files, workspace, prepared.decided)
        draft = files.enter_context(whole(workspace.data / "report.json"))
        used = prepared.options.model_dump(mode="json", exclude={"keep_names"})
        told = {"kept": dict(prepared.ledger.kept), "settings": used}
        write_json(draft, {"format": REPORT_FORMAT, **prepared.to_json(vault), **told})
        draft = files.enter_context(whole(workspace.data / "registre.md"))
        draft.write_text(processing_record(prepared.dialogues, vault), encoding="utf-8")
        files.enter_context(vault.saved(workspace))  # entered last, in place first: no mask without its vault
    if old:
        report(Event("warning", text=OLD_IDS))


def options_of(workspace: Workspace) -> Prepare:
    """The settings with which data/ was made, names that stay as the vault has them, else as sosie.toml."""
    known = settings_file.load(workspace.settings, "prepare", Prepare)
    if (kept := Vault.open(workspace).kept) is not None:
        known = known.model_copy(update={"keep_names": kept})
    try:
        report = json.loads((workspace.data / "report.json").read_text(encoding="utf-8"))
        return Prepare(**report["settings"], keep_names=known.keep_names)
    except (OSError, ValueError, KeyError, TypeError):  # none, or of another version
        return known


def _to_learn_from(
    conversations: Iterable[Conversation], threads: Threads, ledger: Ledger
) -> Iterator[Conversation]:
    """The conversations of which dialogues can be made; of the others, the messages are counted."""
    for conversation in conversations:
        if reason := threads.reason_against(conversation):
            ledger.drop("conversations", reason, more=sum(1 for _ in conversation.messages))
        else:
            yield conversation


def _counted(conversation: Conversation, ledger: Ledger, report: Report) -> Conversation:
    """The same conversation, whose messages are counted and reported as they are read."""

    def messages() -> Iterator[Message]:
        for message in ledger.watch("messages", conversation.messages):
            if ledger.kept["messages"] % EVENT_EVERY == 0:
                report(Event("prepare", done=ledger.kept["messages"]))
            yield message

    return replace(conversation, messages=messages())


def _dialogues(
    sessions: Iterable[Conversation], identity: Identity, options: Prepare, ledger: Ledger
) -> Iterator[Dialogue]:
    """The dialogues of each session; a session without any is counted as dropped."""
    on_drop = ledger.listener("messages")
    for session in sessions:
        dialogues = list(to_dialogues(session, identity, options.max_turns, on_drop))
        yield from dialogues
        if not dialogues:
            ledger.drop("turns", "aucune réponse de vous à ce qu'on vous dit")


def _nothing(ledger: Ledger) -> NothingToDo:
    """The error for an empty result, with its cause by the ledger."""
    if not ledger.kept["conversations"] and not ledger.total("conversations"):
        return NothingToDo(
            "Il n'y a encore aucun message ici.",
            'Faites entrer un export : sosie import MON_EXPORT.zip --me "Votre nom"',
        )
    return NothingToDo(
        "Il n'y a rien à apprendre ici : aucune réponse écrite par vous n'a été trouvée.",
        "Vérifiez votre nom (« me » de sosie.toml), ou ajoutez une discussion à vous : sosie import",
    )


def _warn(parts: Parts, report: Report) -> None:
    """Warn if there is too little data to measure with."""
    if not parts.valid or not parts.test:
        report(
            Event(
                "warning",
                text="Il y a trop peu de dialogues pour en garder de côté : rien ne pourra être mesuré.",
            )
        )
