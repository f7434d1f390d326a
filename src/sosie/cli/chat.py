"""`sosie chat`: talk in the terminal, or ask once."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sosie.cli import passphrase
from sosie.cli.console import BASE, CIRCLE, ELSEWHERE, MODEL, Terminal, printable
from sosie.core.errors import BadSettings
from sosie.core.progress import Event
from sosie.core.sampling import Sampling, changed, expected
from sosie.engines.base import Engine, is_double
from sosie.engines.remote import KEY_VARIABLE as REMOTE_KEY

if TYPE_CHECKING:
    from sosie.engines.few_shot import UntrainedDouble

EMBEDDED = "mini"
EXCHANGES_LEAVE = "Avec chaque question partiront vos échanges les plus proches d'elle, tels que préparés."


def within(name: str) -> Callable[[Any, Any], None]:
    """A validator for cyclopts: the bounds of this field of Sampling; ValueError says them in French."""

    def check(kind: Any, value: Any) -> None:
        try:
            changed(Sampling(), **{name: value})
        except BadSettings:
            raise ValueError(expected(name)) from None

    return check


def chat(
    *,
    double: Annotated[
        str | None,
        Parameter(
            name=MODEL,
            help="Un entraînement, un dossier, un modèle, un .gguf, une URL#modèle (sinon : le dernier)",
        ),
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    untrained: Annotated[
        bool,
        Parameter(negative="", help="Sans entraînement : un modèle et vos échanges d'ici"),
    ] = False,
    once: Annotated[str | None, Parameter(help="Une seule question, une seule réponse")] = None,
    system: Annotated[str | None, Parameter(help="La consigne (sinon : celle du double)")] = None,
    circle: Annotated[str | None, Parameter(help=CIRCLE)] = None,
    temperature: Annotated[
        float | None,
        Parameter(help="0 : toujours le mot le plus probable", validator=within("temperature")),
    ] = None,
    engine: Annotated[
        str | None,
        Parameter(help="local (transformers), mlx ou gguf (llama.cpp) ; sinon, ce qui convient"),
    ] = None,
    elsewhere: Annotated[bool, Parameter(negative="", help=ELSEWHERE)] = False,
    key_file: Annotated[
        Path | None, Parameter(help=f"Fichier de la clé que l'adresse demande (sinon : {REMOTE_KEY})")
    ] = None,
    seed: Annotated[
        int | None,
        Parameter(help="Graine du hasard : la même donne la même réponse", validator=within("seed")),
    ] = None,
    keep: Annotated[
        bool, Parameter(negative="", help="Garder la conversation dans ce dossier, pour la reprendre")
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Talk to a double."""
    from sosie.cli.ask_once import CUT, ask_once, too_long
    from sosie.cli.memory import Memory
    from sosie.cli.talk import talk

    if once is None and terminal.as_json:
        raise BadSettings("Une conversation ne tient pas dans un objet JSON.", "Ajoutez --once TEXTE.")
    if keep and once is not None:
        raise BadSettings(
            "--keep garde une conversation, pas une seule question.", "Enlevez --once ou --keep."
        )
    own = untrained or double is None or terminal.project.workspace.run(double).is_dir()
    double = double or (EMBEDDED if untrained else None)
    key = passphrase.given(key_file, REMOTE_KEY)
    opened = terminal.open_engine(double, base, engine, elsewhere=elsewhere, key=key, circle=circle)
    opened = with_own_exchanges(terminal, opened, elsewhere) if untrained else opened
    sampling = changed(opened.sampling, temperature=temperature, seed=seed)
    system = opened.portrait if system is None else system
    if once is None:
        person = terminal.project.owner() if own else ""
        memory = Memory(terminal.project, opened.name, keep, terminal.find_own_words)
        talk(opened, terminal.console, system=system, sampling=sampling, person=person, memory=memory)
    else:
        result = ask_once(opened, once, system, sampling)
        if result["unread"]:
            terminal.report(Event("warning", text=f"Attention, {too_long(result['unread'])}."))
        if result["ending"] == "length":
            terminal.report(Event("warning", text=f"Réponse {CUT}."))
        result["origin"] = "double" if untrained or is_double(opened) else "model"
        terminal.end(result, lambda console: console.print(printable(result["answer"]), markup=False))


def with_own_exchanges(terminal: Terminal, model: Engine, elsewhere: bool) -> "UntrainedDouble":
    """A double without training: the model, the portrait and the person's own exchanges."""
    if elsewhere:
        terminal.report(Event("warning", text=EXCHANGES_LEAVE))
    try:
        return terminal.project.untrained(model, report=terminal.report)
    finally:
        terminal.quiet()
