"""`sosie arena`: the blind game « Qui a écrit ça ? », and what the votes say so far."""

import os
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from sosie.arena.judge_client import Server
from sosie.arena.scoreboard import PERSON
from sosie.cli import passphrase
from sosie.cli.console import BASE, MODEL, Terminal, literal
from sosie.core import settings
from sosie.core.errors import BadSettings
from sosie.core.french_text import decimal, number

if TYPE_CHECKING:
    from sosie.arena.judge import Judged, Share
    from sosie.arena.scoreboard import Fooling, Scoreboard

PLAYERS = {
    "acquaintances": "par ceux qui connaissent la personne",
    "strangers": "par ceux qui ne la connaissent pas",
    "unsaid": "par ceux qui ne l'ont pas dit",
}
KEY = "SOSIE_ARENA_KEY"  # of the environment, where no file is given
JUDGE_KEY = "SOSIE_JUDGE_KEY"  # of the environment, where the judge's server asks for one


def arena(
    *,
    options: Annotated[settings.Arena, Parameter(name="*")] = settings.Arena(),
    double: Annotated[
        tuple[str, ...],
        Parameter(
            name=MODEL,
            negative="",
            help="Qui joue contre vous ; plusieurs fois si besoin (sinon : le dernier double)",
        ),
    ] = (),
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    held: Annotated[
        Path | None, Parameter(help="Dialogues jamais appris (JSONL), à la place de ceux du dossier")
    ] = None,
    host: Annotated[str, Parameter(help="L'adresse ; hors de cette machine, avec une clé")] = "127.0.0.1",
    key_file: Annotated[
        Path | None,
        Parameter(help=f"Fichier de la clé à donner à vos amis (sinon : {KEY}, ou une clé tirée au sort)"),
    ] = None,
    key: Annotated[str | None, Parameter(show=False)] = None,
    tally: Annotated[bool, Parameter(negative="", help="Dire seulement le résultat des votes")] = False,
    judge: Annotated[
        str | None,
        Parameter(help="Un modèle juge à votre place : http://127.0.0.1:11434/v1#mistral, par exemple"),
    ] = None,
    judge_elsewhere: Annotated[
        bool, Parameter(negative="", help="Accepter que le juge soit ailleurs et lise vos messages")
    ] = False,
    browser: Annotated[bool, Parameter(negative="--no-browser", help="Ouvrir le navigateur")] = True,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Open the game, tell its tally, or let a model judge."""
    if tally:
        counted = terminal.project.tally(options.seed)
        terminal.end(counted.to_json(), lambda console: draw_arena(console, counted))
        return
    if judge:
        server = Server(judge, os.environ.get(JUDGE_KEY, ""), judge_elsewhere)
        judged = terminal.project.judge(server, _one(double), held, options.seed, terminal.report, base)
        terminal.end(judged.to_json(), lambda console: draw_judged(console, judged))
        return
    if terminal.as_json:
        raise BadSettings(
            "La partie n'a rien à dire en JSON.", "Pour le résultat : sosie arena --tally --json"
        )
    from sosie.arena.votes import Votes
    from sosie.arena.web import launch
    from sosie.arena.web.access import Door
    from sosie.arena.web.session import Table

    key = _key(key_file, key, host)
    door = Door(host, key)  # before any model is loaded: a refusal comes at once
    game = terminal.project.arena(double, held, options, terminal.report, base)
    terminal.quiet()
    with Votes(terminal.project.workspace.arena) as votes:
        table = launch.open_server(Table(game, votes), door, options.port)
        tell = partial(terminal.console.print, soft_wrap=True, markup=False)  # a link stays on one line
        launch.launch(table, options.port, key, browser, tell, partial(draw_code, terminal.console))


def _key(file: Path | None, said: str | None, host: str) -> str:
    """The key of a file or of the environment; else drawn by lot, or none on this machine alone."""
    from sosie.arena.web.access import is_here

    if said is not None:
        raise BadSettings(
            "Une clé ne se donne pas dans la commande : tous les comptes de la machine peuvent l'y lire.",
            f"Sans --key, sosie en tire une ; pour la choisir : --key-file FICHIER, ou la variable {KEY}.",
        )
    return passphrase.given(file, KEY) or ("" if is_here(host) else secrets.token_urlsafe(9))


def draw_code(console: Console, link: str) -> None:
    """The link as a QR code, on a screen that can show one."""
    from sosie.arena.web import qr_code

    rows = qr_code.modules(link)
    if rows and len(rows) <= console.width and console.color_system and not console.options.ascii_only:
        console.print(Text(qr_code.in_blocks(rows), style="#000000 on #ffffff"), no_wrap=True)


def draw_arena(console: Console, tally: "Scoreboard") -> None:
    """« Le double a été pris pour vous dans 42 % des votes, entre 33 et 52 (à 95 %) »"""
    known = f", {number(tally.known)} mis de côté (conversation connue)" if tally.known else ""
    console.print(
        f"{number(tally.votes)} votes de {number(tally.raters)} joueurs "
        f"sur {number(tally.questions)} contextes{known}."
    )
    for row in tally.fooling:
        console.print(_said(row), soft_wrap=True)
        for part in (part for part in tally.by_group if part.player == row.player and part.n):
            console.print(f"    {PLAYERS[part.group]} : {_rate(part)}", soft_wrap=True)
    console.print("  [dim]50 % : personne ne fait la différence[/]")
    if tally.strengths:
        console.print("  Qui passe le plus pour la vraie personne (force, intervalle à 95 %) :")
    for place, strong in enumerate(tally.strengths, 1):
        console.print(
            f"    {place}. {called(strong.player)} : {decimal(strong.strength)} "
            f"({decimal(strong.low)} à {decimal(strong.high)})"
        )


def draw_judged(console: Console, judged: "Judged") -> None:
    """How far the judge can be believed, then what it says."""
    console.print(f"Juge : {literal(judged.model) or 'inconnu'}", soft_wrap=True)
    found = judged.calibration
    if found.value is not None:
        console.print(f"  Il reconnaît la personne parmi d'autres : {_share(found)}", soft_wrap=True)
    if judged.fooled is None:
        console.print(f"[yellow]{judged.reason}[/]", soft_wrap=True)
    else:
        console.print(
            f"  Il prend le double pour la personne : [bold]{_share(judged.fooled)}[/]", soft_wrap=True
        )
        console.print(
            "  [dim]Une indication : un modèle n'est pas un ami. 50 % : il ne fait pas la différence[/]"
        )


def _share(found: "Share") -> str:
    """« 82 %, entre 71 et 89 (à 95 %, 52 paires dont 4 ex æquo) »"""
    value, low, high = (decimal(100 * (part or 0), 0) for part in (found.value, found.low, found.high))
    return f"{value} %, entre {low} et {high} (à 95 %, {found.n} paires dont {found.ties} ex æquo)"


def _one(doubles: tuple[str, ...]) -> str | None:
    if len(doubles) > 1:
        raise BadSettings("Un juge ne compare qu'un double à la fois.", "Nommez-en un seul : --double NOM")
    return doubles[0] if doubles else None


def _said(row: "Fooling") -> str:
    if row.rate is None:
        return f"  [bold]{called(row.player)}[/] : aucun vote contre la vraie personne"
    return f"  [bold]{called(row.player)}[/] a été pris pour la vraie personne dans {_rate(row)}"


def _rate(row: "Fooling") -> str:
    """« 42 % des votes, entre 33 et 52 (à 95 %, 100 votes) »"""
    return (
        f"[bold]{decimal(100 * (row.rate or 0), 0)} %[/] des votes, entre {decimal(100 * row.low, 0)} et "
        f"{decimal(100 * row.high, 0)} (à 95 %, {number(row.n)} votes)"
    )


def called(player: str) -> str:
    """« lea@3fa2b1 » -> « lea »"""
    return "la vraie personne" if player == PERSON else literal(player.partition("@")[0])
