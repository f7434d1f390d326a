"""`sosie fleet prepare|train|evaluate`: each person set aside has a sentence, and the others go on."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sosie.cli.console import Terminal
from sosie.cli.fleet_screen import dashboard, draw_fleet, draw_set_aside
from sosie.core import settings

People = Annotated[Path, Parameter(help="Le dossier où chaque personne a le sien")]
Options = Annotated[settings.Fleet, Parameter(name="*")]
Hidden = Annotated[Terminal, Parameter(parse=False)]


def prepare_all(people: People, /, *, options: Options = settings.Fleet(), terminal: Hidden) -> None:
    """Import and prepare."""
    do_for_all("prepare", people, options, terminal)


def train_all(people: People, /, *, options: Options = settings.Fleet(), terminal: Hidden) -> None:
    """An adapter each."""
    do_for_all("train", people, options, terminal)


def evaluate_all(people: People, /, *, options: Options = settings.Fleet(), terminal: Hidden) -> None:
    """The scores of each."""
    do_for_all("evaluate", people, options, terminal)


def do_for_all(verb: str, people: Path, options: settings.Fleet, terminal: Terminal) -> None:
    from sosie.fleet.run import run_fleet

    with dashboard(terminal) as report:
        summary = run_fleet(people, verb, options, report, terminal.agree)
    if terminal.as_json:
        draw_set_aside(terminal.console, summary)
    terminal.end(summary.to_json(), lambda console: draw_fleet(console, summary))
