"""`sosie export`: a double for another program or machine, or the kit that learns one there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie.cli import passphrase
from sosie.cli.console import BASE, Terminal, literal
from sosie.core.errors import BadSettings
from sosie.core.french_text import size

if TYPE_CHECKING:
    from sosie.export.base import Exported

KNOWINGLY = "--je-sais-ce-que-je-publie"


def export(
    kind: Annotated[
        str,
        Parameter(
            help="bundle : un double en un fichier ; merged : le modèle entier, pour transformers ; "
            "gguf : pour llama.cpp ; ollama ; vllm ; hub : un dépôt privé de Hugging Face ; "
            "skill : votre façon d'écrire, pour un assistant ; "
            "space : une page pour un Space ; colab, axolotl, llamafactory, unsloth : "
            "de quoi apprendre là-bas ; cluster : pour beaucoup (sosie fleet) ; "
            "nanochat : vos dialogues, pour son propre apprentissage ; "
            "combined : vos dialogues en un fichier, pour tout outil"
        ),
    ],
    /,
    *,
    double: Annotated[
        str | None, Parameter(help="L'entraînement, le dossier ou le zip (sinon : le dernier)")
    ] = None,
    base: Annotated[
        str | None, Parameter(help=f"{BASE} ; nanochat : le dossier de base qui apprendra")
    ] = None,
    to: Annotated[Path | None, Parameter(help="Où écrire (sinon : le dossier « sortie »)")] = None,
    model: Annotated[
        str | None, Parameter(help="colab, cluster, axolotl... : le modèle à apprendre (sinon : vigostral)")
    ] = None,
    weights: Annotated[
        str | None,
        Parameter(
            help="gguf, ollama : f32, f16, q8_0 (d'office), q4_k_m, q4_0 ; merged : f32, bf16 (d'office), f16"
        ),
    ] = None,
    name: Annotated[str | None, Parameter(help="hub : le nom du dépôt (sinon : d'après le double)")] = None,
    dry_run: Annotated[
        bool, Parameter(negative="", help="hub : montrer ce qui partirait, et ne rien envoyer")
    ] = False,
    yes: Annotated[
        bool, Parameter(negative="", help="skill, hub, nanochat, combined : sans demander")
    ] = False,
    knowingly: Annotated[
        bool,
        Parameter(
            name=KNOWINGLY,
            negative="",
            help="hub, space : publier même un double qui recopie, fuit, ou n'a pas été mesuré",
        ),
    ] = False,
    seal: Annotated[
        bool, Parameter(negative="", help="colab : sceller les dialogues par une phrase secrète, demandée")
    ] = False,
    passphrase_file: Annotated[
        Path | None, Parameter(help="colab : sceller par la phrase secrète que ce fichier contient")
    ] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Write files that may be taken elsewhere; only `hub` sends anything, once it is agreed."""
    if kind != "colab" and (seal or passphrase_file):
        raise BadSettings("Un double n'est pas scellé.", "--seal est pour : sosie export colab")
    phrase = passphrase.given(passphrase_file) or (passphrase.typed_twice(terminal) if seal else "")
    agree = (lambda question: True) if yes else terminal.agree
    written = terminal.project.export(
        kind, double, to, model, phrase, weights, terminal.report, base, agree, name or "", dry_run, knowingly
    )
    terminal.end(written.to_json(), lambda console: draw_export(console, written))


def draw_export(console: Console, written: "Exported") -> None:
    """Where the files are, and what to do with them."""
    for path in written.files:
        console.print(
            f"[green]✓[/] {literal(str(path))} [dim]· {size(path.stat().st_size)}[/]", soft_wrap=True
        )
    if written.steps:
        console.print("Ensuite :")
    for number, step in enumerate(written.steps, 1):
        console.print(f"  {number}. {literal(step)}", soft_wrap=True)
