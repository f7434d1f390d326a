"""The words of cyclopts, in French: help pages and errors of the command line."""

from collections.abc import Iterator
from typing import Any

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)
from cyclopts.help import DefaultFormatter

from sosie.cli.help_words import ADVANCED, CHAPTERS, EVERYWHERE, LABELS, value
from sosie.core.french_text import meant


class FrenchHelp(DefaultFormatter):
    """The default look: verbs in the order of the journey, engineers' knobs apart, French words."""

    def __call__(self, console: Any, options: Any, panel: Any) -> None:
        entries = [_in_french(entry) for entry in panel.entries]
        for title, some in (_chapters if panel.format == "command" else _shelves)(panel.title, entries):
            super().__call__(console, options, panel.copy(title=title, entries=some))

    def render_usage(self, console: Any, options: Any, usage: Any) -> None:
        if usage:
            console.print(f"[bold]Usage :[/] {usage}", markup=True, highlight=False)


def _chapters(title: str, entries: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """The verbs chapter by chapter; what no chapter names stands in the last one."""
    places = {verb: place for place, verb in enumerate(v for verbs in CHAPTERS.values() for v in verbs)}
    named = sorted(entries, key=lambda entry: places.get(entry.names[0], len(places)))
    if not any(entry.names[0] in CHAPTERS["Pour commencer"] for entry in entries):  # the verbs of a verb
        yield title, entries
        return
    *first, (last, _) = CHAPTERS.items()
    for chapter, verbs in first:
        yield chapter, [entry for entry in named if entry.names[0] in verbs]
    elsewhere = {verb for _, verbs in first for verb in verbs}
    yield last, [entry for entry in named if entry.names[0] not in elsewhere]


def _shelves(title: str, entries: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """A verb's own options, those of engineers, then those that every verb has."""

    def name(entry: Any) -> str:
        return entry.names[0] if entry.names else ""

    own = [entry for entry in entries if name(entry) not in (*EVERYWHERE, *ADVANCED)]
    yield title, own
    yield "Avancé", [entry for entry in entries if name(entry) in ADVANCED]
    yield "Partout" if own else title, [entry for entry in entries if name(entry) in EVERYWHERE]


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
    metavar = value(entry.names[0], entry.metavar) if entry.metavar and entry.names else entry.metavar
    label = LABELS.get(entry.positional_label, entry.positional_label)
    french = {"description": description, "metavar": metavar, "positional_label": label}
    return entry.copy(choices=None, default=None, required=False, **french)


def usage_error(error: CycloptsError) -> tuple[str, str]:
    """An error of the command line as a sentence and a mend."""
    verb = " ".join(["sosie", *(error.command_chain or ())])
    see = f"Voyez : {verb} --help"
    argument = LABELS.get(error.argument.name, error.argument.name) if error.argument else ""
    match error:
        case UnknownCommandError():
            return f"{verb} ne connaît pas le verbe « {_first(error)} ».", _nearest_verb(error, verb)
        case UnusedCliTokensError():
            return f"« {_first(error)} » est de trop.", see
        case UnknownOptionError():
            return f"Option inconnue : « {_first(error)} ».", f"{_nearest_option(error)}{see}"
        case MissingArgumentError():
            return f"Il manque {argument or 'un argument'}.", see
        case CoercionError():
            return f"La valeur donnée à {argument} n'est pas du bon type.", f"{_choices(error)}{see}"
        case ValidationError():
            return _out_of_bounds(error, see)
    return "Cette commande n'est pas comprise.", see


def _nearest_option(error: UnknownOptionError) -> str:
    """« Vouliez-vous dire « --model » ? », among the verb's options and those of every verb."""
    known = {name for one in error.argument_collection for name in one.names if name.startswith("--")}
    return meant(_first(error).partition("=")[0], (*known, *EVERYWHERE, "--help"))


def _choices(error: CoercionError) -> str:
    """« Au choix : auto, cpu... », and the nearest to what was given; nothing where any value goes."""
    choices = error.argument.get_choices() if error.argument else None
    if not choices:
        return ""
    given = str(error.token.value) if error.token else ""
    return f"{meant(given, choices)}Au choix : {', '.join(choices)}. "


def _out_of_bounds(error: CycloptsError, see: str) -> tuple[str, str]:
    """A setting that pydantic or a validator of ours refused: its flag, and what it accepts."""
    from sosie.core.settings import VERBS, expected

    cause: Any = error.__cause__
    verb = (error.command_chain or ("",))[0]  # « nanochat train » has the settings of nanochat
    if type(cause) is ValueError and error.argument:
        return f"La valeur de {error.argument.name} est impossible.", f"Attendu : {cause}. {see}"
    if verb not in VERBS or not hasattr(cause, "errors"):
        return "La valeur d'une option est hors limites.", see
    wrong = cause.errors()[0]
    key = str(wrong["loc"][0])
    return (
        f"La valeur de --{key.replace('_', '-')} est impossible.",
        f"{expected(VERBS[verb], key, wrong['input'])}. {see}",
    )


def _first(error: CycloptsError) -> str:
    if isinstance(error, UnknownOptionError):
        return str(error.token.keyword or error.token.value)
    unused = error.unused_tokens or error.root_input_tokens or [""]
    return str(unused[0])


def _nearest_verb(error: CycloptsError, verb: str) -> str:
    """« Vouliez-vous dire « sosie fleet train » ? », among the verbs of `verb`."""
    near = meant(_first(error), (name for name in error.app or () if not name.startswith("-")))
    return f"{near.replace('« ', f'« {verb} ')}Voyez : {verb} --help"
