"""`sosie doctor`: what this machine has and lacks, in sentences."""

import importlib.util
import os
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from sosie.cli.console import Terminal
from sosie.cli.plan import draw_ladder
from sosie.core.extras import install_line
from sosie.core.french_text import size

# One library that tells whether an extra is installed, and what the extra is for.
EXTRAS = {
    "train": ("peft", "apprendre et discuter"),
    "evaluate": ("sklearn", "mesurer un double"),
    "qlora": ("bitsandbytes", "grands modèles en 4 bits"),
    "studio": ("gradio", "la page"),
    "gguf": ("xllamacpp", "discuter et emporter par llama.cpp"),
    "mlx": ("mlx_lm", "apprendre et discuter par MLX, sur une puce Apple"),
    "serve": ("uvicorn", "servir un double à d'autres programmes"),
    "mcp": ("mcp", "donner le double comme outils à un assistant"),
    "seal": ("cryptography", "sceller une valise"),
    "audio": ("faster_whisper", "écouter les messages vocaux"),
    "nanochat": ("pyarrow", "donner vos dialogues à nanochat"),
}


def doctor(
    *,
    model: Annotated[str | None, Parameter(help="Ce qu'il en serait de ce modèle ici")] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Look at this machine."""
    ladder = terminal.project.ladder(model=model)
    found = {**look(), "ladder": [asdict(rung) for rung in ladder]}

    def draw(console: Console) -> None:
        draw_doctor(console, found)
        draw_ladder(console, ladder)

    terminal.end(found, draw)


def look() -> dict[str, Any]:
    """What is here, without importing anything heavy."""
    from sosie.models.hardware import hardware

    machine = hardware("auto")
    cache = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface")) / "hub"
    return {
        "python": platform.python_version(),
        "torch": installed("torch"),
        "accelerator": machine.accelerator,
        "memory_bytes": machine.memory_bytes,
        "extras": {
            name: importlib.util.find_spec(library) is not None for name, (library, _) in EXTRAS.items()
        },
        "model_cache": str(cache) if cache.is_dir() else None,
    }


def installed(package: str) -> str | None:
    """The version of a package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def draw_doctor(console: Console, found: dict[str, Any]) -> None:
    console.print(f"Python {found['python']} · mémoire {size(found['memory_bytes'])}")
    if found["accelerator"]:
        console.print(f"[green]✓[/] Carte graphique : {found['accelerator']}.")
    else:
        console.print("[yellow]•[/] Pas de carte graphique reconnue : c'est le processeur qui apprendra.")
    for name, (_, purpose) in EXTRAS.items():
        if name == "mlx" and not str(found["accelerator"]).startswith("Apple"):
            continue  # of no use elsewhere
        if found["extras"][name]:
            console.print(f"[green]✓[/] {name} : {purpose}.")
        else:
            console.print(
                f"[dim]•[/] {name} manque ({purpose}). {escape(install_line(name))}", soft_wrap=True
            )
    if not found["model_cache"]:
        console.print(
            "[dim]•[/] Aucun modèle téléchargé ; le modèle embarqué mini suffit à la démonstration."
        )
