"""`sosie evaluate`: what a person reads, what a script does, and what is said when it cannot be."""

import json
import threading
import time

import pytest
from evaluate.sitting import COUNT, data, faithful, subject

from sosie import Project
from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.evaluate import answer_cache, inputs, score_store
from sosie.train.run import keep_some_for_validation
from sosie.train.run_folder import fingerprint

BRIEFLY = ["--generations", "100", "--contexts", str(COUNT)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with a double of which only the manifest is real."""
    workspace = Workspace(tmp_path_factory.mktemp("moi"))
    told = data()
    jsonl.write(workspace.data / "train.jsonl", told.train)
    jsonl.write(workspace.data / "test.jsonl", told.held)
    folder = workspace.run("essai") / "double"
    folder.mkdir(parents=True)
    Double("mini", "mini", sampling=Sampling()).write(folder)
    return workspace


@pytest.fixture(autouse=True)
def without_weights(monkeypatch):
    lines = faithful()
    monkeypatch.setattr(inputs, "subject", lambda double, report: subject(lines))


def run(workspace, capsys, *words):
    code = _run(["evaluate", "--folder", str(workspace.folder), *words])
    return code, *capsys.readouterr()


def test_json_is_one_object_with_the_row_of_the_contract(workspace, capsys):
    code, out, _ = run(workspace, capsys, *BRIEFLY, "--json")
    told = json.loads(out)
    assert code == 0
    assert {"likeness", "memorisation", "leaks", "french", "forgetting", "report"} <= set(told)
    assert {"value", "low", "high", "n", "others", "measurable", "base"} <= set(told["likeness"])
    page = workspace.run("essai") / "report.html"
    assert told["report"] == str(page) and "<html" in page.read_text("utf-8")


def test_two_evaluations_at_once_ask_once(workspace):
    heard, done = [], []

    def evaluate():
        done.append(Project(workspace.folder).evaluate(report=heard.append, generations=100, contexts=COUNT))

    with score_store.one_at_a_time(workspace.run("essai"), heard.append):
        both = [threading.Thread(target=evaluate) for _ in range(2)]
        for each in both:
            each.start()
        while any(each.is_alive() for each in both) and sum("on l'attend" in e.text for e in heard) < 2:
            time.sleep(0.01)
        assert not done
    for each in both:
        each.join()
    assert done[0].to_json() == done[1].to_json()
    for path in (workspace.run("essai") / "evaluate").glob("answers-*.jsonl"):
        keys = [line["key"] for line in answer_cache.lines(path)]
        assert len(keys) == len(set(keys))


def test_a_person_reads_a_verdict_and_no_number_stands_alone(workspace, capsys):
    code, out, _ = run(workspace, capsys, *BRIEFLY)
    said = " ".join(out.split())
    assert code == 0
    assert "Ressemble à vous à" in said and "±" in said and "Ne recopie pas." in said
    assert "modèle de base" in said and "base, 20 exemples" in said and "à 95" in said
    assert "personnes inventées" in said and "report.html" in said


def test_a_run_that_is_not_there_is_a_sentence_and_a_mend(workspace, capsys):
    code, out, _ = run(workspace, capsys, "--double", "absent", "--json")
    error = json.loads(out)["error"]
    assert code == 3 and "absent" in error["message"] and "essai" in error["mend"]


def test_a_run_to_compare_with_must_have_been_evaluated(workspace, capsys):
    other = workspace.run("autre") / "double"
    other.mkdir(parents=True, exist_ok=True)
    Double("mini", "mini").write(other)
    code, out, _ = run(workspace, capsys, "--double", "essai", "--against", "autre", "--json")
    assert code == 3 and "sosie evaluate --double autre" in json.loads(out)["error"]["mend"]


def test_an_impossible_setting_is_refused_in_french(workspace, capsys):
    code, out, _ = run(workspace, capsys, "--contexts", "3", "--json")
    assert code == 2 and "--contexts" in json.loads(out)["error"]["message"]


def test_a_stop_leaves_what_was_answered(workspace, capsys, monkeypatch):
    def stops(engine):
        engine.stop_at = 32

    lines = faithful()
    monkeypatch.setattr(inputs, "subject", lambda double, report: subject(lines, stops))
    code, out, _ = run(workspace, capsys, "--seed", "8", *BRIEFLY, "--json")
    assert code == 130 and json.loads(out)["error"]["kind"] == "Stopped"
    kept = workspace.run("essai") / "evaluate" / "answers-double.jsonl"
    assert len(kept.read_text("utf-8").splitlines()) >= 32


@pytest.mark.parametrize("trained_on", ["the file", "the folder", "something else"])
def test_what_the_double_has_learnt_is_no_fair_measure_and_that_is_told(workspace, capsys, trained_on):
    taught, held = data().train, workspace.folder / "garde.jsonl"
    jsonl.write(held, taught)
    sets = {"the file": keep_some_for_validation(taught), "the folder": (taught, []), "something else": ([],)}
    plan = workspace.run("essai") / "plan.json"
    plan.write_text(json.dumps({"data_sha256": fingerprint(*sets[trained_on])}), encoding="utf-8")
    words = ["--double", "essai", "--json", "--held", str(held)]
    code, _, err = run(workspace, capsys, *BRIEFLY, *words)
    plan.unlink()
    warned = f"{len(taught)} des {len(taught)} dialogues de « garde.jsonl » ont servi à entraîner ce double"
    assert code == 0 and (warned in " ".join(err.split())) == (trained_on != "something else")
