"""The way back, on this machine only: masked texts as they were.

restore("appelle [PRÉNOM_1] au [TÉLÉPHONE_1]", vault)  ->  "appelle Malo au 06 39 98 12 47"
"""

from collections import Counter
from dataclasses import replace

from sosie.core.dialogue import Dialogue
from sosie.prepare.vault import Vault


def restore(text: str, vault: Vault, dialogue: str = "", nth: int = 0) -> str:
    """A text of data/ as it was; a text that the vault has not masked stays as it is.

    Of several that read alike once masked (« salut Malo », « salut malo »): the nth of that dialogue, else
    the first of all.
    """
    parts, end = [], 0
    for start, stop, original in vault.originals.find(vault.id_of("text", text), dialogue, nth):
        parts += [text[end:start], original]
        end = stop
    return "".join([*parts, text[end:]])


def restore_turns(dialogue: Dialogue, vault: Vault) -> Dialogue:
    """A dialogue of data/ with its turns exactly as they were; of one that was split, either part."""
    whole_id, later, _ = dialogue.origin.id.partition("-")
    alike = Counter({turn.text: 0 for turn in dialogue.turns})
    if later:  # its turns are the last of the whole, and are counted from there: -1 is the last
        alike.subtract(turn.text for turn in dialogue.turns)
    turns = []
    for turn in dialogue.turns:
        turns.append(replace(turn, text=restore(turn.text, vault, whole_id, alike[turn.text])))
        alike[turn.text] += 1
    return replace(dialogue, turns=tuple(turns))
