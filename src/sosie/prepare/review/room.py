"""The room of the pipeline in which the decisions of the review are applied, after privacy.

What was edited is masked again: the masks may know more now than when it was written.

data/reviewed.jsonl   the dialogues that a decision drops or changes, as they were before: to be undone
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace, whole
from sosie.prepare.ledger import DropListener, ignore_drops
from sosie.prepare.names.names import Names
from sosie.prepare.pseudonymise import hide_turns
from sosie.prepare.review.decisions import Decisions, Piece
from sosie.prepare.vault import Vault

BEFORE = "reviewed.jsonl"
STALE = (
    "Corrections de relecture qui ne s'appliquent plus, parce que le texte a changé depuis : {count}. "
    "Revoyez-les : sosie review"
)
REASONS = {"drop": "écarté à la relecture", "not_me": "« pas moi », dit à la relecture"}


def ignore_piece(before: Dialogue, pieces: list[Piece]) -> None:
    """A listener to what was decided on that does nothing."""


class Decided:
    """A listener that remembers what is no longer as it was, and counts what could not be applied."""

    def __init__(self) -> None:
        self.before: list[Dialogue] = []
        self._stale = 0

    def note(self, before: Dialogue, pieces: list[Piece]) -> None:
        if len(pieces) > 1 or any(piece.dropped or piece.edited for piece in pieces):
            self.before.append(before)
        self._stale += any(piece.stale for piece in pieces)

    def warn(self, report: Report) -> None:
        """Tell how many decisions no longer find what they bore on."""
        if self._stale:
            report(Event("warning", text=STALE.format(count=self._stale)))


def write_decided(files: ExitStack, workspace: Workspace, before: Sequence[Dialogue]) -> None:
    """data/reviewed.jsonl, in place when `files` are; no file where nothing was ever decided."""
    path = workspace.data / BEFORE
    if before or path.is_file():
        jsonl.write(files.enter_context(whole(path)), before)


def reviewed(
    dialogues: Iterable[Dialogue],
    decisions: Decisions,
    vault: Vault,
    on_drop: DropListener = ignore_drops,
    on_decided: Callable[[Dialogue, list[Piece]], None] = ignore_piece,
    names: Names | None = None,
) -> Iterator[Dialogue]:
    """The dialogues as they were decided; `on_decided` hears of each on which a decision bears, as it was.

    `names` are those to hide in what was edited.
    """
    by_dialogue = decisions.by_dialogue()
    for dialogue in dialogues:
        if not by_dialogue:
            yield dialogue
            continue
        dialogue = decisions.named(dialogue)
        own = by_dialogue.get(dialogue.origin.id)
        if own is None:
            yield dialogue
            continue
        pieces = decisions.pieces(dialogue, own)
        on_decided(dialogue, pieces)
        for piece in pieces:
            if piece.dropped:
                on_drop(REASONS[piece.state], 1)
            else:
                yield hide_turns(piece.dialogue, vault, names) if piece.edited else piece.dialogue
