"""A secret, never as an argument: those of a command can be read by every user of a machine.

--passphrase-file FILE, else SOSIE_PASSPHRASE, else the keyboard where somebody is there
"""

import os
from getpass import getpass
from pathlib import Path

from sosie.cli.console import Terminal
from sosie.core.errors import BadData, BadSettings

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
