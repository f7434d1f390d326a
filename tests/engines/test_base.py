"""The door: what opens what, and the engine that needs no model."""

from pathlib import Path

import pytest

from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.errors import BadData, UnknownModel
from sosie.core.sampling import Sampling
from sosie.engines.base import Doubled, Scorer, Usage, complete, kind_of, open_engine
from sosie.engines.echo import Echo
from sosie.engines.local import Local

TALK = (Turn("system", "s"), Turn("user", "tu viens\nce soir ?"), Turn("assistant", "non"))


def test_a_folder_a_path_and_a_manifest_open_the_same_double(double_folder):
    for what in (double_folder, str(double_folder), Double.read(double_folder)):
        engine = open_engine(what)
        assert isinstance(engine, Local)
        assert engine.name == "lea"


def test_a_model_s_folder_opens_under_its_own_name(folders):
    assert open_engine(str(folders["mistral"])).name == "mistral"


def test_options_go_to_the_loading_room(folders):
    import torch

    assert open_engine(folders["mistral"], dtype="bfloat16")._runner.model.dtype == torch.bfloat16


def test_what_cannot_be_opened_is_a_sentence(tmp_path):
    with pytest.raises(UnknownModel):
        open_engine("zzz")
    (tmp_path / "double.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadData):
        open_engine(tmp_path)


def test_a_folder_called_echo_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kind_of("echo") == "echo"
    (tmp_path / "echo").mkdir()
    assert kind_of("echo") == "local"
    assert kind_of(Path("echo")) == "local"


def test_echo_says_the_last_question_again_word_by_word():
    engine = open_engine("echo")
    assert isinstance(engine, Echo)
    assert not isinstance(engine, Doubled)
    assert not isinstance(engine, Scorer)
    assert list(engine.stream(TALK, Sampling())) == ["tu", " viens", "\nce", " soir", " ?"]
    assert engine.answers([TALK, ()], Sampling(max_tokens=2)) == ["tu viens", ""]


def test_complete_gives_the_text_and_what_it_cost():
    answer, usage = complete(Echo().stream(TALK, Sampling(max_tokens=3)))
    assert answer == "tu viens\nce"
    assert (usage.tokens, usage.ending) == (3, "length")
    assert Usage().tokens_per_second == 0.0


def test_a_double_opens_as_it_talks_and_not_as_it_is_measured(double_folder):
    manifest = Double.read(double_folder)
    assert open_engine(double_folder).sampling == manifest.talking != manifest.sampling
    assert open_engine(double_folder).base.sampling == manifest.talking
