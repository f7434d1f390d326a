"""The game's tab: patience, then a link to this machine; or the sentence that says why not."""

import httpx
import pytest

from sosie.arena.game import make_game
from sosie.arena.votes import Votes
from sosie.arena.web.launch import beside
from sosie.core.errors import NothingToDo
from sosie.evaluate.heldout import Context
from sosie.studio.game_tab import play


def test_the_link_comes_when_the_game_is_ready():
    first, last = play(lambda: "http://127.0.0.1:7870/")
    assert "http" not in first and "(http://127.0.0.1:7870/)" in last


def test_no_game_is_a_sentence_and_a_mend():
    def nothing():
        raise NothingToDo("Pas assez de contextes.", "Importez plus de conversations.")

    assert list(play(nothing))[-1] == "Pas assez de contextes. Importez plus de conversations."


@pytest.fixture
def game():
    from sosie.core.dialogue import Turn

    contexts = [Context((Turn("user", f"question {n}"),), f"réponse {n}") for n in range(12)]
    return make_game(contexts, {"double": [f"autre {n}" for n in range(12)]})


def test_the_game_answers_on_this_machine_beside_the_page(game, tmp_path):
    with Votes(tmp_path / "arena.db") as votes:
        address = beside(game, votes, 18870)
        assert address.startswith("http://127.0.0.1:")
        assert "Qui a écrit ça" in httpx.get(address).text
