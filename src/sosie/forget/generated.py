"""A person out of what `sosie enrich` made: dialogues where they stand, and what a model wrote about them."""

from collections.abc import Collection, Sequence

from sosie.core.dialogue import Dialogue
from sosie.core.workspace import Workspace
from sosie.enrich.store import PAID_ANSWERS, alone, forget_answers
from sosie.forget.kept_files import same_as
from sosie.prepare.consent import Consents, parts_of
from sosie.prepare.generated import generated_path, read_generated, write_generated
from sosie.prepare.names.names import NAME_KINDS
from sosie.prepare.vault import Vault


def refuse_while_asking(workspace: Workspace) -> None:
    """NothingToDo while questions are being asked: what comes of them would hold the person."""
    if (workspace.private / PAID_ANSWERS).is_dir():
        with alone(workspace):
            pass


def clean_generated(
    workspace: Workspace,
    names: Sequence[str],
    others: Sequence[str],
    pseudonyms: Collection[str],
    consents: Consents,
) -> int:
    """How many dialogues went: those said to the person, and those that name them, under a mask too.

    Before the vault is cleaned: it knows their masks. A name that somebody else bears is not theirs alone.
    """
    if not ((workspace.private / PAID_ANSWERS).is_dir() or generated_path(workspace).is_file()):
        return 0
    marks = _masks_of(workspace, names, others) | set(pseudonyms)

    def holds(dialogue: Dialogue) -> bool:
        texts = [turn.text for turn in dialogue.turns]
        named = any(mark in text for text in texts for mark in marks)
        hidden = any(consents.hide(text) != text for text in texts)
        return named or hidden or not marks.isdisjoint(dialogue.origin.correspondents)

    with alone(workspace):
        there = read_generated(workspace)
        kept = [(score, dialogue) for score, dialogue in there if not holds(dialogue)]
        forget_answers(workspace, {dialogue.origin.id for _, dialogue in kept})
        write_generated(workspace, kept)
    return len(there) - len(kept)


def _masks_of(workspace: Workspace, names: Sequence[str], others: Sequence[str]) -> set[str]:
    """What stands in data/ for a person's names: « [PRÉNOM_3] », or a surrogate."""
    vault = Vault.open(workspace)
    shared = {part for other in others for part in parts_of(other)}
    theirs = {same for name in names for same in same_as(name) if same not in shared}
    given = [(kind, known) for kinds in (vault.masks, vault.surrogates) for kind, known in kinds.items()]
    names_given = ((kind, known) for kind, known in given if kind in NAME_KINDS)
    found = (known.get(vault.fingerprint(kind, same)) for kind, known in names_given for same in theirs)
    return set(filter(None, found))
