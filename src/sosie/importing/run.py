"""Exports into the folder: read once, compared with what is there, kept once it is clear who « me » is.

import_exports(workspace, [Path("Discussion WhatsApp avec Malo.zip")], me=["Léa"])  ->  Imported
prepare_imported(workspace, options)                                                ->  Prepared
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sosie.core import settings, settings_file
from sosie.core.counted import counted
from sosie.core.drafts import data_alone
from sosie.core.message import Conversation
from sosie.core.progress import Report, silent
from sosie.core.workspace import Workspace
from sosie.importing import store
from sosie.importing.new_messages import Added
from sosie.prepare import pipeline
from sosie.prepare.authors import Authors
from sosie.prepare.authors import authors as authors_of
from sosie.prepare.consent import Consents
from sosie.prepare.generated import read_generated
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.names.names import Names
from sosie.prepare.owner import find_me
from sosie.prepare.owner_questions import Alias, propose, unclear
from sosie.prepare.pipeline import Prepared
from sosie.prepare.review.decisions import Decisions
from sosie.prepare.transcripts import Transcripts, with_transcripts
from sosie.prepare.vault import Vault
from sosie.sources.files.subset import UnreadFile


@counted
@dataclass(frozen=True, slots=True)
class Imported:
    """`added` and `already_there` count messages; `me` are the owner's names."""

    added: int
    already_there: int
    conversations: int
    me: tuple[str, ...]
    reason: str  # how « me » was decided, in French
    by_source: Mapping[str, Added] = field(default_factory=dict)  # what each app brought
    unread: tuple[UnreadFile, ...] = ()  # files that nobody read, and why
    attached: int = 0  # photos and the like beside the messages of a mix
    questions: tuple[Alias, ...] = ()  # who else may be me: nobody was there to answer
    unclear: Mapping[str, int] = field(default_factory=dict)  # threads of two where nobody is me, by app


def import_exports(
    workspace: Workspace,
    exports: Sequence[Path],
    me: Sequence[str] = (),
    source: str | None = None,
    report: Report = silent,
    agree: Callable[[Alias], bool] | None = None,
) -> Imported:
    """Keep what is new in the exports. Who « me » is must be clear before anything is kept.

    `agree` is asked about each name that may be the user's in another app; without it they are only told.
    """
    known = settings_file.load(workspace.settings, "import", settings.Import)
    hints, answers, authors = tuple(dict.fromkeys((*known.me, *me))), dict(known.aliases), Authors()
    with store.one_at_a_time(workspace, report):
        import_plan = store.plan_import(workspace, exports, source, report, authors.watch)
        identity = find_me(authors, hints, answers)
        while agree and (asked := propose(authors, identity, answers)):
            answers[asked[0].key] = agree(asked[0])
            identity = find_me(authors, hints, answers)
        store.keep(workspace, import_plan.new)
        settings_file.remember_me(workspace.settings, tuple(sorted(identity.given)), answers)
    return Imported(
        import_plan.total.added,
        import_plan.total.already_there,
        import_plan.total.conversations,
        tuple(sorted(identity.names)),
        identity.reason,
        import_plan.by_source,
        import_plan.unread,
        import_plan.attached,
        propose(authors, identity, answers),
        unclear(authors, identity),
    )


def names_to_hide(workspace: Workspace, consents: Consents) -> Names:
    """The names that `prepare_imported` hid in data/, from the messages of the store."""
    options, heard = pipeline.options_of(workspace), ExportNames()
    for conversation in map(heard.watch, _conversations(workspace)):
        deque(conversation.messages, maxlen=0)
    return heard.names(options.names, (*options.keep_names, *consents.kept(heard.authors)))


def _conversations(workspace: Workspace, report: Report = silent) -> Iterator[Conversation]:
    """Those of the store, with what was heard in voice messages."""
    return with_transcripts(store.imported(workspace, report), Transcripts.open(workspace))


def prepare_imported(workspace: Workspace, options: settings.Prepare, report: Report = silent) -> Prepared:
    """Every room of prepare/ on the messages of the store, which nobody changes meanwhile: a person who is
    being removed would come back."""
    with store.one_at_a_time(workspace, report):
        return prepare_stored(workspace, options, report)


def prepare_stored(workspace: Workspace, options: settings.Prepare, report: Report = silent) -> Prepared:
    """The same for who has the store alone already; data/ and private/ are written, or neither."""
    known = settings_file.load(workspace.settings, "import", settings.Import)
    heard = ExportNames()
    authors = authors_of(map(heard.watch, _conversations(workspace)))
    identity = find_me(authors, known.me, known.aliases)
    with data_alone(workspace, report):
        vault, decisions = Vault.open(workspace), Decisions.open(workspace)
        names = heard.names(options.names, (*options.keep_names, *vault.consents.kept(heard.authors)))
        conversations = _conversations(workspace, report)
        prepared = pipeline.prepare(
            conversations,
            identity,
            options,
            vault,
            report,
            authors,
            names=names,
            decisions=decisions,
            generated=[dialogue for _, dialogue in read_generated(workspace)],
        )
        pipeline.write_data(prepared, workspace, vault, report)
    return prepared
