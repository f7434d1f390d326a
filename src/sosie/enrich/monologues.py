"""Where a person speaks alone: long messages that answer nobody, notes to oneself, posts, texts, speech.

    gather(workspace, [Path("journal.md")], 25)  ->  Gathered(pieces, vault): masked, cut, ready to be sent

Left out: what a dialogue of data/ already learns, holds to measure, or lost by a decision of the review; what
others wrote; questions to assistants. Everything is masked here, as `prepare` masks it, before it is cut.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sosie.core import jsonl, settings, settings_file
from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import BadData, BadFolder, NothingToDo
from sosie.core.message import Conversation, Message
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace
from sosie.enrich.pieces import count_words, cut
from sosie.importing import store
from sosie.prepare import pipeline
from sosie.prepare.authors import Authors
from sosie.prepare.generated import set_aside
from sosie.prepare.language import is_foreign
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.names.names import Names
from sosie.prepare.owner import PEOPLE_KINDS, Identity, find_me
from sosie.prepare.pseudonymise import hide
from sosie.prepare.transcripts import Transcripts, with_transcripts
from sosie.prepare.vault import Vault
from sosie.sources.files.decoding import encoding_of

_LARGEST = 20 << 20  # bytes of a text given
A_TEXT, RECORDING = "texte", "enregistrement"  # the sources of what was given as a file
_PARTS = ("train", "valid", "test", "reviewed")


@counted
@dataclass(frozen=True, slots=True)
class Piece:
    """Something that the person said, masked, and where it came from."""

    text: str
    origin: Origin

    def asked(self, question: str) -> Dialogue:
        """The dialogue in which it is the answer, letter for letter."""
        return Dialogue((Turn("user", question), Turn("assistant", self.text)), self.origin)


@counted
@dataclass(frozen=True, slots=True)
class Gathered:
    pieces: tuple[Piece, ...]
    vault: Vault
    names: Names
    left_out: dict[str, int]  # why a text is not asked about


def gather(workspace: Workspace, files: Sequence[Path], fewest: int, report: Report = silent) -> Gathered:
    """The pieces of the folder and of the files given. Whoever calls holds the store.

    NothingToDo where there is neither; the vault, with the masks given here, is not yet saved.
    """
    vault, options = Vault.open(workspace), pipeline.options_of(workspace)
    given = [(read_text(path), _of_file(path, vault)) for path in files]
    given += _recordings(workspace, vault)
    heard, authors = ExportNames(), Authors()
    for conversation in map(authors.watch, map(heard.watch, _conversations(workspace, report))):
        for _ in conversation.messages:
            pass
    for text, _ in given:
        heard.hear(text)
    names = heard.names(options.names, (*options.keep_names, *vault.consents.kept(heard.authors)))
    monologues = given
    if any(thread.counts for thread in authors.threads.values()):
        known = settings_file.load(workspace.settings, "import", settings.Import)
        identity = find_me(authors, known.me, known.aliases)
        taken = _ids_in_data(workspace)
        for conversation in _conversations(workspace):
            monologues += _of_conversation(conversation, identity, authors, vault, taken, fewest)
    elif not given:
        mend = "Faites : sosie import, ou donnez un texte : sosie enrich FICHIER"
        raise NothingToDo("Il n'y a encore aucun message ici.", mend)
    return _gathered(monologues, vault, names, fewest, report)


def _conversations(workspace: Workspace, report: Report = silent) -> Iterator[Conversation]:
    """What is imported, as `prepare` reads it."""
    return with_transcripts(store.imported(workspace, report), Transcripts.open(workspace))


def _gathered(
    monologues: Iterable[tuple[str, Origin]], vault: Vault, names: Names, fewest: int, report: Report
) -> Gathered:
    """Masked first, cut after: a mask depends on the words around it."""
    pieces: dict[str, Piece] = {}
    left_out: dict[str, int] = {}
    for text, origin in monologues:
        masked = hide(vault.consents.hide(text), vault, origin.replies[0], names)
        for piece in cut(masked, shortest=fewest):
            reason = "trop court" * (count_words(piece) < fewest) or "autre langue" * is_foreign(piece)
            id_ = vault.id_of("dialogue", f"generated\n{piece}")
            reason = reason or "deux fois" * (id_ in pieces)
            if reason:
                left_out[reason] = left_out.get(reason, 0) + 1
            else:
                pieces[id_] = Piece(piece, replace(origin, id=id_))
    report(Event("pieces", done=len(pieces)))
    return Gathered(tuple(pieces.values()), vault, names, left_out)


def _of_conversation(
    conversation: Conversation,
    identity: Identity,
    authors: Authors,
    vault: Vault,
    taken: set[str],
    fewest: int,
) -> Iterator[tuple[str, Origin]]:
    """The owner's own long messages of a thread, that no dialogue has."""
    if conversation.kind not in PEOPLE_KINDS:
        return
    mine = identity.names_in(conversation.id)
    thread = authors.threads.get(conversation.id)
    others = sorted(thread.counts.keys() - mine) if thread and not conversation.group else []
    for message in conversation.messages:
        if not _is_own_text(message, mine) or count_words(message.text) < fewest:
            continue
        if (id_ := vault.id_of("message", message.id)) in taken:
            continue
        yield (
            message.text,
            Origin(
                source=conversation.source,
                conversation=vault.id_of("conversation", conversation.id),
                correspondents=tuple(map(vault.friend, others)),
                group=conversation.group,
                first=message.at,
                last=message.at,
                zone_known=bool(message.at and message.at.tzinfo),
                replies=((id_,),),
                generated=True,
                transcribed=message.transcribed,
            ),
        )


def _is_own_text(message: Message, mine: frozenset[str]) -> bool:
    """Typed, or heard and written down; neither passed on nor sent by a machine."""
    said = message.kind in ("text", "voice") and message.style
    return message.author in mine and said and not (message.forwarded or message.automatic)


def _ids_in_data(workspace: Workspace) -> set[str]:
    """The messages that a dialogue of data/ holds as the person's, or held before a decision."""
    paths = (workspace.data / f"{part}.jsonl" for part in _PARTS)
    dialogues = (each for path in paths if path.is_file() for each in jsonl.read(path))
    return {id_ for each in set_aside(dialogues) for ids in each.origin.replies for id_ in ids}


def _of_file(path: Path, vault: Vault) -> Origin:
    """A file given again takes the place of what it was."""
    where = vault.id_of("conversation", f"{A_TEXT}\n{path.resolve()}")
    return Origin(source=A_TEXT, conversation=where, replies=((),), generated=True)


def _recordings(workspace: Workspace, vault: Vault) -> Iterator[tuple[str, Origin]]:
    """What the person said in recordings that are no message."""
    for one in Transcripts.open(workspace).found.values():
        if not one.thread and one.learnt:
            where = vault.id_of("conversation", f"{RECORDING}\n{one.message}")
            origin = Origin(source=RECORDING, conversation=where, replies=((),))
            yield one.learnt, replace(origin, generated=True, transcribed=True)


def read_text(path: Path) -> str:
    """A text file of the person's. BadFolder or BadData, one sentence, where it is none."""
    try:
        size = path.stat().st_size
        said = path.read_bytes() if size <= _LARGEST else b""
    except OSError:
        raise BadFolder(
            f"sosie ne peut pas lire « {path.name} ».", "Vérifiez son chemin et ses droits."
        ) from None
    encoding = encoding_of(said[: 1 << 16]) if size <= _LARGEST else None
    if encoding is None:
        why = "est trop gros" if size > _LARGEST else "n'est pas un texte"
        raise BadData(f"« {path.name} » {why}.", "Donnez un fichier .txt ou .md de moins de 20 Mo.")
    text = said.decode(encoding, "replace").replace("\r\n", "\n")
    if not text.strip():
        raise BadData(f"« {path.name} » est vide.", "Donnez un fichier où il y a du texte.")
    return text
