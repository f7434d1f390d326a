"""docs/commandes.md, from the command line itself: `python tools/make_commands_page.py` writes it again.

sosie train --rank INT  ->  | `--rank N` | Rang de LoRA (16 ; au moins 1, au plus 256) |
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cyclopts import App
from cyclopts.argument import Argument
from pydantic import BaseModel

from sosie.cli import help_words
from sosie.cli.main import build
from sosie.cli.verbs import VERBS
from sosie.core import settings
from sosie.models.catalogue import catalogue

PAGE = Path(__file__).parents[1] / "docs" / "commandes.md"
HEAD = """\
# Toutes les commandes

<!-- Écrit par tools/make_commands_page.py : ne corrigez rien ici. -->

`sosie VERBE --help`, ou `sosie help VERBE`, dit la même chose ; `sosie help`
seul les nomme tous. Chaque verbe prend aussi :

{common}
Un verbe rend 0 quand tout est fait, 2 si la commande est mal écrite, 3 pour une erreur, dite en une phrase
avec son remède, 130 si vous l'arrêtez.

Certains réglages se gardent dans `sosie.toml`, dans votre dossier ; ce que dit la commande l'emporte :

```toml
[prepare]
silence_minutes = 120
```

{models}
"""
MODELS = (
    "`--model` prend un dossier, un identifiant du hub, ou un nom du catalogue : {all}. "
    "Seul {tried} a été essayé d'un bout à l'autre."
)


def page() -> str:
    """The whole page."""
    app = build()
    cards = catalogue()
    tried = [name for name, card in cards.items() if card.verified]
    head = HEAD.format(
        common=table(shown(app.meta)),
        models=wrapped(MODELS.format(all=listed(cards), tried=listed(tried))),
    )
    return head + "".join(chapters(app))


def chapters(app: App) -> Iterator[str]:
    """A chapter a verb; one for each of its own verbs where it has some."""
    for verb, (_, words) in VERBS.items():
        inner = [name for name in app[verb] if not name.startswith("-")]
        if not inner:
            yield chapter(verb, words, shown(app[verb]), settings.VERBS.get(verb))
        for name in inner:
            found = shown(app[verb][name])
            keys = {one.name.removeprefix("--").replace("-", "_") for one in found}
            model = settings.VERBS.get(verb)
            known = model if model and model.model_fields.keys() <= keys else None
            words = app[verb][name].help.partition("\n")[0]
            yield chapter(f"{verb} {name}", words, found, known)


def shown(app: App) -> list[Argument]:
    """The arguments and options that a verb's help page shows."""
    found = app.assemble_argument_collection()
    return [one for one in found if one.parse and one.show and one.parameter.help]


def chapter(verb: str, words: str, arguments: list[Argument], model: type[BaseModel] | None) -> str:
    """Title, what it does, how it is called, a row an option, what may stand in sosie.toml."""
    end = "" if words.endswith("?") else "."
    call = help_words.usage(verb).replace("\\", "")
    parts = [f"## {verb}", f"{words}{end}", f"`{call}`", f"```sh\n{help_words.VERB_EXAMPLES[verb]}\n```"]
    if arguments:
        parts.append(table(arguments, model).strip())
    if model:
        keys = listed(model.model_fields)
        parts.append(wrapped(f"Dans `sosie.toml`, table `[{verb.split()[0]}]` : {keys}."))
    return "\n" + "\n\n".join(parts) + "\n"


def listed(names: Iterable[str]) -> str:
    """« `mini`, `vigostral` »"""
    return ", ".join(f"`{name}`" for name in names)


def wrapped(sentence: str) -> str:
    return textwrap.fill(sentence, 118, break_on_hyphens=False)


def table(arguments: Iterable[Argument], model: type[BaseModel] | None = None) -> str:
    """A row an argument: its names, what it is, what it is where nothing is said, what it may be."""
    rows = [f"| {', '.join(map(quoted(one), one.names))} | {told(one, model)} |" for one in arguments]
    return "\n".join(["| | |", "| --- | --- |", *rows, ""])


def quoted(argument: Argument) -> Callable[[str], str]:
    """« `--epochs NOMBRE` », « `--json` », « `FICHIER` »"""
    kinds = {"Literal": "CHOICE", "bool": "", "Path": "PATH", "int": "INT", "float": "FLOAT"}
    kind = next((words for kind, words in kinds.items() if kind in str(argument.hint)), "STR")

    def told(name: str) -> str:
        if not name.startswith("-"):
            return f"`{help_words.LABELS.get(name, name)}`"
        alone = not kind or name.startswith("--empty-")
        return f"`{name}`" if alone else f"`{name} {help_words.value(name, kind)}`"

    return told


def told(argument: Argument, model: type[BaseModel] | None) -> str:
    """« Rang de LoRA (16 ; au moins 1, au plus 256) »"""
    usual, notes = argument.field_info.default, []
    if argument.required:
        notes.append("obligatoire")
    if argument.show_default and usual not in ((), None, False):
        notes.append("oui" if usual is True else f"{usual}")
    if choices := argument.get_choices():
        notes.append(f"au choix {', '.join(choices)}")
    key = argument.name.removeprefix("--").replace("-", "_")
    if model and key in model.model_fields and model.model_fields[key].metadata:
        notes.append(settings.bounds(model, key))
    return f"{argument.parameter.help}" + (f" ({' ; '.join(notes)})" if notes else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
