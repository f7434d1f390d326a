"""The sample exports are read right, and the tool that says so can say no."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from exports_on_the_spot import write

TOOL = Path(__file__).parent.parent.parent / "tools" / "score_samples.py"


def run(*arguments):
    return subprocess.run([sys.executable, str(TOOL), *map(str, arguments)], capture_output=True, text=True)


def test_all_whatsapp_and_jsonl_samples_are_right(shared):
    done = run(shared / "samples", "--only", "whatsapp,jsonl")
    assert done.returncode == 0, done.stdout


def test_a_wrong_unit_makes_it_fail(shared, tmp_path):
    shutil.copy(shared / "samples" / "score.py", tmp_path)
    write(tmp_path / "whatsapp" / "chat.txt", "01/02/2024, 10:00 - Zoé: oui\n")
    counts = {"messages": 2, "text_messages": 1, "system": 0, "senders": {"Zoé": 1}}
    times = {"first": "2024-02-01T10:00:00", "last": "2024-02-01T10:00:00"}
    for messages, code in ((2, 1), (1, 0)):
        units = {"whatsapp/chat.txt": {**counts, **times, "messages": messages}}
        write(tmp_path / "expected.json", json.dumps({"units": units}))
        assert run(tmp_path).returncode == code
