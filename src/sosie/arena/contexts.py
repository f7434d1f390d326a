"""What the blind game is played with: the held-out contexts of a folder, and the systems that answer them.

game_contexts(workspace, None, report)  ->  the contexts of `sosie evaluate`, and its seed
player(workspace, "lea")                ->  Player    a double, or a model without one
"""

from pathlib import Path

from sosie.arena.game import playable
from sosie.arena.players import Player, double_player, model_player
from sosie.core import settings, settings_file
from sosie.core.drafts import data_alone
from sosie.core.errors import UnknownModel
from sosie.core.jsonl import own_dialogues, read_told
from sosie.core.progress import Report
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace, closed_folder
from sosie.engines.base import open_engine
from sosie.evaluate.heldout import Context, held_out
from sosie.models.catalogue import find
from sosie.models.doubles import find_double, measured_in
from sosie.models.load import published_sampling, tokenizer_folder
from sosie.prepare.review.apply import apply_if_needed


def game_contexts(workspace: Workspace, held: Path | None, report: Report) -> tuple[list[Context], int]:
    """The contexts of `sosie evaluate`, whose answers are there where it has been run; and its seed."""
    options = settings_file.load(workspace.settings, "evaluate", settings.Evaluate)
    with data_alone(workspace, report):
        apply_if_needed(workspace)
        dialogues = (
            read_told(held, report)
            if held
            else own_dialogues(workspace, "test", missing_ok=True) or own_dialogues(workspace, "valid")
        )
    held_contexts = held_out(dialogues, options.contexts, options.seed, workspace.secret()).contexts
    return playable(held_contexts), options.seed


def player(workspace: Workspace, named: str | None, base: str | None = None) -> Player:
    """A double or a model at the game's table; opened only if it has answers to write."""
    if double := find_double(workspace, named, base):
        return double_player(double, measured_in(workspace, double), lambda: open_engine(double))
    spare = closed_folder(workspace.private) / "arena"
    return model_player(str(named), sampling_of_model(str(named)), spare, lambda: open_engine(str(named)))


def sampling_of_model(named: str) -> Sampling:
    """The sampling that a model's files ask for; the default where it has no files here."""
    try:
        return published_sampling(tokenizer_folder(find(named)))
    except UnknownModel:
        return Sampling()
