"""`sosie chat`: talk in the terminal, or ask once."""

from typing import Annotated

from cyclopts import Parameter

from sosie.cli.console import BASE, MODEL, Terminal, printable
from sosie.core.errors import BadSettings
from sosie.core.progress import Event
from sosie.core.sampling import changed


def chat(
    *,
    double: Annotated[
        str | None,
        Parameter(name=MODEL, help="Un entraînement, un dossier, un modèle, un .gguf (sinon : le dernier)"),
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    once: Annotated[str | None, Parameter(help="Une seule question, une seule réponse")] = None,
    system: Annotated[str | None, Parameter(help="La consigne (sinon : celle du double)")] = None,
    temperature: Annotated[float | None, Parameter(help="0 : toujours le mot le plus probable")] = None,
    engine: Annotated[
        str | None, Parameter(help="local (transformers) ou gguf (llama.cpp) ; sinon, ce qui convient")
    ] = None,
    seed: Annotated[int | None, Parameter(help="Graine du hasard : la même donne la même réponse")] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Talk to a double."""
    from sosie.cli.talk import CUT, ask_once, talk, too_long

    if once is None and terminal.as_json:
        raise BadSettings("Une conversation ne tient pas dans un objet JSON.", "Ajoutez --once TEXTE.")
    opened = terminal.open_engine(double, base, engine)
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
