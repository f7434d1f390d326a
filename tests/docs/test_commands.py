"""Every command that a page shows is one that the command line takes, down to its options."""

import re
import subprocess
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from cyclopts import CycloptsError
from cyclopts.exceptions import MissingArgumentError
from pages import PAGES, ROOT, commands, mentions, named

from sosie.cli.main import _resume_may_stand_alone, build
from sosie.cli.verbs import VERBS

# Programs that are not ours: nothing of what they are told is checked here.
OTHERS = {"source", "mkdir", "cd", "python3.11", "python", "pip", "pipx", "uv", "docker", "lm_eval"}
SHOWN = [(named(path), words) for path in PAGES for words in commands(path)]


def sosie_words(words: list[str]) -> list[str] | None:
    """What follows « sosie » or « -m sosie »; None where another program is called."""
    if Path(words[0]).name == "sosie":
        return words[1:]
    if words[0] in ("accelerate", "torchrun", "python", ".venv/bin/python") and "sosie" in words:
        place = words.index("sosie")
        return words[place + 1 :] if words[place - 1] == "-m" else None
    return None


def parse(words: list[str]) -> None:
    """As `sosie` parses its words, without doing anything. CycloptsError where they are wrong."""
    app = build()
    _, bound, _ = app.meta.parse_args(_resume_may_stand_alone(words), print_error=False, exit_on_error=False)
    app.parse_args(bound.args, print_error=False, exit_on_error=False)


@pytest.mark.parametrize(
    ("page", "words"), SHOWN, ids=[f"{page}: {' '.join(words)}" for page, words in SHOWN]
)
def test_a_command_that_a_page_shows_is_understood(page, words):
    ours = sosie_words(words)
    if ours is not None:
        assert ours[0] in VERBS, f"{page}: no verb « {ours[0]} »"
        parse(ours)
    elif words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    elif not (ROOT / words[0]).is_file():
        assert Path(words[0]).name in OTHERS, f"{page}: what is « {words[0]} »?"


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_command_named_in_a_sentence_has_the_options_that_are_said(path):
    for words in mentions(path):
        if words[1] == "help":
            continue
        assert words[1] in VERBS, f"{named(path)}: no verb « {words[1]} »"
        with suppress(MissingArgumentError):  # « `sosie likeness` » is a name, and no whole command
            parse(words[1:])


@pytest.mark.parametrize("wrong", ["train --modle mini", "nothing", "evaluate --contexts many", "inspect"])
def test_a_wrong_command_would_be_seen(wrong):
    with pytest.raises(CycloptsError):
        parse(wrong.split())


def test_every_verb_is_shown_somewhere():
    shown = {ours[0] for _, words in SHOWN if (ours := sosie_words(words))}
    assert shown >= VERBS.keys()


def test_the_installer_is_whole_and_names_only_extras_that_exist():
    script = (ROOT / "install.sh").read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = re.search(r"d'autres options : (.+)", script)[1].split()
    assert {*told, "train", "studio"} <= extras["optional-dependencies"].keys()
