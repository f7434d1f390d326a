"""`sosie prepare`: from messages to dialogues."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sosie.cli.console import Terminal
from sosie.core import settings
from sosie.core.french_text import duration, number, percent, plural

if TYPE_CHECKING:
    from sosie.prepare.pipeline import Prepared

# Each room of the wing in a user's words, and what it counts.
ROOMS = {
    "consent": ("consentement", "message"),
    "review": ("relecture", "dialogue"),
    "conversations": ("discussions", "discussion"),
    "messages": ("messages", "message"),
    "turns": ("séances", "séance"),
    "dedupe": ("doublons", "dialogue"),
    "repeats": ("répétitions", "réponse"),
    "quality": ("qualité", "dialogue"),
    "near": ("presque doublons", "dialogue"),
    "split": ("mesure", "dialogue"),
    "copies": ("réponses mesurées", "réponse"),
    "generated": ("questions inventées", "dialogue"),
}


def prepare(
    *,
    options: Annotated[settings.Prepare, Parameter(name="*")] = settings.Prepare(),
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Sessions, turns, privacy, dedupe, quality, split."""
    prepared = terminal.project.prepare(options, terminal.report)
    terminal.end(prepared.to_json(), lambda console: draw_prepare(console, prepared))


def draw_prepare(console: Console, prepared: "Prepared") -> None:
    """What is kept, what was hidden, what was dropped and why."""
    parts = prepared.to_json()
    counts = parts["dialogues"]
    made = parts["generated"]
    invented = f" dont {number(made)} à question inventée" if made else ""
    say(
        console,
        f"{plural(sum(counts.values()), 'dialogue')} ({number(counts['train'])} pour apprendre{invented}, "
        f"{number(counts['valid'])} pour savoir quand s'arrêter, {number(counts['test'])} pour mesurer), "
        f"{plural(parts['replies'], 'réponse')} de vous, {plural(parts['words'], 'mot')}.",
        "[green]✓[/]",
    )
    if parts["masked"]:
        most = sorted(parts["masked"].items(), key=lambda found: -found[1])
        say(console, f"Masqué : {', '.join(hidden(*found) for found in most)}.")
    if parts["flagged"]:
        found = ", ".join(f"{category} ({number(count)})" for category, count in parts["flagged"].items())
        say(console, f"Sujets sensibles (RGPD, article 9) : {found}. Rien n'est écarté pour cela.")
    console.print(rooms(parts["messages"]))
    told = silences(parts["silences"]), groups(parts["groups"]), circles(parts["circles"])
    for sentence in (*told, missing(parts["likeness"])):
        if sentence:
            say(console, sentence)
    say(console, "[dim]→ sosie review, pour relire ; ou sosie train[/]")


def say(console: Console, sentence: str, mark: str = " ") -> None:
    """A sentence, whose further lines stand below its first word."""
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_row(mark, sentence)
    console.print(line)


def rooms(account: dict[str, Any]) -> Table:
    """How many messages were left after each room, and why the others were not."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("Salle", "Restent", "Écartés"):
        table.add_column(title, justify="left" if title == "Salle" else "right", no_wrap=True)
    table.add_column("Pourquoi")
    table.add_row(
        "import",
        number(account["read"]),
        "",
        Text("messages lus, notices de l'application comprises", style="dim"),
    )
    for room in account["rooms"]:
        name, item = ROOMS.get(room["room"], (room["room"], "objet"))
        lines = [one_reason(reason, item) for reason in room["reasons"]]
        left_out = sum(reason["messages"] for reason in room["reasons"])
        table.add_row(name, number(room["left"]), number(left_out), Text("\n".join(lines), style="dim"))
    told = f"{number(account['learnt'])} appris, {number(account['context'])} à lire seulement"
    table.add_row("dialogues", number(account["learnt"] + account["context"]), "", told)
    return table


def one_reason(told: dict[str, Any], item: str) -> str:
    """« 12 dialogues · copie exacte d'un autre dialogue »"""
    return f"{plural(told['items'], item)} · {told['reason']}"


def silences(told: dict[str, Any]) -> str:
    """At what silences the threads were cut."""
    if told["median"] is None:
        return ""
    shortest, longest = (duration(60 * told[name]).removesuffix(" 00 s") for name in ("shortest", "longest"))
    if not told["adapted"]:
        return f"Silence qui sépare deux conversations : {shortest}, votre réglage."
    if shortest == longest:
        return f"Silence qui sépare deux conversations : {shortest}, d'après le rythme de la discussion."
    return f"Silence qui sépare deux conversations : de {shortest} à {longest}, selon le rythme de chacune."


def groups(told: list[dict[str, Any]]) -> str:
    """The owner's share in groups."""
    written = [group for group in told if group["messages"]]
    if not written:
        return ""
    shares = [group["yours"] / group["messages"] for group in written]
    left = sum(not group["kept"] for group in written)
    between = (
        percent(shares[0]) if len(shares) == 1 else f"de {percent(min(shares))} à {percent(max(shares))}"
    )
    many = "s" * (len(written) > 1)
    out = f" ; {number(left)} laissé{'s' * (left > 1)} de côté" if left else ""
    return f"{number(len(written))} groupe{many}, où vous avez écrit {between} des messages{out}."


def circles(told: dict[str, int]) -> str:
    """The manners of writing, where there are several."""
    listed = (f"{name} ({plural(count, 'réponse')})" for name, count in told.items())
    return f"Vous n'écrivez pas à tous de même : {' ; '.join(listed)}." if told else ""


def missing(told: dict[str, Any]) -> str:
    """How many more replies it takes to measure likeness."""
    if not told["missing_replies"]:
        return ""
    more, needed, held = (number(told[name]) for name in ("missing_replies", "needed", "held"))
    return (
        f"Pour que la ressemblance soit mesurable, il manque environ {more} de vos réponses : il en faut "
        f"{needed} de quatre mots gardées de côté, et il y en a {held}. D'ici là, le verdict sera gris."
    )


def hidden(name: str, count: int) -> str:
    """« téléphone (2) »"""
    from sosie.prepare.pii.detectors import KINDS

    return f"{next((kind.one for kind in KINDS if kind.name == name), name)} ({number(count)})"
