"""What stands around a verb that writes: closed, tidy, hidden from git, and told where it cannot be."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sosie.core.drafts import Fleeting
from sosie.core.errors import BadFolder
from sosie.core.workspace import Workspace, cache_home, whole
from sosie.core.writing import in_cache, private, writing


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def work(tmp_path):
    (tmp_path / "moi").mkdir(mode=0o755)
    return Workspace(tmp_path / "moi")


@writing
def nothing(workspace, report=None):
    """A verb that does nothing, in a folder."""


def test_whatever_writes_in_a_verb_writes_for_its_owner(work):
    @writing
    def careless(workspace):
        (workspace.folder / "adapter.bin").write_text("x")
        (workspace.folder / "tokenizer").mkdir()

    usual = os.umask(0)
    try:
        careless(work)
        assert (mode(work.folder / "adapter.bin"), mode(work.folder / "tokenizer")) == (0o600, 0o700)
        assert os.umask(0) == 0
    finally:
        os.umask(usual)


def test_the_umask_is_given_back_when_the_last_of_several_threads_is_done():
    first, second = threading.Event(), threading.Event()
    usual = os.umask(0o022)
    try:
        one = threading.Thread(target=private(lambda: first.set() or second.wait()))
        one.start()
        first.wait()
        private(lambda: None)()
        assert os.umask(0o077) == 0o077, "another thread's verb is not done"
        second.set()
        one.join()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(usual)


def test_what_older_versions_left_open_is_closed(work):
    usual = os.umask(0)
    try:
        for name in ("runs/léa/plan.json", "runs/léa/double/double.json", "data/train.jsonl", "sosie.toml"):
            (work.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (work.folder / name).touch()
        for name in ("photos/a.jpg", "notes.txt", "private/journal.txt"):  # the person's own
            (work.folder / name).parent.mkdir(exist_ok=True)
            (work.folder / name).touch()
        work.arena.touch()
        nothing(work)
    finally:
        os.umask(usual)
    own = [*work.runs.rglob("*"), work.runs, work.data, work.data / "train.jsonl", work.settings, work.arena]
    assert not [path for path in own if mode(path) & 0o077]
    assert mode(work.folder) == 0o755 and mode(work.folder / "notes.txt") == 0o666
    assert mode(work.private) == 0o777 and mode(work.private / "journal.txt") == 0o666


def test_drafts_of_a_killed_process_go_and_those_of_a_living_one_stay(work):
    code = (
        "import sys, time, pathlib; from sosie.core.writing import writing\n"
        "from sosie.core.workspace import Workspace, whole\n"
        "@writing\n"
        "def slow(work):\n"
        "    with whole(work.data / 'train.jsonl'), whole(work.settings):\n"
        "        print('ici', flush=True); time.sleep(60)\n"
        "slow(Workspace(pathlib.Path(sys.argv[1])))\n"
    )
    command = [sys.executable, "-c", code, str(work.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ici\n"
        nothing(work)
        assert len(list(work.folder.rglob("*.part"))) == 2
        process.kill()
    assert {mode(path) for path in work.folder.rglob("*.part")} == {0o600}
    (work.folder / "film.mkv.part").touch()  # a download of the person's own
    nothing(work)
    assert [path.name for path in work.folder.rglob("*.part")] == ["film.mkv.part"]


def test_what_is_written_to_a_cache_that_was_not_there_is_left_alone_by_the_next_verb(work):
    @private
    def other():
        """A verb that finds the cache made."""

    @writing
    def first(work):
        with in_cache("doubles") as place:
            draft = place / "0f3a" / ".part-1"
            draft.mkdir(parents=True)
            other()
            assert draft.is_dir()

    first(work)
    other()
    assert not list(cache_home().rglob(".part-*"))


def test_a_fleeting_folder_of_a_killed_process_goes_and_nothing_else_does(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = (
        "import os, signal; from sosie.core.drafts import Fleeting\n"
        "(Fleeting().folder / 'base').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)})
    (tmp_path / "sosie-essai").mkdir()  # somebody's project
    (left,) = tmp_path.glob("sosie-fleeting-*")
    with Fleeting() as one, Fleeting() as other:
        assert one.is_dir() and other.is_dir() and not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["sosie-essai"]


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_done(work, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, kind: False)  # what a read-only disk answers, root or not
    done = []
    with pytest.raises(BadFolder) as caught:
        writing(done.append)(work)
    assert not done and "« moi »" in caught.value.message and caught.value.mend


def test_a_verb_that_fails_leaves_no_folder_behind(tmp_path):
    @writing
    def fails(workspace):
        raise ValueError

    with pytest.raises(ValueError):
        fails(Workspace(tmp_path / "neuf" / "moi"))
    assert not (tmp_path / "neuf" / "moi").exists()


def git(folder, *words):
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


@writing
def fill(workspace, report=None):
    for path in (workspace.settings, workspace.arena):
        with whole(path):
            pass
    (workspace.folder / "arena.db-wal").touch()


@pytest.mark.parametrize("place", [".", "moi", "neuf"])
def test_a_checkout_stays_clean_and_it_is_told_once(place, tmp_path):
    repository = tmp_path / "dépôt"
    (repository / "moi").mkdir(parents=True)
    git(repository, "init", "-q")
    workspace, told = Workspace(repository / place), []
    for _ in range(2):
        fill(workspace, told.append)  # by its place, as the faces do
    assert not git(repository, "status", "--porcelain")
    assert len(told) == 1 and "dépôt git" in told[0].text


def test_a_gitignore_of_the_persons_own_is_not_touched(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    told = []
    fill(Workspace(tmp_path), report=told.append)
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n"
    assert "sosie.toml, arena.db*, chats.db*" in told[0].text


def test_outside_a_checkout_nothing_is_said_nor_added(work):
    if any((each / ".git").exists() for each in Path(work.folder).parents):
        return
    told = []
    fill(work, report=told.append)
    assert not told and not (work.folder / ".gitignore").exists()
