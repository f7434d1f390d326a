"""`make fuzz`: it goes on where it was stopped, gives the same damage again, and can say no."""

import json
import sys

import pytest

from tools import fuzz


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "STATE", tmp_path / "state")
    monkeypatch.setattr(fuzz, "RESULTS", tmp_path / "results")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["fuzz.py", "--only", "dialogue,csv", *words])
        code = fuzz.main()
        (kept,) = (tmp_path / "results").glob("fuzz-*.json")
        return code, json.loads(kept.read_text(encoding="utf-8"))

    return run


def test_a_run_goes_on_where_it_was_and_all_is_counted(run):
    assert run("--count", "10")[1]["read"] == 20
    code, result = run("--count", "25")
    told = result["formats"]["dialogue"]
    assert (code, result["read"], told["n"]) == (0, 50, 25)
    assert told["read"] + sum(told["refused"].values()) == 25 and not told["failures"]
    assert result["seed"] == 1 and result["commit"] and told["slowest"]["seconds"] > 0


def test_a_reader_that_falls_is_told_with_its_number(run, monkeypatch):
    def fall(path, source):
        if source == "dialogue":
            raise ValueError("oups")
        return fuzz.Outcome(1, "", 0.1, 0)

    monkeypatch.setattr(fuzz, "outcome", fall)
    code, result = run("--count", "3")
    assert code == 1 and result["failed"] == 3
    assert [failure["number"] for failure in result["formats"]["dialogue"]["failures"]] == [0, 1, 2]


@pytest.mark.parametrize("form", ["whatsapp", "email"])
def test_the_same_number_is_the_same_damage(form):
    whole = fuzz.specimens(form)[0]
    made = [fuzz.damage(whole, number, 1) for number in range(40)]
    assert made == [fuzz.damage(whole, number, 1) for number in range(40)]
    assert any(fuzz.ZIPPED in hurt for hurt in made)
    assert sum(hurt != {name: whole.get(name) for name in hurt} for hurt in made) > 35
