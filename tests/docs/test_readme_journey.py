"""The journey of the guide, walked as it is written: the bundled example plays the user's export."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from pages import ROOT, blocks, commands

import sosie.demo

# What shortens it: the review's counts, as there is no keyboard; mini, and two passages over the data; fewer
# measures; one question.
SHORTER = {
    "review": ["--json"],
    "train": ["--model", "mini", "--epochs", "2"],
    "evaluate": ["--no-rivals", "--generations", "100", "--no-attacks", "--no-forgetting"],
    "chat": ["--once", "Tu fais quoi ce soir ?"],
}


GUIDE = ROOT / "docs" / "premier-double.md"
MOST_COMMANDS = 6  # from a fresh clone to an own double talking


def test_the_readme_goes_to_an_own_double_in_six_commands_which_the_guide_walks_through():
    words = list(commands(ROOT / "README.md"))
    start = words.index(["./install.sh"])
    short = words[start : words.index(["sosie", "chat"]) + 1]
    lines = sum(one != ["cd", "moi"] for one in short)  # « mkdir moi && cd moi » is one
    assert lines <= MOST_COMMANDS
    long = iter(commands(GUIDE))
    assert all(one in long for one in short)


def journey():
    """The commands of sosie from `mkdir moi` on."""
    words = list(commands(GUIDE))
    return [one for one in words[words.index(["mkdir", "moi"]) :] if one[0] == "sosie"]


@pytest.mark.slow
def test_the_journey_of_the_guide_is_walked_to_its_end(tmp_path):
    shutil.copy(sosie.demo.EXPORT, tmp_path)
    folder = tmp_path / "moi"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HF_HUB_OFFLINE": "1"}
    *walked, page = journey()
    assert page == ["sosie", "studio"]  # it waits for Ctrl-C: tests/studio
    assert [words[1] for words in walked] == [
        "inspect",
        "import",
        "style",
        "prepare",
        "review",
        "train",
        "evaluate",
        "chat",
    ]
    for words in walked:
        run = [sys.executable, "-m", *words, *SHORTER.get(words[1], [])]
        done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    assert done.stdout.strip()
    assert len(list(folder.glob("runs/*/report.html"))) == 1


@pytest.mark.slow
def test_a_newcomer_types_what_the_readme_says_in_a_fresh_clone_and_talks_to_a_double(tmp_path):
    """The block as it stands but for one epoch; its installer finds this Python's libraries, no index."""
    clone, home = tmp_path / "sosie", tmp_path / "home"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{ROOT}", clone], check=True)
    shutil.copy(sosie.demo.EXPORT, clone)
    (typed,) = (block for block in blocks(clone / "README.md", "sh") if "./install.sh" in block)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SOSIE_", "XDG_"))},
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # which means that there is none
        "HF_HUB_OFFLINE": "1",
    }
    bash = subprocess.run(
        ["bash", "-e", "-c", typed],
        cwd=clone,
        env=environment,
        input="salut\n",
        capture_output=True,
        text=True,
    )
    assert bash.returncode == 0, (bash.stdout, bash.stderr)
    assert "Léa › " in bash.stdout and list(clone.glob("moi/runs/*/double/double.json"))
    private = ["git", "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(private, cwd=clone, capture_output=True, text=True, check=True).stdout
    assert "moi" not in seen
