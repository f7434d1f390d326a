"""The game opened from the page, beside it, on this machine only."""

import httpx

from sosie.arena.game import make_game
from sosie.arena.votes import Votes
from sosie.arena.web.launch import beside
from sosie.core.dialogue import Turn
from sosie.evaluate.heldout import Context


def test_the_game_answers_on_this_machine_beside_the_page(tmp_path):
    contexts = [Context((Turn("user", f"question {n}"),), f"réponse {n}") for n in range(12)]
    game = make_game(contexts, {"double": [f"autre {n}" for n in range(12)]})
    with Votes(tmp_path / "arena.db") as votes:
        address = beside(game, votes, 18870)
        assert address.startswith("http://127.0.0.1:")
        assert "Qui a écrit ça" in httpx.get(address).text
