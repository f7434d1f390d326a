"""Answers written before the game: what an evaluation left is taken, what is missing is written once."""

from dataclasses import replace

import pytest

from sosie.arena import contexts as game_inputs
from sosie.arena.players import Player, Unopened, answered, double_player, model_player
from sosie.core.circles import instruction
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import Double
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.engines.echo import Echo
from sosie.evaluate.answer_cache import Speaker, answers, ask
from sosie.evaluate.heldout import held_out
from sosie.models.catalogue import MINI
from sosie.models.load import published_sampling

SEED = 7


@pytest.fixture
def contexts():
    talks = [
        Dialogue((Turn("user", f"le {n} tu fais quoi ?"), Turn("assistant", f"rien {n}"))) for n in range(40)
    ]
    return held_out(talks, 200, SEED).contexts


class Parrot(Echo):
    """Counts how many questions it was asked."""

    asked = 0

    def answers(self, many_turns, sampling, seeds=()):
        self.asked += len(many_turns)
        return super().answers(many_turns, sampling, seeds)


def never():
    raise AssertionError("the model was loaded")


def player(folder, open_it, name="perroquet"):
    return Player(name, "w", Unopened(name, Sampling(), open_it), folder)


def evaluated(folder, contexts):
    """What `sosie evaluate` leaves."""
    return answers(Speaker("double", "", Echo(), "w"), ask(contexts, SEED), Sampling(), folder)


def test_answers_of_an_evaluation_are_taken_and_no_model_is_loaded(tmp_path, contexts):
    evaluated(tmp_path, contexts[:30])
    found, said = answered([player(tmp_path, never)], contexts, 20, SEED)
    assert len(found) == 20 and set(found) <= set(contexts[:30])
    assert said["perroquet"] == [context.asked for context in found]


def test_what_is_missing_is_written_once_and_told(tmp_path, contexts):
    evaluated(tmp_path, contexts[:8])
    parrot, events = Parrot(), []
    first = answered([player(tmp_path, lambda: parrot)], contexts, 20, SEED, events.append)
    assert parrot.asked == 12 and (events[-1].done, events[-1].total) == (12, 12)
    assert answered([player(tmp_path, never)], contexts, 20, SEED) == first
    assert len((tmp_path / "answers-double.jsonl").read_text().splitlines()) == 8  # left as it was


def test_other_weights_are_asked_again(tmp_path, contexts):
    evaluated(tmp_path, contexts)
    parrot = Parrot()
    other = Player("autre", "w2", Unopened("autre", Sampling(), lambda: parrot), tmp_path)
    answered([other], contexts, 20, SEED)
    assert parrot.asked == 20


def test_two_players_answer_the_same_contexts(tmp_path, contexts):
    evaluated(tmp_path / "a", contexts[20:])
    parrot = Parrot()
    table = [player(tmp_path / "a", never, "a"), player(tmp_path / "b", lambda: parrot, "b")]
    found, said = answered(table, contexts, 20, SEED)
    assert set(found) == set(contexts[20:]) and said["a"] == said["b"] and parrot.asked == 20


def test_a_double_plays_in_the_circle_of_each_context_which_the_table_does_not_see(tmp_path, contexts):
    heard = []

    class Listener(Parrot):
        def answers(self, many_turns, sampling, seeds=()):
            heard.extend(turns[0] for turns in many_turns)
            return super().answers(many_turns, sampling, seeds)

    apart = [replace(context, circle="vouvoiement") for context in contexts[:4]]
    seated = replace(player(tmp_path, Listener), circles=("tutoiement", "vouvoiement"))
    found, _ = answered([seated], [*apart, *contexts[4:8]], 8, SEED)
    told = [turn.text for turn in heard]
    assert told.count(instruction("vouvoiement")) == 4 == told.count(instruction("tutoiement"))
    assert all(context.turns[0].role == "user" for context in found)


def test_a_double_is_called_by_its_run_and_its_weights(tmp_path):
    double = Double("mini", "mini", talking=Sampling(temperature=0.3), adapter_sha256="abcdef012345")
    seated = double_player(double, tmp_path / "lea", never)
    assert seated.name == "lea@abcdef" and seated.folder == tmp_path / "lea" / "evaluate"
    assert seated.engine.sampling.temperature == 0.3 and seated.weights.startswith("abcdef012345 ")


def test_a_model_in_a_folder_is_called_by_its_last_name(tmp_path):
    (tmp_path / "modele").mkdir()
    one = model_player(str(tmp_path / "modele"), Sampling(), tmp_path, never)
    other = model_player("echo", Sampling(), tmp_path, never)
    assert (one.name, other.name) == ("modele", "echo") and one.folder != other.folder


def test_a_model_draws_its_words_as_its_own_files_say(tmp_path):
    mini, echo = (game_inputs.player(Workspace(tmp_path), named).engine for named in ("mini", "echo"))
    assert mini.sampling == published_sampling(MINI) != Sampling() == echo.sampling
