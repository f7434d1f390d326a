"""The person's own corrections, to be learnt: masked as all dialogues are, the wanted answer alone learnt."""

from sosie.core.dialogue import Dialogue
from sosie.core.workspace import Workspace
from sosie.prepare.names.names import listed_names
from sosie.prepare.pseudonymise import hide_turns
from sosie.prepare.vault import Vault
from sosie.recall.corrections import corrections


def corrected(workspace: Workspace) -> list[Dialogue]:
    """Those that say what was wanted; « pas moi » alone teaches nothing to imitate."""
    wanted = [made for made in corrections(workspace) if made.wanted.strip()]
    if not wanted:
        return []
    vault = Vault.open(workspace)
    return [hide_turns(made.dialogue, vault, listed_names()) for made in wanted]
