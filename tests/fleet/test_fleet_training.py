"""Trained one after another on a resident base, each double is the one that is trained alone."""

import errno
import json
import subprocess
import sys
import time

import pytest
from invented import make_people, planted

from sosie.api import Project
from sosie.core.double import ADAPTER
from sosie.core.progress import Event
from sosie.core.settings import Fleet, Train
from sosie.core.workspace import Workspace
from sosie.fleet.journal import STATE
from sosie.fleet.resident import ResidentBase
from sosie.fleet.run import STATE_FOLDER, run_fleet
from sosie.fleet.tasks import Task, perform
from sosie.models.catalogue import find
from sosie.models.load import load
from sosie.models.quantised import origin_of
from sosie.train.run import dialogues_of
from sosie.train.run import train as train_alone

TABLES = {"train": {"model": "mini", "epochs": 1, "patience": 0}}


def task_of(root, name, **more):
    told = {"tables": TABLES, "base": "mini", "origin": origin_of(find("mini")).key, **more}
    return Task("train", name, str(root / name), **told)


def adapter(folder):
    (found,) = folder.glob(f"runs/fleet-*/double/{ADAPTER}")
    return found.read_bytes()


def alone(root, name, there):
    """The adapter of one person, trained as `sosie train` does, on a base of its own."""
    options = Train(**TABLES["train"])
    data = dialogues_of(Workspace(root / name), None, options, lambda event: None)
    train_alone(*data, find("mini"), options, there / "runs" / name)
    return (there / "runs" / name / "double" / ADAPTER).read_bytes()


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Three people, trained in this process on one base."""
    root = make_people(tmp_path_factory.mktemp("people"), 3)
    base, heard = ResidentBase(), []
    before = {
        name: tensor.clone() for name, tensor in base(find("mini"), **LOADED).model.state_dict().items()
    }
    for name in ("p000", "p001", "p002"):
        outcome = perform(task_of(root, name), base, heard.append)
        assert outcome.done, outcome.sentence
    root_state = base(find("mini"), **LOADED).model.state_dict()
    return root, before, root_state, heard


LOADED = {"device": "auto", "dtype": "float32", "bits": None, "allow_download": False}


def test_each_double_is_bit_for_bit_the_one_trained_alone(people, tmp_path):
    root = people[0]
    for name in ("p002", "p000"):
        assert adapter(root / name) == alone(root, name, tmp_path)
    assert adapter(root / "p000") != adapter(root / "p001")


def test_no_training_writes_in_the_base_nor_leaves_an_adapter_there(people):
    _, before, after, _ = people
    assert before.keys() == after.keys()
    assert all(bool((before[name] == after[name]).all()) for name in before)


def test_a_planted_word_is_in_no_file_nor_event_of_another(people):
    root, _, _, heard = people
    for number, folder in enumerate(sorted(path for path in root.iterdir() if path.is_dir())):
        others = [planted(other).encode() for other in range(3) if other != number]
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert files and not any(word in path.read_bytes() for path in files for word in others)
    told = "".join(event.text for event in heard if event.kind != "sample")
    assert not any(planted(number) in told for number in range(3))


def test_the_weights_are_read_once_and_lent_without_a_copy():
    base = ResidentBase()
    one, other = (base(find("mini"), **LOADED).model for _ in range(2))
    assert one is not other
    assert all(a is b for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert one.get_output_embeddings() is not other.get_output_embeddings()
    fresh = load(find("mini"), **LOADED).model.state_dict()
    assert all(bool((tensor == fresh[name]).all()) for name, tensor in one.state_dict().items())


def test_a_base_replaced_half_way_sets_the_person_aside(people):
    root = people[0]
    outcome = perform(task_of(root, "p000", origin="another"), ResidentBase())
    assert outcome.kind == "BadData" and "remplacé" in outcome.sentence


def test_a_person_may_not_ask_for_another_model(people):
    (people[0] / "p002" / "sosie.toml").write_text('[train]\nmodel = "luth-0.6b"\n', encoding="utf-8")
    outcome = perform(task_of(people[0], "p002"), ResidentBase())
    assert outcome.kind == "BadSettings" and "autre modèle" in outcome.sentence


def test_an_error_nobody_foresaw_is_told_without_its_words(people):
    def broken(base, **options):
        raise ValueError("un secret")

    root = people[0]
    task = task_of(root, "p001", tables={"train": {**TABLES["train"], "seed": 8}})
    outcome = perform(task, broken)
    assert outcome.kind == "ValueError" and "secret" not in outcome.sentence


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), Exception("No space left on device (os error 28)")],
)
def test_a_disk_that_is_full_sets_the_person_aside(people, error):
    def full(base, **options):
        raise error

    task = task_of(people[0], "p001", tables={"train": {**TABLES["train"], "seed": 9}})
    outcome = perform(task, full)
    assert outcome.kind == "NoRoom" and "disque" in outcome.sentence


def test_who_has_nothing_to_learn_is_set_aside(tmp_path):
    root = make_people(tmp_path, 1)
    for part in ("train", "valid"):
        line = {"messages": [{"role": "user", "content": "salut"}]}
        (root / "p000" / "data" / f"{part}.jsonl").write_text(json.dumps(line) + "\n")
    outcome = perform(task_of(root, "p000"), ResidentBase())
    assert not outcome.done and outcome.sentence.endswith(".")


@pytest.mark.slow
def test_killed_half_way_nobody_is_done_twice_or_lost(tmp_path):
    """The driver is killed twice, each time once somebody is done; two workers, as on a small machine."""
    root = make_people(tmp_path / "people", 4)
    command = [sys.executable, "-m", "sosie", "fleet", "train", str(root), "--model", "mini", "--processes=2"]
    for wanted in (1, 2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        while len(lines(root)) < wanted and process.poll() is None:
            time.sleep(0.05)
        process.kill()
        process.wait()
    done = run_fleet(root, "train", Fleet(processes=2, model="mini"))
    assert done.done == done.people == 4 and not done.set_aside
    for number in range(4):
        name = f"p{number:03}"
        assert len([*(root / name / "runs").glob("*/double")]) == 1
        assert adapter(root / name) == alone(root, name, tmp_path)
    assert [line for line in lines(root) if '"kind": ""' in line] == lines(root)


def lines(root):
    state = root / STATE_FOLDER / STATE
    return state.read_text(encoding="utf-8").splitlines() if state.is_file() else []


def test_a_double_of_a_fleet_is_a_double_like_any_other(people):
    root = people[0]
    project = Project(root / "p001")
    assert project.open().answer("salut", max_tokens=3) is not None
    assert Event("worker").facts == {}
