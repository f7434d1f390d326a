"""A person out of what `sosie enrich` made: dialogues where they stand, and what a model wrote about them."""

from collections.abc import Sequence

from sosie.core.dialogue import Dialogue
from sosie.core.workspace import Workspace
from sosie.enrich.store import alone, forget_answers
from sosie.forget.kept_files import same_as
from sosie.prepare.consent import Consents, parts_of
from sosie.prepare.generated import generated_path, read_generated, write_generated
from sosie.prepare.names.names import NAME_KINDS
from sosie.prepare.vault import Vault


def clean_generated(
    workspace: Workspace, names: Sequence[str], others: Sequence[str], pseudonyms: Sequence[str], consents: Consents
) -> int:
    """How many dialogues went: those said to the person, and those that name them, under a mask too.

    NothingToDo where questions are being asked just now. A name that somebody else bears too is not theirs
    alone, and tells nothing.
    """
    if not generated_path(workspace).is_file():
        return 0
    vault = Vault.open(workspace)
    shared = {part for other in others for part in parts_of(other)}
    theirs = {same for name in names for same in same_as(name) if same not in shared}
    marks = {vault.masks.get(kind, {}).get(vault.fingerprint(kind, same)) for kind in NAME_KINDS for same in theirs}
    marks |= {vault.surrogates.get(kind, {}).get(vault.fingerprint(kind, s)) for kind in NAME_KINDS for s in theirs}
    found = sorted({*pseudonyms, *filter(None, marks)})

    def holds(dialogue: Dialogue) -> bool:
        texts = [turn.text for turn in dialogue.turns]
        named = any(consents.hide(text) != text or mark in text for text in texts for mark in found)
        return named or not set(pseudonyms).isdisjoint(dialogue.origin.correspondents)

    with alone(workspace):
        there = read_generated(workspace)
        kept = [(score, dialogue) for score, dialogue in there if not holds(dialogue)]
        forget_answers(workspace, {dialogue.origin.id for _, dialogue in kept})
        write_generated(workspace, kept)
    return len(there) - len(kept)
