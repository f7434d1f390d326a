"""A person who cannot be done is set aside with a sentence, and the others go on."""

import os
import shutil
import signal
from pathlib import Path

import pytest

import sosie
from sosie.core.errors import BadFolder, NothingToDo
from sosie.core.settings import Fleet
from sosie.fleet.people import Person, mark_of
from sosie.fleet.pool import ProcessPool
from sosie.fleet.run import run_fleet
from sosie.fleet.tasks import Task

EXAMPLE = Path(sosie.__file__).parent / "demo" / "Discussion WhatsApp avec Malo.zip"
ONE = Fleet(processes=1)


def given(root, name, *files):
    folder = root / name
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def people(tmp_path):
    """Léa, and others of whom nothing can be made."""
    root = tmp_path / "people"
    given(root, "Léa", EXAMPLE)
    given(root, "vide")
    (given(root, "abîmé") / "Discussion WhatsApp avec Malo.zip").write_bytes(EXAMPLE.read_bytes()[:5000])
    (given(root, "inconnu") / "notes.bin").write_bytes(bytes(range(256)) * 9)
    given(root, "jumeau", EXAMPLE)
    given(root, "JUMEAU", EXAMPLE)
    with (given(root, "énorme") / "_chat.txt").open("wb") as file:
        file.truncate(3 * 10**9)
    (root / ".cache").mkdir()
    return root


def test_the_others_go_on_and_the_summary_says_who_does_not(people):
    done = run_fleet(people, "prepare", Fleet(processes=1, largest_gigabytes=1.0))
    assert done.people == 7 and done.done == 1 and sum(done.set_aside.values()) == 6
    told = {outcome.person: outcome for outcome in done.told}
    assert told["vide"].kind == "NothingToDo" and told["énorme"].kind == "NoRoom"
    assert told["jumeau"].kind == told["JUMEAU"].kind == "SameName"
    assert {"abîmé", "inconnu"} < told.keys()
    assert all(outcome.sentence.endswith(".") for outcome in done.told)
    assert (people / "Léa" / "data" / "train.jsonl").is_file()
    assert [*done.to_json()] == ["people", "done", "set_aside", "seconds"]


def test_who_is_done_stays_done_and_who_was_set_aside_is_tried_anew(people):
    run_fleet(people, "prepare", ONE)
    written = (people / "Léa" / "data" / "train.jsonl").stat().st_mtime_ns
    shutil.copy(EXAMPLE, people / "vide")
    done = run_fleet(people, "prepare", ONE)
    assert done.done == 2
    assert (people / "Léa" / "data" / "train.jsonl").stat().st_mtime_ns == written


def test_a_link_to_another_person_is_refused(tmp_path):
    given(tmp_path, "malo", EXAMPLE)
    (given(tmp_path, "lea") / "chat.zip").symlink_to(tmp_path / "malo" / EXAMPLE.name)
    (told,) = run_fleet(tmp_path, "prepare", ONE).told
    assert told.person == "lea" and "lien" in told.sentence


def test_a_link_to_another_persons_folder_is_refused_and_the_other_is_done(tmp_path):
    given(tmp_path, "malo", EXAMPLE)
    (tmp_path / "lea").symlink_to(tmp_path / "malo")
    done = run_fleet(tmp_path, "prepare", ONE)
    assert done.done == 1 and [told.person for told in done.told] == ["lea"]


@pytest.mark.parametrize("part", ["data", "runs"])
def test_nobody_gets_anothers_dialogues_or_double_by_a_link(tmp_path, part):
    (tmp_path / "malo" / part).mkdir(parents=True)
    (given(tmp_path, "lea", EXAMPLE) / part).symlink_to(tmp_path / "malo" / part)
    for verb in ("prepare", "train", "evaluate"):
        with pytest.raises(BadFolder, match="lien"):
            mark_of(Person("lea", tmp_path / "lea"), verb, [])


def test_a_name_that_is_no_text_is_shown_and_done(tmp_path):
    folder = os.fsencode(tmp_path) + b"/l\xe9a"
    os.mkdir(folder)
    shutil.copy(EXAMPLE, os.fsdecode(folder))
    assert run_fleet(tmp_path, "prepare", ONE).done == 1
    assert run_fleet(tmp_path, "prepare", ONE).done == 1


def test_closing_it_ends_every_process(tmp_path):
    pool, names = ProcessPool(2, 600, 3), ("un", "deux", "trois")
    asked = [Task("prepare", name, str(given(tmp_path, name, EXAMPLE))) for name in names]
    outcomes = pool.run(iter(asked), lambda *heard: None)
    assert next(outcomes).done
    pids = [worker._process.pid for worker in pool._workers if worker._process]
    outcomes.close()
    assert pids and not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_fleet_of_nobody_says_so(tmp_path):
    with pytest.raises(NothingToDo):
        run_fleet(tmp_path, "prepare")


def test_people_who_are_not_prepared_are_told_what_to_do(tmp_path):
    given(tmp_path, "lea")
    (told,) = run_fleet(tmp_path, "evaluate", ONE).told
    assert told.sentence == "Ce dossier n'est pas préparé."


def tasks(root, pool, at_second):
    """Two tasks; `at_second` has the worker's process once the first one is done."""
    yield Task("prepare", "un", str(given(root, "un", EXAMPLE)))
    at_second(pool._workers[0]._process)
    yield Task("prepare", "deux", str(given(root, "deux", EXAMPLE)))


def test_a_worker_that_never_answers_is_stopped_and_replaced(tmp_path):
    pool = ProcessPool(1, 600, 3)

    def freeze(process):
        pool._silent = 1.0
        os.kill(process.pid, signal.SIGSTOP)

    first, second = pool.run(tasks(tmp_path, pool, freeze), lambda *heard: None)
    assert first.done and second.kind == "Silent" and "Aucune nouvelle" in second.sentence


def test_a_worker_that_died_is_replaced_and_its_person_tried_again(tmp_path):
    pool = ProcessPool(1, 600, 3)
    outcomes = [*pool.run(tasks(tmp_path, pool, lambda process: process.kill()), lambda *heard: None)]
    assert [outcome.done for outcome in outcomes] == [True, True]


def test_a_person_whose_process_always_dies_is_set_aside(tmp_path):
    pool = ProcessPool(1, 600, 2)
    for worker in pool._workers:
        worker._environment = {**os.environ, "PYTHONHOME": "/nowhere"}
    (outcome,) = pool.run(iter([Task("prepare", "un", str(given(tmp_path, "un")))]), lambda *heard: None)
    assert outcome.kind == "Stopped" and "2 fois" in outcome.sentence
