"""Whoever talks to a double reads that it is an AI, at first contact and without asking; so do machines."""

import io
import json
from pathlib import Path

import pytest

from sosie.arena.web import launch
from sosie.cli.main import _run
from sosie.engines.base import notice
from sosie.export import bundle, model_card, ollama, vllm


def test_a_double_and_a_model_are_named_each_for_what_it_is():
    assert notice("lea", double=True) == "Vous parlez au double de lea, une IA."
    assert notice("mini", double=False) == "Vous parlez à mini, une IA."


def test_the_terminal_says_it_before_the_first_message(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO("salut\n"))
    assert _run(["chat", "--double", "echo", "--folder", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert told.index("Vous parlez à echo, une IA.") < told.index("salut")


def test_one_answer_for_a_machine_says_where_it_comes_from(capsys, tmp_path):
    assert _run(["chat", "--double", "echo", "--once", "salut", "--folder", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["origin"] == "model"


def test_the_game_says_that_one_answer_may_be_an_ai():
    page = Path(launch.__file__).with_name("page.html").read_text(encoding="utf-8")
    assert "une IA qui imite" in page[: page.index('id="duel"')]


@pytest.mark.parametrize(
    "text", [bundle.ABOUT, vllm.SERVER_README, ollama.LICENCE, model_card.CARD_TEXT], ids=lambda t: t[:20]
)
def test_what_leaves_says_it_too(text):
    assert "une IA" in text
