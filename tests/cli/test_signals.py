"""SIGTERM and SIGHUP end a verb as Ctrl-C does; what a kill -9 leaves, the next verb removes."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sosie.demo
from sosie.cli.main import _run

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -signal.SIGKILL}
PATIENCE = 60.0  # seconds


@pytest.fixture
def home(tmp_path):
    """A machine of one's own: what sosie writes anywhere is in here."""
    for name in ("home", "tmp", "moi"):
        (tmp_path / name).mkdir()
    return tmp_path


def begin(home, *words):
    told = {"HOME": home / "home", "TMPDIR": home / "tmp", "SOSIE_CACHE": home / "cache"}
    return subprocess.Popen(
        [sys.executable, "-m", "sosie", *words, "--folder", str(home / "moi")],
        env={**os.environ, **{name: str(path) for name, path in told.items()}},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def stop(process, number, seen):
    """Send a signal once `seen` says that the moment has come; the exit code and what was said."""
    for _ in range(int(PATIENCE / 0.02)):
        if seen():
            break
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate(timeout=PATIENCE)[0]
    return process.returncode, said


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_a_demo_that_is_stopped_leaves_no_temporary_folder(number, home):
    tmp = home / "tmp"
    code, said = stop(begin(home, "demo", "--no-page"), number, lambda: any(tmp.glob("*/exports/0001")))
    assert code == CODES[number] and "Traceback" not in said, said
    left = list(tmp.iterdir())
    if number is signal.SIGKILL:  # nobody else may open it, and the next one takes it away
        assert [stat.S_IMODE(path.stat().st_mode) for path in left] == [0o700]
        stop(begin(home, "demo", "--no-page"), signal.SIGTERM, lambda: not left[0].exists())
    assert not list(tmp.iterdir()) and not list((home / "moi").iterdir())
    assert not [path for path in (home / "home").rglob("*") if path.is_file()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_conversation_ends(number, home):
    process = begin(home, "chat", "--double", "echo")
    process.stdin.write("salut\n")
    process.stdin.flush()
    said = process.stdout.readline()
    code, after = stop(process, number, lambda: "salut" in said or "echo" in said)
    assert code == CODES[number] and "Traceback" not in after
    assert ("Arrêté" in after) == (number is signal.SIGTERM)  # who hung up hears nothing more


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_waits_for_the_end_of_a_library_s_loading(name, tmp_path):
    """Libraries swallow what is raised while they load, or are half loaded for good."""
    swallows = (
        "import signal, time\n"
        f"try:\n    signal.raise_signal(signal.{name}); time.sleep(0.2)\n"
        "except BaseException:\n    print('avalé')\n"
        "whole = 'entière'\n"
    )
    (tmp_path / "library.py").write_text(swallows)
    code = (
        f"import sys, time; sys.path.append({str(tmp_path)!r})\n"
        "from sosie.cli import main; main._stop_when_asked()\n"
        "try:\n    import library; time.sleep(20); print('jamais arrêté')\n"
        "except (SystemExit, KeyboardInterrupt):\n    print(sys.modules['library'].whole, 'arrêté')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "entière arrêté\n", done.stderr


@pytest.mark.parametrize("thing", ["Thing.__del__ = __del__", "weakref.finalize(thing, __del__)"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_waits_for_the_end_of_a_finaliser(name, thing):
    """Python prints what is raised in one, and goes on as if nothing had been asked."""
    code = (
        "import signal, time, weakref\n"
        "from sosie.cli import main; main._stop_when_asked()\n"
        "class Thing: pass\n"
        f"def __del__(_=None): signal.raise_signal(signal.{name}); print('fini')\n"
        f"thing = Thing()\n{thing}\n"
        "try:\n    del thing; time.sleep(20); print('jamais arrêté')\n"
        "except (SystemExit, KeyboardInterrupt):\n    print('arrêté')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("fini\narrêté\n", "")


def test_a_hang_up_that_nohup_ignores_is_ignored(home):
    code = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from sosie.cli import main; main._stop_when_asked()\n"
        "signal.raise_signal(signal.SIGHUP); print('encore là')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "encore là\n"


def test_what_a_killed_verb_was_writing_is_private_and_goes_with_the_next(home):
    """Killed while the dialogues are half written, the umask as open as can be."""
    moi = home / "moi"
    at = ["--folder", str(moi)]
    assert _run(["import", str(sosie.demo.EXPORT), "--me", sosie.demo.ME, *at]) == 0
    code = (
        "import os, pathlib, signal, sys; os.umask(0)\n"
        "from sosie import Project\n"
        "from sosie.core import jsonl\n"
        "record = jsonl.to_record\n"
        "def killed(dialogue):\n"
        "    if list(pathlib.Path(sys.argv[1]).glob('data/valid*')): os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return record(dialogue)\n"
        "jsonl.to_record = killed\n"
        "Project(sys.argv[1]).prepare()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(moi)])
    assert done.returncode == -signal.SIGKILL
    drafts = list((moi / "data").glob("*.part"))
    assert drafts and {stat.S_IMODE(path.stat().st_mode) for path in drafts} == {0o600}
    assert _run(["prepare", *at]) == 0
    assert sorted(path.name for path in Path(moi / "data").iterdir()) == [
        ".gitignore",
        "registre.md",
        "report.json",
        "test.jsonl",
        "train.jsonl",
        "valid.jsonl",
    ]
