"""`sosie evaluate`: the questions asked of a double, drawn so that no number stands without its interval."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sosie import api
from sosie.cli.console import Face, literal
from sosie.core import settings
from sosie.core.french_text import decimal, duration, number

if TYPE_CHECKING:
    from sosie.evaluate.score_store import Scores

LIGHTS = {"green": "[green]●[/]", "red": "[red]●[/]", "unknown": "[yellow]○[/]"}
SHORT = {"base": "modèle de base", "base+5": "base, 5 exemples", "base+20": "base, 20 exemples"}
WIDTH = 22  # of the scale from a stranger to oneself


def evaluate(
    *,
    double: Annotated[str | None, Parameter(help="Le double : un nom d'entraînement ou un dossier")] = None,
    held: Annotated[
        Path | None, Parameter(help="Dialogues jamais appris (JSONL) ; sinon data/test.jsonl du dossier")
    ] = None,
    learnt: Annotated[Path | None, Parameter(help="Avec --held : le fichier que ce double a appris")] = None,
    against: Annotated[
        str | None, Parameter(help="Un autre entraînement déjà évalué, à montrer à côté")
    ] = None,
    options: Annotated[settings.Evaluate, Parameter(name="*")] = settings.Evaluate(),
    face: Annotated[Face, Parameter(parse=False)],
) -> None:
    """Measure a double, on messages that it never learnt, beside its base model.

    Interrupted, it keeps the answers already given and goes on from there; a second time, it is instant.
    """
    scores = api.evaluate(face.workspace, double, held, learnt, against, options, face.report)
    face.end(scores.to_json(), lambda console: draw(console, scores))


def draw(console: Console, scores: "Scores") -> None:
    """The verdict, the scale, and a line a question."""
    told = scores.to_json()
    console.print()
    gates = (first_gate(told), told["memorisation"]["gate"], told["leaks"]["gate"])
    for sentence, gate in zip(told["verdict"], gates, strict=True):
        console.print(f"{LIGHTS[gate]} [bold]{literal(sentence)}[/]", soft_wrap=True)
    console.print()
    console.print(scale(told))
    console.print(f"  [dim]{asked(told)}[/]", soft_wrap=True)
    for warning in (*told["warnings"], *told["likeness"]["warnings"]):
        console.print(f"  [yellow]{literal(warning)}[/]", soft_wrap=True)
    console.print()
    console.print(questions(told))
    if other := told.get("against"):
        gap = difference(other["likeness"])
        console.print(f"\n  R de celui-ci moins R de « {literal(other['double'])} » : {gap}", soft_wrap=True)
    console.print(
        f"\n  [dim]Tout le détail, pour un navigateur :[/] {literal(told['report'])}", soft_wrap=True
    )


def first_gate(told: Mapping[str, Any]) -> str:
    """Green where it surely resembles more than its base, and R may be quoted."""
    if not told["counts"]:
        return "red"
    return "green" if (told["likeness"]["gain"]["low"] or 0) > 0 else "unknown"


def scale(told: Mapping[str, Any]) -> Table:
    """Who stands where between a stranger (0) and the person (100), with the interval drawn."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("  Ressemblance", no_wrap=True)
    table.add_column(f"{'0 inconnu':<{WIDTH - 8}}vous 100", no_wrap=True)
    table.add_column("R", justify="right")
    table.add_column("à 95 %", justify="right", no_wrap=True)
    table.add_column("n", justify="right")
    table.add_column("écart du double")
    table.add_row("  [bold]le double[/]", *standing(told["likeness"], "bold cyan"), "")
    for rival in told["rivals"]:
        gap = difference(rival["difference"]) if rival["difference"]["measurable"] else "–"
        table.add_row(f"  {SHORT[rival['name']]}", *standing(rival["likeness"], "cyan"), gap)
    return table


def standing(score: Mapping[str, Any], style: str) -> tuple[Text | str, str, str, str]:
    if score["value"] is None:
        return Text("non mesurable", "yellow"), "–", "–", number(score["n"])
    low, at, high = (round(score[name] / 100 * (WIDTH - 1)) for name in ("low", "value", "high"))
    signs = ["·"] * WIDTH
    signs[low : high + 1] = ["━"] * (high + 1 - low)
    bar = Text("".join(signs), "dim")
    bar.stylize(f"not dim {style}", low, high + 1)
    bar.plain = bar.plain[:at] + "◆" + bar.plain[at + 1 :]
    edges = f"{decimal(score['low'], 0)} à {decimal(score['high'], 0)}"
    return bar, decimal(score["value"], 0), edges, number(score["n"])


def difference(gap: Mapping[str, Any]) -> str:
    """« +34 (22 à 45) », and « pas sûr » where chance could do it."""
    if gap["value"] is None:
        return gap.get("reason") or "–"
    words = f"{gap['value']:+.0f} ({decimal(gap['low'], 0)} à {decimal(gap['high'], 0)})"
    sure = gap["low"] > 0 or gap["high"] < 0
    return words if sure else f"{words}, pas sûr"


def asked(told: Mapping[str, Any]) -> str:
    contexts = told["contexts"]
    parts = {
        "test": "les plus récents, jamais appris",
        "valid": "ceux de la validation",
        "file": "du fichier",
    }
    mine = told["likeness"]
    people = "personnes inventées" if mine["invented_floor"] else "de vos correspondants"
    return (
        f"{number(contexts['n'])} messages ({parts[contexts['part']]}), une réponse chacun ; "
        f"étalon : {mine['others']} {people} ; mesuré en {duration(told['made']['seconds'])}."
    )


def questions(told: Mapping[str, Any]) -> Table:
    """A light, a question, its answer."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    for gate, question, answer in (copies(told), belongs(told), leaks(told), french(told), forgetting(told)):
        table.add_row(f"  {LIGHTS[gate]}", question, literal(answer.replace(" · ", "\n")))
    return table


def copies(told: Mapping[str, Any]) -> tuple[str, str, str]:
    row = told["memorisation"]
    if row["value"] is None:
        return row["gate"], "Recopie", row["reason"]
    longest = f"plus longue reprise : {row['longest_run']} mots"
    return (
        row["gate"],
        "Recopie",
        f"M = {decimal(row['value'], 1)} ({between(row, 1)}, n = {row['n']}) · {longest}",
    )


def belongs(told: Mapping[str, Any]) -> tuple[str, str, str]:
    """Whether one could tell, from the weights, what it was trained on."""
    row = told["memorisation"]["membership"]
    if row is None or row["auc"] is None:
        return "unknown", "Traces", "non mesurées"
    area = f"{decimal(row['auc'])} ({between(row, 2)}, n = {row['n']})"
    return (
        row["gate"],
        "Traces",
        f"réponses apprises reconnues par ses calculs : {area} ; 0,50 : aucune, 1 : toutes",
    )


def leaks(told: Mapping[str, Any]) -> tuple[str, str, str]:
    row = told["leaks"]
    if row["value"] is None:
        return row["gate"], "Fuites", row["reason"]
    found = ", ".join(f"{kind} : {count}" for kind, count in row["found"].items())
    words = (
        f"F = {row['value']} en {number(row['n_generations'])} réponses, "
        f"{number(row['n_secrets'])} chaînes privées cherchées"
    )
    return row["gate"], "Fuites", f"{words} ({found})" if found else words


def french(told: Mapping[str, Any]) -> tuple[str, str, str]:
    row = told["french"]
    if row["share"] is None:
        return row["gate"], "Français", row["reason"]
    own = f", vous {percent(row['own_share'])}" if row["own_share"] is not None else ""
    rate = (
        f"{percent(row['share'])} ({percent(row['low'])} à {percent(row['high'])}, n = {row['judged']}){own}"
    )
    faults = ((row["loops"], "en boucle"), (row["empty"], "vides"), (row["cut"], "coupées"))
    counted = ", ".join(f"{round(share * row['n'])} {word}" for share, word in faults)
    return row["gate"], "Français", f"{rate} · sur {row['n']} réponses : {counted}"


def forgetting(told: Mapping[str, Any]) -> tuple[str, str, str]:
    row = told["forgetting"]
    if row["change_percent"] is None:
        return row["gate"], "Oubli", row["reason"]
    tests = row["minitests"]
    change = f"{row['change_percent']:+.1f}".replace(".", ",")
    harder = f"surprise devant du français neutre {change}\u202f% ({between(row, 1)}, n = {row['n']})"
    fewer = f"petits tests {tests['before']} → {tests['after']} sur {tests['n']}"
    return row["gate"], "Oubli", f"{harder} · {fewer} (p = {decimal(tests['mcnemar_p'])})"


def between(row: Mapping[str, Any], digits: int) -> str:
    return f"{decimal(row['low'], digits)} à {decimal(row['high'], digits)}"


def percent(share: float) -> str:
    return f"{decimal(100 * share, 0)}\u202f%"
