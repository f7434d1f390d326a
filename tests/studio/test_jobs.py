"""Verbs at work for the page: what they say while they work, and how they end."""

import pytest

from sosie.core.errors import NothingToDo, SosieError
from sosie.core.progress import Event
from sosie.studio.jobs import Job, Task, as_event, outcome


def test_an_error_of_a_verb_comes_back_with_its_mend(tmp_path):
    job = Job(tmp_path, "prepare").wait()
    assert job.result is None and not job.running
    assert "message" in job.error.message and "sosie import" in job.error.mend
    assert job.error.kind == "NothingToDo"


def test_a_verb_that_is_stopped_leaves_nothing_running(tmp_path):
    job = Job(tmp_path, "prepare")
    job.stop()
    assert not job.wait().running and job.result is None


@pytest.mark.parametrize("said", ["", "{", "[1]", "null", "3", '{"error": "x"}', "\0"])
def test_a_process_that_was_killed_is_told_in_a_sentence(said):
    result, error = outcome(said, 137)
    assert result is None and error.message and error.mend


def test_only_events_are_heard():
    assert as_event('{"kind": "read", "done": 3, "total": 9, "facts": {}, "text": "", "at": 1.0}').done == 3
    for line in ("", "UserWarning: x", "[]", "3", '{"kind": "read", "evil": 1}', "null"):
        assert as_event(line) is None


def test_work_in_a_thread_has_the_same_face():
    def work(report):
        report(Event("read", 1, 2))
        return "fait"

    task = Task(work).wait()
    assert (task.result, task.event.done, task.error, task.running) == ("fait", 1, None, False)


def test_an_error_nobody_foresaw_quotes_nobody():
    def fail(report):
        raise ValueError("un secret de Malo")

    def refuse(report):
        raise NothingToDo("Rien.", "Faites.")

    assert "Malo" not in Task(fail).wait().error.message
    assert isinstance(Task(refuse).wait().error, SosieError)
