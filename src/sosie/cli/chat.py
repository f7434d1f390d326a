"""`sosie chat`: talk in the terminal, or ask once."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sosie.cli import passphrase
from sosie.cli.console import BASE, ELSEWHERE, Terminal, printable
from sosie.core.errors import BadSettings
from sosie.core.progress import Event
from sosie.core.sampling import changed
from sosie.engines.remote import KEY_VARIABLE as REMOTE_KEY


def chat(
    *,
    double: Annotated[
        str | None,
        Parameter(help="Un entraînement, un dossier, un modèle, une adresse URL#modèle (sinon : le dernier)"),
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    once: Annotated[str | None, Parameter(help="Une seule question, une seule réponse")] = None,
    system: Annotated[str | None, Parameter(help="La consigne (sinon : celle du double)")] = None,
    temperature: Annotated[float | None, Parameter(help="0 : toujours le mot le plus probable")] = None,
    engine: Annotated[
        str | None, Parameter(help="local (transformers) ou gguf (llama.cpp) ; sinon, ce qui convient")
    ] = None,
    elsewhere: Annotated[bool, Parameter(negative="", help=ELSEWHERE)] = False,
    key_file: Annotated[
        Path | None, Parameter(help=f"Fichier de la clé que l'adresse demande (sinon : {REMOTE_KEY})")
    ] = None,
    seed: Annotated[int | None, Parameter(help="Graine du hasard : la même donne la même réponse")] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Talk to a double."""
    from sosie.cli.talk import CUT, ask_once, talk, too_long

    if once is None and terminal.as_json:
        raise BadSettings("Une conversation ne tient pas dans un objet JSON.", "Ajoutez --once TEXTE.")
    key = passphrase.given(key_file, REMOTE_KEY)
    opened = terminal.open_engine(double, base, engine, elsewhere=elsewhere, key=key)
    sampling = changed(opened.sampling, temperature=temperature, seed=seed)
    system = opened.portrait if system is None else system
    if once is None:
        talk(opened, terminal.console, system=system, sampling=sampling)
    else:
        result = ask_once(opened, once, system, sampling)
        if result["unread"]:
            terminal.report(Event("warning", text=f"Attention, {too_long(result['unread'])}."))
        if result["ending"] == "length":
            terminal.report(Event("warning", text=f"Réponse {CUT}."))
        terminal.end(result, lambda console: console.print(printable(result["answer"]), markup=False))
