"""The game opened from the page, beside it: on this machine, and to friends by a link with its code."""

import re

import httpx
import pytest

from sosie.api import Project
from sosie.arena.game import make_game
from sosie.arena.votes import Votes
from sosie.arena.web import launch
from sosie.arena.web.access import Door
from sosie.arena.web.session import Table
from sosie.core.dialogue import Turn
from sosie.evaluate.heldout import Context
from sosie.studio import game_view
from sosie.studio.jobs import Task
from sosie.studio.state import StudioState


@pytest.fixture
def state(tmp_path):
    """A page whose game is ready."""
    contexts = [Context((Turn("user", f"question {n}"),), f"réponse {n}") for n in range(12)]
    game = make_game(contexts, {"double": [f"autre {n}" for n in range(12)]})
    state = StudioState(Project(tmp_path))
    with Votes(tmp_path / "arena.db") as votes:
        state._games[None] = launch.beside(Table(game, votes), Door("127.0.0.1"), 18870)
        state.jobs["game"] = Task(state.open_game).wait()
        yield state
        state.close()
        state._games[None].shutdown()
        state._games[None].server_close()


def test_the_game_answers_on_this_machine_beside_the_page(state):
    address = re.search(r'href="(http://127\.0\.0\.1:\d+/)"', game_view.game(state))[1]
    assert "Qui a écrit ça" in httpx.get(address).text


def test_friends_are_invited_by_a_link_with_its_code_until_it_is_closed(state, monkeypatch):
    assert "<svg" not in game_view.game(state)
    monkeypatch.setattr(launch, "own_address", lambda: "127.0.0.1")
    game_view.GAME["invite"](state, {})
    html, link = game_view.game(state), state.invitation
    assert re.match(r"http://127\.0\.0\.1:\d+/\?key=[\w-]{12}$", link) and f'href="{link}"' in html
    assert 'role="img" aria-label="Code QR' in html and "lira des bouts de vos conversations" in html
    assert "Cette partie est privée" in httpx.get(link.partition("?")[0]).text
    with httpx.Client(follow_redirects=True) as friend:
        assert "Cette partie est privée" not in friend.get(link).text
    assert "key=" not in repr(state)
    game_view.GAME["close_to_friends"](state, {})
    assert "<svg" not in game_view.game(state)
    with pytest.raises(httpx.ConnectError):
        httpx.get(link)


def test_a_machine_without_a_network_is_told_so(state, monkeypatch):
    monkeypatch.setattr(launch, "own_address", lambda: "")
    with pytest.raises(Exception, match="sur aucun réseau"):
        game_view.GAME["invite"](state, {})
