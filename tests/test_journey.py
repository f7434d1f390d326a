"""One journey, from a zip to an answer, on a CPU: what `make demo` promises is held here."""

import json
import re
import stat

import pytest

import sosie.demo
from sosie import api
from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.workspace import Workspace


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("journey"))
    return workspace, api.demo(workspace.folder)


def words(text):
    return re.findall(r"\w+", text.lower())


def runs(text, length=6):
    said = words(text)
    return {tuple(said[start : start + length]) for start in range(len(said) - length + 1)}


def replies(workspace, part):
    return [reply for dialogue in jsonl.read(workspace.data / f"{part}.jsonl") for reply in dialogue.replies]


def test_the_person_is_less_surprising_after_training(journey):
    _, done = journey
    assert done.trained.valid_loss <= 0.85 * done.trained.valid_loss_before


def test_training_and_validation_share_no_run_of_six_words(journey):
    workspace, _ = journey
    learnt = set().union(*(runs(reply) for reply in replies(workspace, "train")))
    assert not any(runs(reply) & learnt for reply in replies(workspace, "valid"))


def test_the_tics_come_with_training_and_not_before(journey):
    _, done = journey
    tics = re.compile("|".join(sosie.demo.tics()), re.IGNORECASE)
    assert len(done.answers) == 10
    assert sum(bool(tics.search(after)) for _, _, after in done.answers) >= 6
    assert sum(bool(tics.search(before)) for _, before, _ in done.answers) <= 1


def test_no_long_answer_is_a_training_reply(journey):
    workspace, done = journey
    learnt = {tuple(words(reply)) for reply in replies(workspace, "train")}
    assert not any(len(words(after)) >= 8 and tuple(words(after)) in learnt for _, _, after in done.answers)


def test_enough_is_left_to_measure_with(journey):
    workspace, _ = journey
    assert sum(len(words(reply)) >= 3 for reply in replies(workspace, "test")) >= 60


def test_what_is_private_is_hidden_and_kept_apart(journey):
    workspace, done = journey
    told = "".join(
        (workspace.data / f"{part}.jsonl").read_text("utf-8") for part in ("train", "valid", "test")
    )
    assert sum(done.prepared.to_json()["masked"].values()) >= 2
    assert not re.search(r"\b0[67](?:[ .]?\d\d){4}\b", told)
    assert "@exemple.fr" not in told
    for name in ("pseudonyms.json", "strings.jsonl"):
        assert stat.S_IMODE((workspace.private / name).stat().st_mode) == 0o600


def test_the_files_are_those_of_the_contract(journey):
    workspace, done = journey
    run = done.trained.double.parent
    for name in ("adapter_model.safetensors", "adapter_config.json", "double.json", "tokenizer.json"):
        assert (run / "double" / name).is_file()
    for path in (run / "plan.json", run / "double" / "double.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["format"] == 1
    kinds = {json.loads(line)["kind"] for line in (run / "events.jsonl").read_text("utf-8").splitlines()}
    assert {"step", "epoch"} <= kinds
    keys = {"double", "steps", "seconds", "tokens", "learnt_tokens", "loss_first", "loss_last"}
    assert keys | {"valid_loss_before", "valid_loss", "peak_memory_bytes"} <= set(done.trained.to_json())


def test_the_double_resembles_the_person_more_than_mini_does(journey):
    _, done = journey
    assert done.likeness.measurable and done.likeness.gain.low > 0
    assert done.likeness.low > done.likeness.base.high > 0
    assert (done.trained.double.parent / "report.html").is_file()


def test_an_evaluation_asks_the_weights_too(journey, capsys):
    workspace, _ = journey
    words = ["evaluate", "--folder", str(workspace.folder), "--no-rivals", "--generations", "100", "--json"]
    assert _run(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["memorisation"]["gate"] == "green" and told["memorisation"]["membership"]["n"] >= 50
    assert told["memorisation"]["extraction"]["n"] > 0
    assert told["leaks"]["value"] == 0 and told["leaks"]["n_secrets"] > 0
    assert told["french"]["gate"] == "green" and told["french"]["template_leaks"] == 0
    assert told["forgetting"]["n"] == 200 and told["forgetting"]["minitests"]["n"] >= 60
    assert told["counts"] and "Ne recopie pas." in told["verdict"]


def test_each_verb_goes_on_from_there(journey, capsys):
    workspace, done = journey
    folder = ["--folder", str(workspace.folder), "--json"]
    assert _run(["chat", "--once", "Tu fais quoi ce soir ?", *folder]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["answer"].strip() and answer["tokens"] > 0
    assert _run(["import", str(sosie.demo.EXPORT), *folder]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["added"] == 0 and again["already_there"] == done.imported.added
    assert again["me"] == [sosie.demo.ME]
    assert _run(["plan", "--model", "mini", *folder]) == 0
    assert json.loads(capsys.readouterr().out)["fits"] is True
    assert _run(["doctor", *folder]) == 0
    assert json.loads(capsys.readouterr().out)["extras"]["train"] is True
