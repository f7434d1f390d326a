"""kill -9 at random moments: the run is taken up again, and ends as if nothing had happened.

SOSIE_KILLS=20 kills twenty times; a few are enough on every commit.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.progress import events

pytestmark = pytest.mark.slow

KILLS, SEED = int(os.environ.get("SOSIE_KILLS", "3")), 20
SAME = ("steps", "tokens", "learnt_tokens", "loss_first", "loss_last", "valid_loss_before", "valid_loss")


def test_killed_at_random_moments_and_resumed_it_gives_the_same_double(dialogues, base, tmp_path):
    for part, some in (("learn", dialogues[:10]), ("valid", dialogues[10:])):
        jsonl.write(tmp_path / f"{part}.jsonl", some)
    command = [sys.executable, str(Path(__file__).with_name("killed.py")), str(tmp_path), base.key]
    done = subprocess.run([*command, str(KILLS), str(SEED)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kills = json.loads(done.stdout)["kills"]
    assert len(kills) == KILLS and any(kill["checkpoint"] for kill in kills), kills
    wanted = left_behind(tmp_path / "runs" / "whole")
    for number in range(kills[-1]["run"] + 1):
        run = tmp_path / "runs" / str(number)
        assert left_behind(run) == wanted, (number, kills)
        assert figures(run) in (figures(tmp_path / "runs" / "whole"), []), (number, kills)


def left_behind(run):
    """The adapter's bytes, and what the manifest says."""
    return (run / "double" / "adapter_model.safetensors").read_bytes(), Double.read(run / "double")


def figures(run):
    """What the last event says; nothing where the kill came between the double and that event."""
    done = [event.facts for event in events(run / "events.jsonl") if event.kind == "done"]
    return [[facts[name] for name in SAME] for facts in done]
