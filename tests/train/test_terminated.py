"""SIGTERM while training: the step ends, is saved, and the run goes on later."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest

import sosie.demo
from sosie.cli.main import _run
from sosie.core.progress import events


@pytest.mark.slow
def test_a_training_that_is_terminated_is_saved_and_goes_on(tmp_path):
    moi, tmp = tmp_path / "moi", tmp_path / "tmp"
    tmp.mkdir()
    at = ["--folder", str(moi)]
    assert _run(["import", str(sosie.demo.EXPORT), "--me", sosie.demo.ME, *at]) == 0
    assert _run(["prepare", *at]) == 0
    run = moi / "runs" / "léa"
    command = [sys.executable, "-m", "sosie", "train", "--model", "mini", "--name", "léa", "--epochs", "50"]
    places = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp), "SOSIE_CACHE": str(tmp_path / "cache")}
    with subprocess.Popen(
        [*command, *at],
        env={**os.environ, **places},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while not any(event.kind == "step" for event in events(run / "events.jsonl")):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said = process.communicate()[0]
    assert process.returncode == 143 and "sosie train --resume léa" in said, said
    assert list((run / "checkpoints").glob("*.safetensors"))
    assert not list(moi.rglob("*.part*")) and not list(tmp.iterdir())
    assert not [path for path in moi.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
