"""A secret, never as an argument: those of a command can be read by every user of a machine.

--passphrase-file FILE, else SOSIE_PASSPHRASE, else the keyboard where somebody is there
"""

import os
from getpass import getpass
from pathlib import Path

from sosie.cli.console import Terminal
from sosie.core.errors import BadData, BadSettings
from sosie.core.workspace import Workspace, closed_folder, set_mode, whole
from sosie.core.writing import writing

VARIABLE = "SOSIE_PASSPHRASE"


def given(file: Path | None, variable: str = VARIABLE) -> str:
    """The secret that a file or the environment holds; empty where neither does."""
    if file is None:
        return os.environ.get(variable, "")
    try:
        phrase = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise BadData(f"« {file.name} » ne peut pas être lu.", "Vérifiez le chemin du fichier.") from None
    if not phrase:
        raise BadData(f"« {file.name} » est vide.", "Écrivez-y le secret, sur une ligne.")
    return phrase


def typed(terminal: Terminal, asked: str) -> str:
    """A phrase from the keyboard, which shows nothing of it."""
    if not terminal.ask:
        raise BadSettings(
            "Il faut une phrase secrète, et personne n'est là pour la taper.",
            f"Donnez --passphrase-file FICHIER, ou la variable {VARIABLE}.",
        )
    return getpass(f"{asked} (rien ne s'affiche) : ")


def typed_twice(terminal: Terminal) -> str:
    """A new phrase: nobody could give it back."""
    phrase = typed(terminal, "Phrase secrète")
    if phrase != typed(terminal, "La même encore"):
        raise BadSettings("Les deux phrases ne sont pas les mêmes.", "Recommencez.")
    return phrase


def token_of(terminal: Terminal, messenger: str, file: Path | None) -> str:
    """The token given, of the environment, or kept; else typed, and kept in private/ for its owner alone."""
    if token := given(file, f"SOSIE_{messenger.upper()}_TOKEN"):
        return token
    kept = terminal.project.workspace.private / f"{messenger}-token"
    if kept.is_file():
        set_mode(kept, 0o600)
        return given(kept)
    if not terminal.ask:
        raise BadSettings("Il manque le jeton.", "Donnez-le dans un fichier : --token-file FICHIER")
    token = getpass(f"Jeton de {messenger.capitalize()} (rien ne s'affiche) : ").strip()
    keep_token(terminal.project.workspace, kept, token)
    return token


@writing
def keep_token(workspace: Workspace, kept: Path, token: str) -> None:
    closed_folder(workspace.private)
    with whole(kept) as draft:
        draft.write_text(token + "\n", encoding="utf-8")
