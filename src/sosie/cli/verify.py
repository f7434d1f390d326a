"""`sosie verify`: is this export still what sosie wrote? Nothing is loaded, nothing is sent."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from sosie.cli.console import Terminal, literal
from sosie.core.french_text import between, decimal

if TYPE_CHECKING:
    from sosie.export.verify import Verified

VERDICTS = {"green": "vert", "red": "rouge", "grey": "gris, trop peu de réponses"}
NOT_VALID = 3  # the exit code, also with --json


def verify(
    file: Annotated[
        Path, Parameter(help="Un certificat, un zip, un GGUF ou un dossier fait par sosie export")
    ],
    /,
    *,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> int:
    """Check the sums of an export, and its signature where the project's secret is at hand."""
    verified = terminal.project.verify(file)
    terminal.end(verified.to_json(), lambda console: draw_verify(console, verified))
    return 0 if verified.valid else NOT_VALID


def draw_verify(console: Console, verified: "Verified") -> None:
    """The verdict, then what the certificate says."""
    console.print(f"{'[green]✓[/]' if verified.valid else '[bold red]✗[/]'} {literal(verified.reason)}")
    told = verified.certificate
    if not told or not verified.valid:
        return
    rows = {
        "Double": told["double"].get("name"),
        "Modèle de base": f"{told['base'].get('name')} ({told['base'].get('licence')})",
        "Verdict": VERDICTS.get(str(told.get("verdict")), "non mesuré"),
        "Ressemblance": figure(told.get("likeness"), "value"),
        "Arbitre (C2ST)": figure(told.get("referee"), "c2st", 2),
        "Pris pour vous par des proches": rate(told.get("arena"), "acquaintances"),
        "Pris pour vous par des inconnus": rate(told.get("arena"), "strangers"),
        "Recopie": figure(told.get("memorisation"), "value"),
        "Fuites": figure(told.get("leaks"), "value"),
        "Oubli (%)": figure(told.get("forgetting"), "change_percent"),
    }
    for name, value in rows.items():
        console.print(f"  {name} : {literal(str(value))}")


def rate(told: Any, group: str) -> str:
    """« 0,41 (de 0,33 à 0,50) » of one group of players."""
    return figure(told.get(group, "non mesuré"), "rate", 2) if isinstance(told, dict) else str(told)


def figure(told: Any, name: str, digits: int = 1) -> str:
    """« 74,0 (de 67,0 à 83,0) », or « non mesuré »; anybody may have put anything there."""
    if not isinstance(told, dict):
        return str(told)
    numbers = {key: value for key, value in told.items() if type(value) in (int, float)}
    around = between(numbers.get("low"), numbers.get("high"), digits)
    return decimal(numbers.get(name), digits) + (f" ({around})" if around else "")
