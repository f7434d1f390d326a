"""The words of cyclopts, in French: help pages and errors of the command line."""

from difflib import get_close_matches
from typing import Any

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    ValidationError,
)
from cyclopts.help import DefaultFormatter


class FrenchHelp(DefaultFormatter):
    """The default look, with « par défaut », « au choix » and « obligatoire » in place of English words."""

    def __call__(self, console: Any, options: Any, panel: Any) -> None:
        super().__call__(console, options, panel.copy(entries=[_in_french(entry) for entry in panel.entries]))

    def render_usage(self, console: Any, options: Any, usage: Any) -> None:
        if usage:
            console.print(f"[bold]Usage :[/] {usage}", markup=True, highlight=False)


def _in_french(entry: Any) -> Any:
    from rich.text import Text

    notes = []
    if entry.choices:
        notes.append(f"au choix : {', '.join(entry.choices)}")
    if entry.default is not None and entry.default not in ("()", "None", "False", "[]"):
        notes.append(f"par défaut : {'oui' if entry.default == 'True' else entry.default}")
    if entry.required:
        notes.append("obligatoire")
    words = str(
        entry.description.primary_renderable if hasattr(entry.description, "primary_renderable") else ""
    )
    description = Text(words)
    if notes:
        description.append(f" ({' ; '.join(notes)})", "dim")
    return entry.copy(choices=None, default=None, required=False, description=description)


def usage_error(error: CycloptsError) -> tuple[str, str]:
    """An error of the command line as a sentence and a mend."""
    verb = " ".join(["sosie", *(error.command_chain or ())])
    see = f"Voyez : {verb} --help"
    argument = error.argument.name if error.argument else ""
    match error:
        case UnknownCommandError():
            return f"sosie ne connaît pas le verbe « {_first(error)} ».", _nearest_verb(_first(error))
        case UnknownOptionError():
            return f"Option inconnue : « {_first(error)} ».", see
        case MissingArgumentError():
            return f"Il manque {argument or 'un argument'}.", see
        case CoercionError():
            return f"La valeur donnée à {argument} n'est pas du bon type.", see
        case ValidationError():
            return _out_of_bounds(error, see)
    return "Cette commande n'est pas comprise.", see


def _out_of_bounds(error: CycloptsError, see: str) -> tuple[str, str]:
    """A setting that pydantic refused: its flag, and what it accepts."""
    from sosie.core.settings import VERBS, bounds

    cause: Any = error.__cause__
    verb = (error.command_chain or ("",))[0]  # « nanochat train » has the settings of nanochat
    if verb not in VERBS or not hasattr(cause, "errors"):
        return "La valeur d'une option est hors limites.", see
    key = str(cause.errors()[0]["loc"][0])
    return (
        f"La valeur de --{key.replace('_', '-')} est impossible.",
        f"Attendu : {bounds(VERBS[verb], key)}. {see}",
    )


def _first(error: CycloptsError) -> str:
    if isinstance(error, UnknownOptionError):
        return str(error.token.keyword or error.token.value)
    unused = error.unused_tokens or error.root_input_tokens or [""]
    return str(unused[0])


def _nearest_verb(word: str) -> str:
    from sosie.cli.verbs import VERBS

    close = get_close_matches(word, VERBS, n=1)
    return f"Vouliez-vous dire « sosie {close[0]} » ?" if close else "Voyez : sosie --help"
