"""Ten kills and full disks, at moments drawn: what was there is whole, and the verb done again is right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
TOOL = Path(__file__).parents[2] / "tools" / "kill_verbs.py"


def test_verbs_that_are_killed_leave_what_was_there_whole_and_are_done_again(tmp_path):
    words = [sys.executable, str(TOOL), "--kills", "2", "--full", "1"]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    *verbs, sums = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert sums["killed"] == 10 and not sums["wrong"] and len(verbs) == 6
