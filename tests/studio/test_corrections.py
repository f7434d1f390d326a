"""What is corrected in the page is kept for the next update, and only what was corrected."""

import pytest

from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.recall.corrections import corrections
from sosie.studio.state import StudioState
from sosie.studio.votes import edited, vote

HISTORY = [{"role": "user", "content": "tu viens ?"}, {"role": "assistant", "content": "Oui, avec joie."}]


@pytest.fixture
def state(tmp_path):
    return StudioState(Project(tmp_path), double="lea")


def test_an_edited_answer_and_one_that_is_not_me_are_kept(state):
    assert "train --update" in edited(state, HISTORY, 1, "Oui, avec joie.", "carrément")
    vote(
        state,
        "not_me",
        [*HISTORY, {"role": "user", "content": "sûr ?"}, {"role": "assistant", "content": "Oui."}],
    )
    first, second = corrections(state.workspace)
    assert (first.turns, first.given, first.wanted) == (
        (Turn("user", "tu viens ?"),),
        "Oui, avec joie.",
        "carrément",
    )
    assert (second.kind, second.given, second.wanted, len(second.turns)) == ("not_me", "Oui.", "", 3)


@pytest.mark.parametrize(("place", "wanted"), [(0, "tu viens demain ?"), (1, "  "), (1, "Oui, avec joie.")])
def test_the_own_message_an_empty_answer_and_no_change_are_no_corrections(state, place, wanted):
    assert edited(state, HISTORY, place, str(HISTORY[place]["content"]), wanted) == ""
    assert corrections(state.workspace) == []


def test_other_votes_keep_no_word(state):
    vote(state, "up", HISTORY)
    vote(state, "down", HISTORY)
    assert corrections(state.workspace) == []
    assert "joie" not in (state.workspace.private / "avis.jsonl").read_text(encoding="utf-8")
