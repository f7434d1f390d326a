"""The blind game of a folder: opened to friends, judged by a model, counted.

open_game(workspace, ["lea"])       ->  Game          every answer is written beforehand
judge_double(workspace, client)     ->  Judged        a model that the user named is the only rater
count_votes(workspace)              ->  Scoreboard    what friends have said so far
keep_rates(workspace)               the same beside each double's scores, for the certificate of its exports
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from sosie.arena.contexts import game_contexts, player
from sosie.arena.game import Game, make_game
from sosie.arena.judge import EXAMPLES, MOST, Judged, judge
from sosie.arena.judge_client import Server
from sosie.arena.players import answered, player_name
from sosie.arena.scoreboard import Scoreboard, scoreboard
from sosie.arena.votes import Votes
from sosie.core.double import Double
from sosie.core.errors import BadData, NothingToDo
from sosie.core.jsonl import own_dialogues
from sosie.core.progress import Report, silent
from sosie.core.settings import Arena
from sosie.core.workspace import Workspace, closed_folder, write_json
from sosie.evaluate.heldout import interlocutors
from sosie.evaluate.personas import baseline_people
from sosie.evaluate.score_store import FOLDER
from sosie.models.doubles import measured_in

FOOLING = "fooling.json"
STRANGERS = 200  # replies of each invented person


def open_game(
    workspace: Workspace,
    doubles: Sequence[str] = (),
    held: Path | None = None,
    options: Arena = Arena(),
    report: Report = silent,
    base: str | None = None,
) -> Game:
    """The game against these doubles or models, else the newest double.

    `held` names a file of dialogues in place of the folder's own, for a double that was trained on a file.
    """
    contexts, sampled = game_contexts(workspace, held, report)
    players = [player(workspace, named, base) for named in dict.fromkeys(doubles or (None,))]
    return make_game(*answered(players, contexts, options.duels, sampled, report), options.seed)


def judge_double(
    workspace: Workspace,
    server: Server,
    double: str | None = None,
    held: Path | None = None,
    seed: int = 7,
    report: Report = silent,
    base: str | None = None,
) -> Judged:
    """What a model says of the double; it must first tell the person from others."""
    contexts, sampled = game_contexts(workspace, held, report)
    asked, answers = answered([player(workspace, double, base)], contexts, EXAMPLES + MOST, sampled, report)
    (given,) = answers.values()
    around = [talk for part in ("train", "valid", "test") for talk in own_dialogues(workspace, part, True)]
    others = [] if held else list(interlocutors(around).values())
    truth, turns = [context.reply for context in asked], [context.turns for context in asked]
    return judge(server, truth, given, turns, others or baseline_people(STRANGERS), seed, report)


def count_votes(workspace: Workspace, seed: int = 7) -> Scoreboard:
    """The votes so far. NothingToDo where nobody has played."""
    nobody = NothingToDo("Personne n'a encore joué ici.", "Ouvrez une partie : sosie arena")
    if not workspace.arena.is_file():
        raise nobody
    with Votes(workspace.arena) as votes:
        given = votes.all()
    if not given:
        raise nobody
    return scoreboard(given, seed=seed)


def keep_rates(workspace: Workspace) -> None:
    """How often each double of this folder was taken for the person, in its evaluate/fooling.json."""
    try:
        board = count_votes(workspace)
    except (NothingToDo, BadData):
        return
    for manifest in workspace.runs.glob("*/double/double.json"):
        with suppress(BadData):  # a damaged double has its own verbs to say so
            double = Double.read(manifest.parent)
            run = measured_in(workspace, double)
            name = player_name(double, run)
            rates = {row.group: asdict(row) for row in board.by_group if row.player == name}
            if rates:
                told = {"adapter_sha256": double.adapter_sha256, **rates}
                write_json(closed_folder(run / FOLDER) / FOOLING, told)
