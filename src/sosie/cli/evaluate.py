"""`sosie evaluate`: the questions asked of a double, drawn so that no number stands without its interval."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sosie.cli.console import BASE, MODEL, Terminal, literal
from sosie.core import settings
from sosie.core.french_text import NOTHING, decimal, duration, number, percent, signed

if TYPE_CHECKING:
    from sosie.evaluate.measures.likeness import Difference, Likeness
    from sosie.evaluate.scores import Scores

LIGHTS = {"green": "[green]●[/]", "amber": "[yellow]●[/]", "red": "[red]●[/]", "unknown": "[yellow]○[/]"}
SHORT = {"base": "modèle de base", "base+5": "base, 5 exemples", "base+20": "base, 20 exemples"}
PARTS = {
    "test": "les plus récents, jamais appris",
    "valid": "ceux de la validation",
    "file": "du fichier",
}
WIDTH = 22  # of the scale from a stranger to oneself


def evaluate(
    *,
    double: Annotated[
        str | None, Parameter(name=MODEL, help="Le double : un nom d'entraînement ou un dossier")
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    held: Annotated[
        Path | None, Parameter(help="Dialogues jamais appris (JSONL) ; sinon data/test.jsonl du dossier")
    ] = None,
    learnt: Annotated[Path | None, Parameter(help="Avec --held : le fichier que ce double a appris")] = None,
    against: Annotated[
        str | None, Parameter(help="Un autre entraînement déjà évalué, à montrer à côté")
    ] = None,
    options: Annotated[settings.Evaluate, Parameter(name="*")] = settings.Evaluate(),
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Measure a double, on messages that it never learnt, beside its base model.

    Interrupted, it keeps the answers already given and goes on from there; a second time, it is instant.
    """
    scores = terminal.project.evaluate(double, held, learnt, against, options, terminal.report, base)
    terminal.end(scores.to_json(), lambda console: draw_evaluate(console, scores))


def draw_evaluate(console: Console, scores: "Scores") -> None:
    """The verdict, the scale, and a line a question."""
    from sosie.evaluate.verdict import headline, line_lights

    console.print()
    console.print(f"[bold]{headline(*scores.judged)}[/]")
    for sentence, gate in zip(scores.sentences, line_lights(*scores.judged), strict=True):
        console.print(f"{LIGHTS[gate]} [bold]{literal(sentence)}[/]", soft_wrap=True)
    console.print()
    console.print(scale(scores))
    console.print(f"  [dim]{asked(scores)}[/]", soft_wrap=True)
    for warning in (*scores.warnings, *scores.likeness.warnings):
        console.print(f"  [yellow]{literal(warning)}[/]", soft_wrap=True)
    console.print()
    console.print(questions(scores))
    if other := scores.against:
        gap = difference(other.likeness)
        console.print(f"\n  R de celui-ci moins R de « {literal(other.double)} » : {gap}", soft_wrap=True)
    console.print(
        f"\n  [dim]Tout le détail, pour un navigateur :[/] {literal(str(scores.page))}", soft_wrap=True
    )


def scale(scores: "Scores") -> Table:
    """Who stands where between a stranger (0) and the person (100), with the interval drawn."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("  Ressemblance", no_wrap=True)
    table.add_column(f"{'0 inconnu':<{WIDTH - 8}}vous 100", no_wrap=True)
    table.add_column("R", justify="right")
    table.add_column("à 95 %", justify="right", no_wrap=True)
    table.add_column("n", justify="right")
    table.add_column("écart du double")
    table.add_row("  [bold]le double[/]", *standing(scores.likeness, "bold cyan"), "")
    for rival in scores.rivals:
        gap = difference(rival.difference) if rival.difference.measurable else "–"
        table.add_row(f"  {SHORT[rival.name]}", *standing(rival.likeness, "cyan"), gap)
    return table


def standing(score: "Likeness", style: str) -> tuple[Text | str, str, str, str]:
    if score.value is None or score.low is None or score.high is None:
        return Text("non mesurable", "yellow"), "–", "–", number(score.n)
    low, at, high = (round(value / 100 * (WIDTH - 1)) for value in (score.low, score.value, score.high))
    signs = ["·"] * WIDTH
    signs[low : high + 1] = ["━"] * (high + 1 - low)
    bar = Text("".join(signs), "dim")
    bar.stylize(f"not dim {style}", low, high + 1)
    bar.plain = bar.plain[:at] + "◆" + bar.plain[at + 1 :]
    edges = f"{decimal(score.low, 0)} à {decimal(score.high, 0)}"
    return bar, decimal(score.value, 0), edges, number(score.n)


def difference(gap: "Difference") -> str:
    """« +34 (22 à 45) », and « pas sûr » where chance could do it."""
    if gap.value is None or gap.low is None or gap.high is None:
        return gap.reason or "–"
    words = f"{signed(gap.value, 0)} ({decimal(gap.low, 0)} à {decimal(gap.high, 0)})"
    return words if gap.low > 0 or gap.high < 0 else f"{words}, pas sûr"


def asked(scores: "Scores") -> str:
    contexts, mine = scores.contexts, scores.likeness
    people = "personnes inventées" if mine.invented_floor else "de vos correspondants"
    return (
        f"{number(contexts.n)} messages ({PARTS[contexts.part]}), une réponse chacun ; "
        f"étalon : {mine.others} {people} ; mesuré en {duration(scores.made.seconds)}."
    )


def questions(scores: "Scores") -> Table:
    """A light, a question, its answer."""
    from sosie.evaluate.verdict import line_lights

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    for gate, question, answer in (
        (line_lights(*scores.judged)[1], "Arbitre", referee(scores)),
        (scores.memorisation.gate, "Recopie", copies(scores)),
        belongs(scores),
        (scores.leaks.gate, "Fuites", leaks(scores)),
        (scores.french.gate, "Français", french(scores)),
        (scores.forgetting.gate, "Oubli", forgetting(scores)),
    ):
        table.add_row(f"  {LIGHTS[gate]}", question, literal(answer.replace(" · ", "\n")))
    return table


def referee(scores: "Scores") -> str:
    """The second judge: how often a classifier tells the double from the person, and words that are none."""
    found, words = scores.referee, scores.referee.words
    if found.c2st is None:
        return found.reason
    own = "" if found.ceiling is None else f" ; vous contre vous : {percent(found.ceiling)}"
    edges = f"{percent(found.low)} à {percent(found.high)}, n = {found.n}"
    unknown = (
        "" if words.share is None else f" · mots qui n'existent pas : {percent(words.share, 1)} sur {words.n}"
    )
    return f"reconnu dans {percent(found.c2st)} des paires ({edges}){own}{unknown}"


def copies(scores: "Scores") -> str:
    found = scores.memorisation
    if found.value is None:
        return found.reason
    longest = f"plus longue reprise : {found.longest_run} mots"
    return f"M = {decimal(found.value, 1)} ({edges_of(found.low, found.high, 1)}, n = {found.n}) · {longest}"


def belongs(scores: "Scores") -> tuple[str, str, str]:
    """Whether one could tell, from the weights, what it was trained on."""
    found = scores.memorisation.membership
    if found is None or found.auc is None:
        return "unknown", "Traces", "non mesurées"
    area = f"{decimal(found.auc)} ({edges_of(found.low, found.high, 2)}, n = {found.n})"
    words = f"réponses apprises reconnues par ses calculs : {area} ; 0,50 : aucune, 1 : toutes"
    return found.gate, "Traces", words


def leaks(scores: "Scores") -> str:
    found = scores.leaks
    if found.value is None:
        return found.reason
    classes = ", ".join(f"{kind} : {count}" for kind, count in found.found.items())
    words = (
        f"F = {found.value} en {number(found.n_generations)} réponses, "
        f"{number(found.n_secrets)} chaînes privées cherchées"
    )
    return f"{words} ({classes})" if classes else words


def french(scores: "Scores") -> str:
    found = scores.french
    if found.share is None:
        return found.reason
    own = f", vous {percent(found.own_share)}" if found.own_share is not None else ""
    edges = f"{percent(found.low)} à {percent(found.high)}, n = {found.judged}"
    faults = ((found.loops, "en boucle"), (found.empty, "vides"), (found.cut, "coupées"))
    counted = ", ".join(f"{round(share * found.n)} {word}" for share, word in faults)
    return f"{percent(found.share)} ({edges}){own} · sur {found.n} réponses : {counted}"


def forgetting(scores: "Scores") -> str:
    found, tests = scores.forgetting, scores.forgetting.minitests
    if found.change_percent is None or tests is None:
        return found.reason
    change = signed(found.change_percent, 1)
    edges = f"{edges_of(found.low, found.high, 1)}, n = {found.n}"
    harder = f"surprise devant du français neutre {change}\u202f% ({edges})"
    fewer = f"petits tests {tests.before} → {tests.after} sur {tests.n}"
    return f"{harder} · {fewer} (p = {decimal(tests.mcnemar_p)})"


def edges_of(low: float | None, high: float | None, digits: int) -> str:
    return NOTHING if low is None or high is None else f"{decimal(low, digits)} à {decimal(high, digits)}"
