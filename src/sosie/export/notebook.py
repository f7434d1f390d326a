"""The same cells as a notebook (nbformat 4.5) for Colab and Kaggle, and as one command for any machine.

 write_notebook(path, "colab", fillings)    write_script(path, fillings)

fillings = {"TITRE": "Vigostral 7B Chat", "EXTRAS": "train,qlora", ...}: the value of each §NAME§ in the cells
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sosie.core.workspace import whole, write_json
from sosie.export import notebook_cells as code
from sosie.export import notebook_text as text
from sosie.export.notebook_cells import Cell, Host

SETUP = (code.START, code.TOOLS, code.CARD, code.ROOM, code.CHECK)
CELLS: dict[Host, tuple[Cell, ...]] = {
    "colab": (
        *(
            text.COLAB_TITLE,
            text.CARD,
            *SETUP,
            text.DRIVE,
            code.DRIVE,
            text.TAKE,
            code.TAKE,
            text.INSTALL,
            code.UNWRAP,
            code.INSTALL,
        ),
        *(text.OPEN, code.OPEN, text.TRAIN, code.TRAIN, text.BUNDLE, code.BUNDLE, code.DOWNLOAD),
        *(text.EVALUATE, code.EVALUATE, code.DOWNLOAD_REPORT, text.CHAT, code.CHAT, text.ERASE, code.ERASE),
    ),
    "kaggle": (
        *(
            text.KAGGLE_TITLE,
            text.CARD,
            *SETUP,
            text.TAKE,
            code.KAGGLE_TAKE,
            text.INSTALL,
            code.UNWRAP,
            code.INSTALL,
        ),
        *(
            text.OPEN,
            code.OPEN,
            text.TRAIN,
            code.TRAIN,
            text.KAGGLE_BUNDLE,
            code.BUNDLE,
            text.EVALUATE,
            code.EVALUATE,
            text.CHAT,
            code.CHAT,
        ),
    ),
    "box": (
        *SETUP,
        code.BOX_TAKE,
        code.UNWRAP,
        code.INSTALL,
        code.OPEN,
        code.TRAIN,
        code.BUNDLE,
        code.EVALUATE,
    ),
}
GPU: dict[Host, dict[str, Any]] = {
    "colab": {"accelerator": "GPU", "colab": {"gpuType": "T4", "provenance": []}},
    "kaggle": {"kaggle": {"accelerator": "nvidiaTeslaT4", "isGpuEnabled": True, "isInternetEnabled": True}},
}
MENU: dict[Host, str] = {
    "colab": "Menu Exécution > Modifier le type d'exécution > T4 GPU, puis Exécution > Tout exécuter.",
    "kaggle": "Panneau de droite : Accelerator > GPU T4 x2, puis Run All.",
    "box": "Louez une machine qui en a une, d'au moins 15 Go pour un modèle de 7 milliards.",
}
PYTHON: dict[Host, str] = {
    "colab": "Menu Exécution > Modifier le type d'exécution > Version de l'environnement : une plus vieille.",
    "kaggle": "Panneau de droite : Environment > Pin to original environment, ou une date plus ancienne.",
    "box": "Donnez-en un autre : PYTHON=python3.13 bash entrainer.sh",
}
PLACE: dict[Host, str] = {
    "colab": "Exécution > Déconnecter et supprimer l'environnement, puis recommencez sur une machine vide.",
    "kaggle": "Run > Restart & clear cell outputs, puis recommencez sur une machine vide.",
    "box": "Libérez-en, ou louez une machine plus grande.",
}
SCRIPT = """\
#!/usr/bin/env bash
# Apprend votre double sur une machine louée. Copiez-y ce fichier et « valise.zip », puis : bash entrainer.sh
# Interrompu, il se relance de même et reprend. Ce qui part là-bas : vos dialogues, où des noms
# peuvent rester. Effacez le dossier quand le double est chez vous.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -x machine/bin/python ]; then
  "${PYTHON:-python3}" -m venv --system-site-packages machine ||
    { echo "Pas d'environnement Python : apt install python3-venv, puis recommencez." >&2; exit 1; }
fi
exec machine/bin/python -u - <<'FIN'
§CELLS§
print("Rapportez ces fichiers chez vous :", f"sosie-{NOM}.zip", "rapport.html")
FIN
"""


def cells(host: Host, fillings: Mapping[str, str]) -> Iterator[Cell]:
    """The cells with every §NAME§ filled in, and their titles numbered."""
    number = 0
    for kind, content in CELLS[host]:
        if content.startswith("## "):
            number += 1
            content = content.replace("## ", f"## {number}. ", 1)
        of_host = {"MENU": MENU[host], "PYTHON": PYTHON[host], "PLACE": PLACE[host]}
        yield Cell(kind, filled(content, {**of_host, **fillings}))


def filled(text: str, fillings: Mapping[str, str]) -> str:
    return re.sub("§([A-Z]+)§", lambda found: fillings[found[1]], text)


def write_notebook(path: Path, host: Host, fillings: Mapping[str, str]) -> None:
    """A notebook without outputs, ready to be run from top to bottom."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    filled_cells = [as_json(number, cell) for number, cell in enumerate(cells(host, fillings))]
    write_json(
        path, {"nbformat": 4, "nbformat_minor": 5, "metadata": {**kernel, **GPU[host]}, "cells": filled_cells}
    )


def as_json(number: int, cell: Cell) -> dict[str, Any]:
    record = {"cell_type": cell.kind, "id": f"c{number:02}", "metadata": {}}
    source = {"source": cell.text.splitlines(keepends=True)}
    return record | source | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def write_script(path: Path, fillings: Mapping[str, str]) -> None:
    """The cells of a rented machine, in one file for bash."""
    code = "\n\n".join(cell.text for cell in cells("box", fillings) if cell.kind == "code")
    with whole(path, 0o700) as draft:
        draft.write_text(SCRIPT.replace("§CELLS§", code), encoding="utf-8")
