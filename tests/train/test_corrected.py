"""Answers that the person corrected become what the next update learns."""

import json
import stat

import pytest

from sosie.core.dialogue import Turn
from sosie.core.workspace import Workspace
from sosie.recall.corrections import (
    CORRECTIONS,
    Correction,
    corrections,
    hide_in_corrections,
    keep_correction,
)
from sosie.train.corrected import corrected

ASKED = (Turn("user", "tu viens ce soir ?"),)
LATER = (*ASKED, Turn("assistant", "bonjour"), Turn("user", "alors ?"))


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def test_an_edited_answer_is_learnt_and_what_stands_before_only_read(workspace):
    keep_correction(workspace, Correction("lea", LATER, "Je serai ravie de venir.", "ouais jarrive"))
    (talk,) = corrected(workspace)
    assert [turn.text for turn in talk.turns if turn.learnt and turn.role == "assistant"] == ["ouais jarrive"]
    assert [turn.text for turn in talk.turns] == [*(turn.text for turn in LATER), "ouais jarrive"]
    (kept,) = corrections(workspace)
    assert (kept.turns, kept.given, kept.wanted) == (LATER, "Je serai ravie de venir.", "ouais jarrive")


def test_an_answer_edited_twice_is_one_correction_with_the_last_word(workspace):
    keep_correction(workspace, Correction("lea", ASKED, "Bonjour.", "bjr"))
    keep_correction(workspace, Correction("lea", ASKED, "bjr", "yo"))
    assert [(one.given, one.wanted) for one in corrections(workspace)] == [("Bonjour.", "yo")]


def test_not_me_is_kept_and_teaches_nothing_to_imitate(workspace):
    keep_correction(workspace, Correction("lea", ASKED, "Bonjour.", kind="not_me"))
    (kept,) = corrections(workspace)
    assert (kept.given, kept.wanted) == ("Bonjour.", "") and corrected(workspace) == []


def test_private_strings_of_a_correction_are_masked_before_they_are_learnt(workspace):
    keep_correction(workspace, Correction("lea", ASKED, "Oui.", "oui appelle moi au 06 12 34 56 78"))
    assert "06 12" not in str([turn.text for turn in corrected(workspace)[0].turns])


def test_a_name_that_must_go_goes_from_every_text(workspace):
    keep_correction(workspace, Correction("lea", (Turn("user", "Zoé vient ?"),), "Zoé ?", "non pas Zoé"))
    hide_in_corrections(workspace, lambda text: text.replace("Zoé", "[X]"))
    (made,) = corrections(workspace)
    assert (made.turns[0].text, made.given, made.wanted) == ("[X] vient ?", "[X] ?", "non pas [X]")
    assert "Zoé" not in (workspace.private / CORRECTIONS).read_text(encoding="utf-8")


def test_the_file_is_for_its_owner_and_a_line_cut_or_foreign_harms_nothing(workspace):
    keep_correction(workspace, Correction("lea", ASKED, "Bonjour.", "yo"))
    path = workspace.private / CORRECTIONS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    bad = ['{"messages": 3}', "[]", "null", json.dumps({"messages": [{"role": "tool", "content": "x"}]})]
    path.write_text(path.read_text(encoding="utf-8") + "\n".join([*bad, '{"at": "20']), encoding="utf-8")
    keep_correction(workspace, Correction("lea", LATER, "Bonjour.", "jsp"))
    assert [one.wanted for one in corrections(workspace)] == ["yo", "jsp"]
    assert "Bonjour" not in repr(corrections(workspace)) and "yo" not in repr(corrections(workspace))
