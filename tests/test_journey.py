"""One journey, from a zip to an answer, on a CPU: what `make demo` promises is held here."""

import json
import re
import stat
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import sosie.demo
from sosie import inspect
from sosie.api import Project
from sosie.cli.main import _run
from sosie.core import jsonl, settings, settings_file
from sosie.core.double import Double
from sosie.core.jsonl import own_dialogues
from sosie.core.progress import Event
from sosie.core.workspace import Workspace
from sosie.demo.journey import journey as whole_journey
from sosie.evaluate.heldout import held_out
from sosie.importing import store
from sosie.prepare.authors import authors
from sosie.prepare.owner import find_me
from sosie.prepare.vault import Vault

pytestmark = pytest.mark.slow

TICS = Path(__file__).parents[1] / "tools" / "demo" / "tics.txt"  # five habits of Léa's, as patterns


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("journey"))
    return workspace, whole_journey(workspace.folder)


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
    tics = re.compile("|".join(TICS.read_text(encoding="utf-8").split("\n")[:-1]), re.IGNORECASE)
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
    assert told["counts"] and "Ne recopie pas." in told["sentences"]


def test_no_value_quotes_anybody_in_a_notebook(journey):
    """The repr of what each verb gives, and of all that it is made of: counts, and not one word or name."""
    workspace, done = journey
    told, learnt = inspect(sosie.demo.EXPORT, texts=True), own_dialogues(workspace, "train")
    private = {"Léa", "Malo", *(line["text"] for line in told.texts), *replies(workspace, "train")}
    private |= {text for row in done.answers for text in row}
    private = {
        text for text in private if len(text) > 2 and any(map(str.isalnum, text))
    }  # « ... » is no word
    game = Project(workspace.folder).arena(duels=10)
    given = [told, done, learnt, store.stored_exports(workspace), list(store.imported(workspace))]
    given += [tuple(conversation.messages) for conversation in store.imported(workspace)]
    given += [Vault.open(workspace), find_me(authors(store.imported(workspace)), [sosie.demo.ME])]
    given += [settings_file.load(workspace.settings, "import", settings.Import)]
    given += [
        Double.read(workspace.latest_double()),
        Project(workspace.folder).open_engine(),
        Project(workspace.folder).mask_preview(),
    ]
    given += [
        game,
        game.hand("zoé", b"secret"),
        held_out(learnt, 20, 7),
        Project(workspace.folder).evaluate(options=QUICK),
    ]
    given += [Event("sample", text=max(private))]
    values = [value for one in given for value in nested(one)]
    assert len({type(value) for value in values}) > 20 and len(values) > 2000
    for value in values:
        shown = repr(value)
        assert not (quoted := [text for text in private if text in shown]), (type(value), quoted)


QUICK = settings.Evaluate(rivals=False, generations=100, attacks=False, forgetting=False)


def nested(value):
    """The values of the package that a value is made of, and itself."""
    if isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from nested(inner)
    elif isinstance(value, dict):
        yield from nested([*value.values()])
    elif type(value).__module__.startswith("sosie"):
        yield value
        if is_dataclass(value):
            yield from nested([getattr(value, field.name) for field in fields(value)])


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
