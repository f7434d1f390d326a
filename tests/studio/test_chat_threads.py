"""Conversations of the page: kept only where that was asked for, and gone where they are deleted; votes."""

import json
import stat

import pytest

from sosie.api import Project
from sosie.recall.chats import Chats
from sosie.studio.chat_threads import Kept, listed
from sosie.studio.state import StudioState
from sosie.studio.votes import tally, vote

SAID = [{"role": "user", "content": "tu viens ?"}, {"role": "assistant", "content": "oui"}]


@pytest.fixture
def state(tmp_path):
    return StudioState(Project(tmp_path), double="lea")


@pytest.fixture
def kept(state):
    return Kept(state, None, None, None, ())


def test_nothing_is_kept_unless_it_was_asked_for(kept, tmp_path):
    kept.save(SAID, "")
    assert not list(tmp_path.iterdir())


def test_a_conversation_is_kept_opened_renamed_exported_and_deleted(kept, state, tmp_path):
    state.choices["keep_chats"] = True
    kept.save(SAID, "Sois bref.")
    kept.save([*SAID, {"role": "user", "content": "quand ?"}, {"role": "assistant", "content": "20h"}], "")
    (thread,) = Chats(state.workspace).threads()
    assert thread.name == "tu viens ?" and thread.double == "lea" and thread.turns == 4
    kept.begin()
    history, theirs, _ = kept.open(thread.id)
    assert history[:2] == SAID and theirs == []
    assert kept._told(kept._rename)("Ce soir")[0] == "Renommée."
    assert "Emporter" in kept._told(kept._export)("")[0]
    exported = json.loads((tmp_path / "sortie" / f"conversation-{thread.id}.json").read_text())
    assert exported["name"] == "Ce soir"
    assert kept._told(kept._delete)("")[0] == "Effacée."
    assert not Chats(state.workspace).threads() and b"20h" not in (tmp_path / "chats.db").read_bytes()


def test_a_damaged_file_is_told_and_does_not_close_the_page(kept, state, tmp_path):
    (tmp_path / "chats.db").write_bytes(b"not a database" * 100)
    state.choices["keep_chats"] = True
    assert "chats.db" in kept.save(SAID, "")[1] and listed(kept.chats) == []


def test_what_cannot_be_done_is_a_sentence(kept, state):
    assert "Ouvrez d'abord" in kept._told(kept._delete)("")[0]
    kept.thread = 99
    assert "n'existe pas" in kept._told(kept._delete)("")[0]


def test_a_vote_is_counted_and_quotes_nobody(state):
    assert vote(state, "up", []) == "Il n'y a pas encore de réponse."
    assert not (state.workspace.private / "avis.jsonl").exists()
    vote(state, "up", SAID)
    assert "Sur 2 avis : 1 bien vu, 0 bof, 1 pas moi." in vote(state, "not_me", SAID)
    path = state.workspace.private / "avis.jsonl"
    assert "oui" not in path.read_text() and stat.S_IMODE(path.stat().st_mode) == 0o600
    state.choose("autre")
    assert tally(state) == ""
