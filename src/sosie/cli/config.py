"""`sosie config`: the settings in force in this folder, and where each comes from."""

from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from sosie.cli.console import Terminal, literal
from sosie.core import settings, settings_file

WRITTEN, OUR_VALUE = "sosie.toml", "d'office"


def config(*, terminal: Annotated[Terminal, Parameter(parse=False)]) -> None:
    """Say what sosie.toml changes, and what is the default."""
    path = terminal.project.workspace.settings
    written = settings_file.read_tables(path)
    in_force = {
        verb: _rows(settings_file.load(path, verb, model), written.get(verb, {}))
        for verb, model in settings.VERBS.items()
    }
    result = {"file": str(path) if path.is_file() else None, "settings": in_force}
    terminal.end(result, lambda console: draw_config(console, result))


def _rows(model: BaseModel, written: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """{key: {"value", "from"}}"""
    values = model.model_dump(mode="json")
    return {
        key: {"value": value, "from": WRITTEN if key in written else OUR_VALUE}
        for key, value in values.items()
    }


def draw_config(console: Console, result: Mapping[str, Any]) -> None:
    where = f"{literal(result['file'])}, puis" if result["file"] else "pas de sosie.toml ici :"
    console.print(
        f"Réglages en vigueur : {where} les valeurs d'office. Une option l'emporte.", soft_wrap=True
    )
    for verb, rows in result["settings"].items():
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="cyan")
        table.add_column()
        table.add_column()
        for key, row in rows.items():
            written = row["from"] == WRITTEN
            table.add_row(key, literal(said(row["value"])), row["from"], style="bold" if written else "dim")
        console.print(f"\n\\[{verb}]")
        console.print(table)


def said(value: Any) -> str:
    """A value as one reads it: « oui », « selon le cas » for what is decided later."""
    match value:
        case None:
            return "selon le cas"
        case bool():
            return "oui" if value else "non"
        case list():
            return ", ".join(map(str, value)) or "aucun"
        case dict():
            return ", ".join(f"{key} : {said(one)}" for key, one in value.items()) or "aucune"
    return str(value)
