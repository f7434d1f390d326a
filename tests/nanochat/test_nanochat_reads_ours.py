"""Beside nanochat itself (NC_HEAD, NC_UI: see test_nanochat_checkouts.py): it reads what is made for it."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.settings import Nanochat

NEEDED = ("tiktoken", "rustbpe", "filelock", "pyarrow")
HERE = all(map(importlib.util.find_spec, NEEDED)) and {"NC_HEAD", "NC_UI"} <= os.environ.keys()
pytestmark = pytest.mark.skipif(not HERE, reason="nanochat's checkouts are not here")
READ_TASKS = """
from tasks.gsm8k import GSM8K
from tasks.mmlu import MMLU
from tasks.smoltalk import SmolTalk
from nanochat.tokenizer import get_tokenizer
tokenizer = get_tokenizer()
train = SmolTalk(split="train")
longest = max(len(tokenizer.render_conversation(train[at])[0]) for at in range(len(train)))
others = [MMLU(subset="all", split="test", stop=5200), GSM8K(subset="main", split="test", stop=420)]
for task in others:
    for at in range(len(task)):
        tokenizer.render_conversation(task[at])
print(len(train), len(SmolTalk(split="test")), longest)
"""
READ_LINES = "import sys; from tasks.customjson import CustomJSON; print(len(CustomJSON(sys.argv[1])))"


def dialogue(number):
    ask = Turn("user", f"tu viens {number} fois à l'été 😀 ?")
    return Dialogue((ask, Turn("assistant", "ouais, à toute\nj'suis là"), ask, Turn("assistant", "grave")))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("moi"))
    jsonl.write(project.workspace.data / "train.jsonl", map(dialogue, range(24)))
    jsonl.write(project.workspace.data / "valid.jsonl", map(dialogue, range(24, 30)))
    (project.workspace.settings).write_text("[train]\nepochs = 3.0\nmax_tokens = 64\n", encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def taught(project):
    small = Nanochat(vocabulary=300, layers=2, width=64, length=64, passes=0.3, epochs=1, minutes=2)
    return project.train_nanochat(name="petit", options=small).double


def told_by(checkout, base, *words):
    """What nanochat's own code says, run in its checkout, which it may not write to."""
    environment = os.environ | {
        "PYTHONPATH": checkout,
        "NANOCHAT_BASE_DIR": str(base),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_its_tasks_read_every_row_and_none_is_too_long(project, taught, tmp_path):
    (readme, lines, *_) = project.export("nanochat", base=str(taught), agree=lambda question: True).files
    (readme.parent / "tokenizer").symlink_to(taught.resolve() / "tokenizer")
    counts = told_by(os.environ["NC_HEAD"], readme.parent.resolve(), "-c", READ_TASKS).split()
    written = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert int(counts[0]) == 3 * len(written) and int(counts[1]) > 0 and int(counts[2]) <= 64
    assert told_by(os.environ["NC_UI"], tmp_path, "-c", READ_LINES, str(lines.resolve())).split() == [
        str(len(written))
    ]


@pytest.mark.parametrize("source", ["base", "sft"])
def test_its_chat_opens_what_was_taught_here(taught, source):
    words = ("-m", "scripts.chat_cli", "-i", source, "-p", "salut", "-t", "0", "--device-type", "cpu")
    assert "Assistant:" in told_by(os.environ["NC_HEAD"], taught.resolve(), *words)
