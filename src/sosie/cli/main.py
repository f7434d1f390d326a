"""The one door: verbs, options that every verb has, and errors told in a sentence.

Exit codes: 0 done, 2 wrong usage, 3 an error with a sentence and a mend, 130 stopped by the user (143 by
SIGTERM, 129 by SIGHUP).
"""

import os
import signal
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

from cyclopts import App, CycloptsError, Group, Parameter

from sosie import __version__
from sosie.cli.french_help import FrenchHelp, usage_error
from sosie.cli.help_words import page, usage
from sosie.cli.verbs import SLOW_TO_BEGIN, VERBS
from sosie.core.errors import SosieError
from sosie.core.workspace import as_told, cache_home

HELP = """Vos conversations deviennent un modèle qui écrit comme vous, sur votre machine.

Pour commencer : « sosie demo », ou avec votre export :
sosie import MON_EXPORT.zip --me "Mon nom", puis sosie prepare, sosie train, sosie chat."""

MOMENT = 0.05  # seconds
STOPPED = ("Stopped", "Arrêté.", "Ce qui était enregistré le reste.")


def build() -> App:
    """The application: every verb by name, French words around them."""
    app = App(
        name="sosie",
        help=HELP,
        usage=r"sosie VERBE \[OPTIONS]",
        version=__version__,
        version_flags=("--version", "-V"),
        help_format="plaintext",
        help_formatter=FrenchHelp(),
        group_commands=Group("Verbes", sort_key=0),
        group_arguments=Group("Arguments", sort_key=1),
        group_parameters=Group("Options", sort_key=2),
        print_error=False,
        exit_on_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for name, (target, words) in VERBS.items():
        own = {} if target.endswith(":app") else {"usage": usage(name)}
        app.command(f"sosie.cli.{target}", name=name, help=page(name, words), **own)
    app["--help"].help = "Cette aide"
    app["--version"].help = "La version de sosie"
    app.meta.suppress_keyboard_interrupt = False
    app.meta.default(_launch(app))
    return app


def _launch(app: App) -> Any:
    """What stands before each verb: the folder, the way to speak, the settings file."""

    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        folder: Annotated[Path, Parameter(help="Votre dossier de travail")] = Path("."),
        json: Annotated[bool, Parameter(negative="", help="Un seul objet JSON sur la sortie")] = False,
        debug: Annotated[bool, Parameter(negative="", help="Montrer la trace d'une erreur")] = False,
    ) -> Any:
        del debug  # read before parsing, so that an error of parsing obeys it too
        from sosie.cli.console import LOAD, Terminal
        from sosie.core import settings, settings_file
        from sosie.core.progress import Event

        if tokens and tokens[0] in settings.VERBS:
            settings_file.load(folder / "sosie.toml", tokens[0], settings.VERBS[tokens[0]])
            from cyclopts.config import Toml

            path, table = folder / "sosie.toml", (tokens[0],)  # « nanochat train » has that of « nanochat »
            app.config = (
                Toml(path, root_keys=table, use_commands_as_keys=False, must_exist=False, allow_unknown=True),
            )
        command, bound, parsed_aside = app.parse_args(tokens, print_error=False, exit_on_error=False)
        with Terminal(folder, json) as terminal:
            given = {"terminal": terminal} if "terminal" in parsed_aside else {}
            if tokens and tokens[0] in SLOW_TO_BEGIN:
                terminal.report(Event(LOAD))
            return command(*bound.args, **bound.kwargs, **given)

    return launch


def run(argv: list[str] | None = None) -> NoReturn:
    """Do what the command line says, and leave. What this process makes is its owner's alone."""
    os.umask(0o077)
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_home() / "torch"))  # torch leaves one in /tmp
    asked = _stop_when_asked()
    words = sys.argv[1:] if argv is None else argv
    try:
        code = _run(words)
    except SystemExit:
        code = _tell(*STOPPED, "--json" in words, code=130)
    sys.exit(128 + asked[0] if asked else code)


def _stop_when_asked() -> list[int]:
    """SIGTERM and SIGHUP end a verb as Ctrl-C does: what it began is cleaned up, a training saved. The list
    holds those that came.

    All three wait for the end of an import or of a finaliser: what is raised in there is swallowed, or leaves
    a library half made.
    """
    from sosie.train.distributed import launched

    asked: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        if unheard(frame):
            again(interrupt, number)
        else:
            raise KeyboardInterrupt

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        if number == signal.SIGHUP:  # the terminal is gone: nothing more can be said there
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        end(number, frame)

    def end(number: int, frame: FrameType | None) -> None:
        on_ctrl_c = signal.getsignal(signal.SIGINT)
        if callable(on_ctrl_c) and on_ctrl_c not in (interrupt, signal.default_int_handler):
            on_ctrl_c(number, frame)  # a training ends its step, and saves
        elif unheard(frame):
            again(end, number)
        else:
            raise SystemExit(128 + number)

    if launched():
        return asked
    for number, handler in ((signal.SIGTERM, stop), (signal.SIGHUP, stop), (signal.SIGINT, interrupt)):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # nohup has it ignored
            signal.signal(number, handler)
    return asked


def unheard(frame: FrameType | None) -> bool:
    """Whether a module is being imported where this frame is, or an object finalised."""
    while frame:
        code = frame.f_code
        if code.co_filename.startswith(("<frozen importlib", weakref.__file__)) or code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


def again(handler: Callable[[int, FrameType | None], None], number: int) -> None:
    """The same signal to the same handler in a moment."""
    signal.signal(signal.SIGALRM, lambda _, frame: handler(number, frame))
    signal.setitimer(signal.ITIMER_REAL, MOMENT)


def _run(tokens: list[str]) -> int:
    debug = "--debug" in tokens
    as_json = "--json" in tokens
    try:
        code = build().meta(_as_asked(tokens))
    except CycloptsError as error:
        return _tell("usage", *usage_error(error), as_json, code=2)
    except SosieError as error:
        if debug:
            raise
        return _tell(type(error).__name__, error.message, error.mend, as_json, code=3)
    except KeyboardInterrupt:
        return _tell(*STOPPED, as_json, code=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to say
        return 0
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and (told := as_told(error)):
            return _tell(type(told).__name__, told.message, told.mend, as_json, code=3)
        return _tell(type(error).__name__, *_unforeseen(error), as_json, code=3)
    return code if isinstance(code, int) else 0


def _as_asked(tokens: list[str]) -> list[str]:
    """« sosie » and « sosie help » are « sosie --help »; « sosie help train », « sosie train --help »."""
    if tokens[:1] in ([], ["help"]):
        verb = tokens[1:2]
        return verb if verb and verb[0] not in VERBS else [*verb, "--help"]
    return _resume_may_stand_alone(tokens)


def _resume_may_stand_alone(tokens: list[str]) -> list[str]:
    """`--resume` with no name means the newest run: `--resume=`."""

    def alone(place: int) -> bool:
        following = tokens[place + 1] if place + 1 < len(tokens) else "-"
        return tokens[place] == "--resume" and (following.startswith("-") or following.endswith(".jsonl"))

    return [f"{token}=" if alone(place) else token for place, token in enumerate(tokens)]


def _unforeseen(error: Exception) -> tuple[str, str]:
    """A sentence for what no room foresaw. Never the error's own words: they may quote private text."""
    if isinstance(error, MemoryError):
        return (
            "La mémoire de cette machine ne suffit pas.",
            "Fermez d'autres programmes, ou prenez moins de données.",
        )
    return (
        f"Une erreur que sosie n'avait pas prévue est survenue ({type(error).__name__}).",
        "Relancez avec --debug pour voir la trace, et signalez-la sans vos données.",
    )


def _tell(kind: str, message: str, mend: str, as_json: bool, code: int) -> int:
    from sosie.train.distributed import follows

    if as_json and not follows():
        import json

        print(json.dumps({"error": {"kind": kind, "message": message, "mend": mend}}, ensure_ascii=False))
        return code
    from rich.console import Console

    from sosie.cli.console import literal

    console = Console(stderr=True, highlight=False)
    console.print(f"{'[bold red]✗[/] ' * (code != 130)}{literal(message)}", soft_wrap=True)
    if mend:
        console.print(f"  [dim]→[/] {literal(mend)}", soft_wrap=True)
    return code
