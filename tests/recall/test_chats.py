"""Chats that are kept: where the person asked for it, whole, and gone without a byte when they say so."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from sosie.core import jsonl
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData, BadFolder, NoRoom, NothingToDo
from sosie.core.workspace import Workspace
from sosie.recall import database
from sosie.recall.chats import Chats, thread_name
from sosie.recall.database import Database

SECRET = "le code du portail est quatre-mille-brioche"


@pytest.fixture
def chats(tmp_path):
    return Chats(Workspace(tmp_path / "moi"))


def talk(*texts):
    return tuple(Turn(("user", "assistant")[place % 2], text) for place, text in enumerate(texts))


def keep(chats, *texts, name=""):
    thread = chats.start("lea", name)
    chats.save(thread.id, talk(*texts))
    return thread.id


def bytes_of(chats):
    """Of the base and of whatever SQLite put beside it."""
    return b"".join(path.read_bytes() for path in chats.path.parent.glob("*.db*"))


def test_nothing_is_written_before_a_thread_is_begun(chats):
    assert chats.threads() == () and chats.search("x") == () and chats.forget_all() == 0
    with pytest.raises(NothingToDo):
        chats.turns(1)
    assert not chats.path.parent.exists()


def test_a_thread_is_kept_as_it_grows_and_is_named_by_its_first_message(chats):
    thread = chats.start("lea")
    chats.save(thread.id, (Turn("system", "Tu tutoies."), *talk("salut toi\nça va ?", "oui")))
    chats.save(thread.id, (Turn("system", "Tu tutoies."), *talk("salut toi\nça va ?", "oui", "bien")))
    assert chats.turns(thread.id)[0] == Turn("system", "Tu tutoies.")
    (only,) = chats.threads()
    assert (only.name, only.double, only.turns) == ("salut toi", "lea", 3)


def test_an_answer_made_again_takes_the_place_of_the_first(chats):
    thread = keep(chats, "salut", "premier essai", "et toi ?", "bof")
    chats.save(thread, talk("salut", "second essai"))
    assert chats.turns(thread) == talk("salut", "second essai")
    assert b"premier essai" not in bytes_of(chats)


def test_the_file_is_its_owners_alone_and_nothing_stands_beside_it(chats):
    usual = os.umask(0)
    try:
        keep(chats, "salut", "oui")
    finally:
        os.umask(usual)
    assert stat.S_IMODE(chats.path.stat().st_mode) == 0o600
    assert {path.name for path in chats.path.parent.iterdir()} <= {"chats.db", ".gitignore"}


def test_in_a_git_checkout_it_is_hidden_from_git(tmp_path):
    (tmp_path / ".git").mkdir()
    heard = []
    keep(Chats(Workspace(tmp_path), heard.append), "salut", "oui")
    assert "/chats.db*" in (tmp_path / ".gitignore").read_text() and "git" in heard[0].text


def test_words_are_found_whatever_their_accents_and_capitals(chats):
    first = keep(chats, "tu connais Éloïse ?", "Oui, de l'ÉCOLE d'été", name="Vacances")
    keep(chats, "salut", "bof")
    (found,) = chats.search("ecole ETE")
    assert found.thread.id == first and found.count == 1 and "ÉCOLE d'été" in found.excerpt
    assert [each.thread.id for each in chats.search("vacances")] == [first]
    assert chats.search("école bof") == () == chats.search("  ")


def test_the_system_text_is_not_what_was_said(chats):
    thread = chats.start("lea")
    chats.save(thread.id, (Turn("system", "portrait"), *talk("salut", "oui")))
    assert chats.search("portrait") == ()


def test_a_thread_is_renamed_and_deleted_without_a_byte(chats):
    one, other = keep(chats, SECRET, "d'accord", name="brioche-tiède"), keep(chats, "salut", "oui")
    chats.rename(one, "Les vacances")
    assert b"brioche-ti" not in bytes_of(chats)
    assert [thread.name for thread in chats.threads() if thread.id == one] == ["Les vacances"]
    chats.delete(one)
    assert SECRET.encode() not in bytes_of(chats) and chats.turns(other) == talk("salut", "oui")
    for gone in (chats.turns, chats.delete, lambda id_: chats.rename(id_, "x")):
        with pytest.raises(NothingToDo, match="n'existe"):
            gone(one)
    with pytest.raises(NothingToDo, match="n'existe"):
        chats.save(one, talk("salut"))
    assert keep(chats, "encore") not in (one, other)


def test_forget_all_leaves_no_byte(chats):
    for count in range(40):
        keep(chats, f"{SECRET} {count} " + "long " * count * 40, "d'accord", name=f"Brioche {count}")
    for thread in chats.threads()[:20:2]:
        chats.save(thread.id, talk(f"{SECRET} bis", "oui"))
    assert chats.forget_all() == 40 and chats.threads() == ()
    left = bytes_of(chats)
    assert b"brioche" not in left and b"Brioche" not in left and b"accord" not in left
    assert [path.name for path in chats.path.parent.glob("*.db*")] == ["chats.db"]


def test_what_a_write_ahead_log_of_another_program_holds_goes_too(chats):
    keep(chats, SECRET, "oui")
    other = sqlite3.connect(chats.path, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("UPDATE turns SET text = text || ' encore'")
    other.close()
    chats.forget_all()
    assert b"brioche" not in bytes_of(chats)


def test_a_process_killed_while_it_writes_loses_nothing_that_was_kept(chats):
    keep(chats, "salut", "oui")
    code = """
import os, sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("PRAGMA cache_size = 1")
base.execute("BEGIN IMMEDIATE")
base.execute("DELETE FROM turns")
base.executemany("INSERT INTO turns VALUES (1, ?, 'user', ?)", ((n, "brioche" * 500) for n in range(500)))
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code, str(chats.path)], check=False)
    assert chats.path.with_name("chats.db-journal").exists()
    assert chats.turns(1) == talk("salut", "oui")
    chats.forget_all()
    assert b"brioche" not in bytes_of(chats) and not chats.path.with_name("chats.db-journal").exists()


def test_an_export_is_openai_messages_from_which_nothing_is_learnt(chats, tmp_path):
    thread = keep(chats, "salut", "oui", name="Essai")
    exported = chats.export(thread)
    assert exported["name"] == "Essai" and exported["messages"][1] == {
        "role": "assistant",
        "content": "oui",
        "weight": 0,
    }
    (tmp_path / "fil.jsonl").write_text(json.dumps(exported), encoding="utf-8")
    assert list(jsonl.read(tmp_path / "fil.jsonl")) == []


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(chats):
    keep(chats, "salut", "oui")
    with closing(sqlite3.connect(chats.path)) as base:
        base.execute("PRAGMA user_version = 9")
    before = bytes_of(chats)
    for act in (chats.threads, chats.forget_all, lambda: chats.start("lea")):
        with pytest.raises(BadData, match="plus récente"):
            act()
    assert bytes_of(chats) == before


def test_a_file_that_another_program_holds_is_told(chats, monkeypatch):
    thread = keep(chats, "salut", "oui")
    monkeypatch.setattr(database, "WAIT", 0.05)
    with closing(sqlite3.connect(chats.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for act in (chats.threads, lambda: chats.save(thread, talk("a", "b"))):
            with pytest.raises(BadData, match="occupé"):
                act()
    assert chats.turns(thread) == talk("salut", "oui")


def test_what_is_no_base_is_told_and_left_as_it_is(chats):
    chats.path.parent.mkdir()
    chats.path.write_bytes(b"brioche" * 1000)
    with pytest.raises(BadData, match="abîmé") as told:
        chats.start("lea")
    assert "brioche" not in str(told.value) and chats.path.read_bytes() == b"brioche" * 1000


def test_a_folder_that_cannot_be_written_is_told(chats):
    if os.geteuid() == 0:
        chats.path.parent.mkdir()
        chats.path.mkdir()  # root may write everywhere, but in no folder as in a file
        with pytest.raises((BadFolder, OSError)):
            chats.start("lea")
        return
    keep(chats, "salut", "oui")
    chats.path.parent.chmod(0o500)
    with pytest.raises(BadFolder):
        keep(chats, "salut")
    chats.path.parent.chmod(0o700)


def test_a_full_disk_is_told_and_the_next_save_keeps_it_all(chats):
    """The limit of a file's size stands for the disk's end, in a process of its own."""
    thread = keep(chats, "salut", "oui")
    code = """
import resource, signal, sys
from pathlib import Path
from sosie.core.dialogue import Turn
from sosie.core.errors import SosieError
from sosie.core.workspace import Workspace
from sosie.recall.chats import Chats
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    Chats(Workspace(Path(sys.argv[1]))).save(1, [Turn("user", "brioche" * 20_000)])
except SosieError as error:
    print(type(error).__name__, error.message)
"""
    command = [sys.executable, "-c", code, str(chats.path.parent)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.count("\n") == 1 and "disque" in told.stdout and "brioche" not in told.stdout
    assert chats.turns(thread) == talk("salut", "oui")
    chats.save(thread, talk("salut", "oui", "brioche" * 20_000))
    assert len(chats.turns(thread)) == 3


def test_no_room_left_in_the_base_is_told(chats, monkeypatch):
    thread = keep(chats, "salut", "oui")
    opened = Database._opened

    def narrow(self):
        base = opened(self)
        base.execute("PRAGMA max_page_count = 1")
        return base

    monkeypatch.setattr(Database, "_opened", narrow)
    with pytest.raises(NoRoom, match="place"):
        chats.save(thread, talk("salut", "oui", "brioche" * 20_000))
    monkeypatch.undo()
    assert chats.turns(thread) == talk("salut", "oui")


def test_threads_of_a_program_share_it(chats):
    ids = [chats.start("lea").id for _ in range(4)]

    def fill(thread):
        for count in range(1, 15):
            chats.save(thread, talk(*map(str, range(count))))

    workers = [threading.Thread(target=fill, args=(thread,)) for thread in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [len(chats.turns(thread)) for thread in ids] == [14] * 4


@pytest.mark.parametrize("text", ["a\0b", "\ud83d seul", "x" * 10_000_000, "🥐" * 5, ""])
def test_any_text_is_kept(chats, text):
    thread = keep(chats, text, "oui")
    (first, _) = chats.turns(thread)
    assert first.text == text.replace("\ud83d", "?")


def test_the_repr_holds_no_word(chats):
    keep(chats, "brioche", "oui")
    assert "brioche" not in repr((chats, chats.threads(), chats.search("brioche")))


def test_a_long_first_message_gives_a_short_name():
    assert thread_name("  un\tdeux  \nautre") == "un deux" and thread_name("mot " * 40).endswith("mot…")
    assert len(thread_name("x" * 1000)) == 61
