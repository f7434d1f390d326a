"""A training is its own process: it goes on without the page, is found again, stopped and resumed."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest

import sosie.demo
from sosie.api import Project
from sosie.core.errors import SosieError
from sosie.studio import steps, training
from sosie.studio.state import StudioState
from sosie.train import run_folder

# Begins a training, says its folder, and waits to be killed: what a page does.
PAGE = """
import sys, time
from pathlib import Path
from sosie.core.workspace import Workspace
from sosie.studio import training
print(training.start(Workspace(Path(sys.argv[1])), "mini", "lea"), flush=True)
time.sleep(600)
"""


def until(what, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("never came")


def test_what_never_began_says_why_and_leaves_nothing(tmp_path):
    state = StudioState(Project(tmp_path))
    run = training.start(state.workspace, "mini", "lea")
    assert run.name == "lea" and training.running(run)
    until(lambda: not training.running(run))
    error = training.error_of(run)
    assert isinstance(error, SosieError) and "dialogue" in error.message and error.mend
    assert stat.S_IMODE((run / training.OUTCOME).stat().st_mode) == 0o600
    training.discard(run)
    assert not run.exists()


def test_a_run_is_named_after_the_person_and_takes_nobodys_place(tmp_path):
    state = StudioState(Project(tmp_path))
    first, second = (training.start(state.workspace, "mini", "lea") for _ in range(2))
    assert (first.name, second.name) == ("lea", "lea-2")
    with pytest.raises(SosieError, match="en cours"):
        training.resume(state.workspace, first)
    for run in (first, second):
        until(lambda run=run: not training.running(run))


@pytest.mark.slow
def test_a_training_outlives_the_page_is_stopped_and_resumed(tmp_path):
    project = Project(tmp_path)
    project.import_([sosie.demo.EXPORT], me=["Léa"])
    project.prepare()
    with project.workspace.settings.open("a") as settings:
        settings.write("\n[train]\nepochs = 3\n")
    with subprocess.Popen([sys.executable, "-c", PAGE, tmp_path], stdout=subprocess.PIPE, text=True) as page:
        run = project.workspace.run(os.path.basename(page.stdout.readline().strip()))
        until(lambda: any(event.kind == "step" for event in training.heard(run)))
        page.send_signal(signal.SIGKILL)
    before = len(training.heard(run))
    until(lambda: len(training.heard(run)) > before + 3)
    state = StudioState(Project(tmp_path))  # the page, opened again
    assert "Apprentissage" in steps.drawn(state, "apprendre")["html"] and training.running(run)
    steps.do(state, "apprendre", "stop", {"run": run.name})
    until(lambda: not training.running(run))
    html = steps.drawn(state, "apprendre")["html"]
    assert "Rien n&#x27;est perdu" in html and "Reprendre" in html
    stopped_at = max(event.done for event in training.heard(run) if event.kind == "step")
    steps.do(state, "apprendre", "resume", {"run": run.name})
    until(lambda: run_folder.is_finished(run), seconds=300)
    until(lambda: not training.running(run))
    steps_done = [event.done for event in training.heard(run) if event.kind == "step"]
    assert steps_done == list(range(1, steps_done[-1] + 1)) and stopped_at < steps_done[-1]
    assert "est prêt" in steps.drawn(state, "apprendre")["html"]
