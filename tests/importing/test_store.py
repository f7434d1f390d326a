"""Exports enter the folder once, whole or not at all, and tell each thread once."""

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from sources.exports_on_the_spot import LRM, said, write

from sosie import Project
from sosie.core.drafts import data_alone
from sosie.core.errors import BadData, NoRoom, UnknownExport
from sosie.core.workspace import Workspace
from sosie.importing import store
from sosie.sources.files.archive import open_archive

FIXTURES = Path(__file__).parent.parent / "fixtures"

TALK = ["ça va ?", "ok", "ok", "tu viens ?", "oui", "quand", "demain", "ok", "super", "bisous"]


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "moi")


def chat(path, texts, start=0, other="Zoé", first_hour=10):
    """Minutes go by two messages, so that the two « ok » share theirs."""
    lines = [
        f"01/02/2024, {first_hour + n // 120:02}:{n // 2 % 60:02} - {other if n % 4 < 2 else 'Léa'}: {text}\n"
        for n, text in enumerate(texts, start)
    ]
    return write(path, "".join(lines))


def threads(workspace):
    """{title: texts} of what the folder holds."""
    return {c.title: [m.text for m in c.messages if m.kind != "notice"] for c in store.imported(workspace)}


def state(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_import_gives_back_the_thread_and_keeps_the_file_as_it_came(workspace, tmp_path):
    path = chat(tmp_path / "Discussion WhatsApp avec Zoé.txt", TALK)
    added = store.add(workspace, [path])
    assert (added.added, added.already_there, added.conversations) == (10, 0, 1)
    assert threads(workspace) == {"Zoé": TALK}
    (kept,) = workspace.exports.rglob("*.txt")
    assert kept.name == path.name and kept.read_bytes() == path.read_bytes()


def test_what_is_kept_is_closed_to_others(workspace, tmp_path):
    old = os.umask(0)
    try:
        folder = tmp_path / "WhatsApp Chat - Zoé"
        write(folder / "_chat.txt", "[01/02/2024, 10:00:00] Zoé: oui\n")
        write(folder / "photos" / "a.jpg", "x")
        store.add(workspace, [chat(tmp_path / "a.txt", TALK), folder])
    finally:
        os.umask(old)
    assert stat.S_IMODE(workspace.exports.stat().st_mode) == 0o700
    kept = [path for path in workspace.exports.rglob("*") if path.is_file()]
    assert {path.name for path in kept} == {".gitignore", "a.txt", "_chat.txt", "a.jpg", "import.json"}
    assert not any(path.stat().st_mode & 0o077 for path in kept)


@pytest.mark.parametrize("name", ["Discussion WhatsApp avec Zoé.txt", "renommé.txt", "_chat.txt"])
def test_the_same_export_again_adds_nothing_whatever_its_name(name, workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "Discussion WhatsApp avec Zoé.txt", TALK)])
    before = state(workspace.folder)
    again = store.add(workspace, [chat(tmp_path / "autre" / name, TALK)])
    assert (again.added, again.already_there, again.conversations) == (0, 10, 1)
    assert state(workspace.folder) == before


def test_a_longer_export_adds_what_is_new_and_true_repeats_stay(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK[:6])])
    again = store.add(workspace, [chat(tmp_path / "b.txt", TALK)])
    assert (again.added, again.already_there) == (4, 6)
    assert list(threads(workspace).values()) == [TALK]


def test_an_export_that_begins_later_overlaps_in_the_right_order(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "b.txt", TALK[4:], start=4)])
    again = store.add(workspace, [chat(tmp_path / "a.txt", TALK[:8])])
    assert (again.added, again.already_there) == (4, 4)
    assert list(threads(workspace).values()) == [TALK]


def test_overlapping_exports_given_together_are_one_thread(workspace, tmp_path):
    paths = [chat(tmp_path / "a.txt", TALK[:7]), chat(tmp_path / "b.txt", TALK[3:], start=3)]
    added = store.add(workspace, paths)
    assert (added.added, added.already_there, added.conversations) == (10, 4, 1)
    assert list(threads(workspace).values()) == [TALK]


def test_imports_in_several_runs_accumulate(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK)])
    store.add(workspace, [chat(tmp_path / "b.txt", ["salut", "yo"], other="Paul")])
    store.add(workspace, [chat(tmp_path / "c.txt", ["coucou"], other="Inès")])
    assert len(threads(workspace)) == 3
    assert sum(map(len, threads(workspace).values())) == 13


def test_two_parts_of_a_chat_with_nothing_in_common_are_one_thread(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK)])
    store.add(workspace, [chat(tmp_path / "b.txt", TALK, first_hour=15)])
    assert list(threads(workspace).values()) == [TALK * 2]


def group(path, texts, people=("Léa", "Zoé", "Paul")):
    lines = [f"01/02/2024, 10:{n:02} - {people[n % 3]}: {text}\n" for n, text in enumerate(texts)]
    return write(path, "".join(lines))


def test_two_groups_of_one_name_stay_two(workspace, tmp_path):
    name = "Discussion WhatsApp avec Famille.txt"
    store.add(workspace, [group(tmp_path / "a" / name, [f"a{n}" for n in range(20)])])
    store.add(workspace, [group(tmp_path / "b" / name, [f"b{n}" for n in range(20)])])
    found = list(store.imported(workspace))
    assert len({conversation.id for conversation in found}) == 2
    again = store.add(workspace, [group(tmp_path / "c" / name, [f"b{n}" for n in range(30)])])
    assert (again.added, again.already_there) == (10, 20)


def test_the_same_wish_sent_to_many_is_there_in_each_thread(workspace, tmp_path):
    wish = "01/01/2024, 00:00 - Léa: Bonne année !\n"
    paths = [
        write(
            tmp_path / f"Discussion WhatsApp avec {name}.txt",
            f"{wish}01/01/2024, 00:0{n} - {name}: toi aussi {n}\n",
        )
        for n, name in enumerate(["Zoé", "Paul", "Inès"], 1)
    ]
    assert store.add(workspace, paths).added == 6
    assert [texts[0] for texts in threads(workspace).values()] == ["Bonne année !"] * 3
    assert store.add(workspace, paths).already_there == 6


def test_media_exported_afterwards_are_not_new_messages(workspace, tmp_path):
    text = "01/02/2024, 10:00 - Zoé: <Médias omis>\nla mer\n01/02/2024, 10:01 - Léa: oh\n"
    store.add(workspace, [write(tmp_path / "a.txt", text)])
    text = text.replace("<Médias omis>", f"{LRM}IMG-20240201-WA0001.jpg (fichier joint)")
    assert store.add(workspace, [write(tmp_path / "b.txt", text)]).added == 0


def test_what_was_edited_or_deleted_since_gives_way_to_its_newest_state(workspace, tmp_path):
    lines = [f"01/02/2024, 10:0{n} - {'Zoé' if n % 2 else 'Léa'}: texte {n}\n" for n in range(8)]
    store.add(workspace, [write(tmp_path / "a.txt", "".join(lines))])
    lines[2] = "01/02/2024, 10:02 - Léa: texte deux <Ce message a été modifié>\n"
    lines[5] = "01/02/2024, 10:05 - Zoé: Ce message a été supprimé\n"
    assert store.add(workspace, [write(tmp_path / "b.txt", "".join(lines))]).added == 2
    (texts,) = threads(workspace).values()
    assert texts == ["texte 0", "texte 1", "texte deux", "texte 3", "texte 4", "", "texte 6", "texte 7"]


def test_the_merged_thread_keeps_the_first_id_and_takes_the_latest_name(workspace, tmp_path):
    store.add(workspace, [group(tmp_path / "Discussion WhatsApp avec Été.txt", TALK[:6])])
    (before,) = store.imported(workspace)
    store.add(workspace, [group(tmp_path / "Discussion WhatsApp avec Hiver.txt", TALK)])
    (after,) = store.imported(workspace)
    assert (after.id, after.title, after.group) == (before.id, "Hiver", True)


def test_a_data_set_is_there_once(workspace, tmp_path):
    line = '{"messages": [{"role": "user", "content": "%s"}, {"role": "assistant", "content": "b"}]}\n'
    store.add(workspace, [write(tmp_path / "a.jsonl", line % 1 + line % 2 + line % 2)])
    again = store.add(workspace, [write(tmp_path / "b.jsonl", line % 0 + line % 2 + line % 1 + line % 2)])
    assert (again.added, again.already_there) == (2, 6)
    assert len(list(store.imported(workspace))) == 4


def test_one_wrong_export_among_several_keeps_none(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK)])
    before = state(workspace.folder)
    with pytest.raises(UnknownExport):
        store.add(
            workspace, [chat(tmp_path / "b.txt", ["x"], other="Paul"), write(tmp_path / "c.txt", "rien\n")]
        )
    assert state(workspace.folder) == before


def test_a_full_disk_is_told_and_leaves_what_was_there(workspace, tmp_path, monkeypatch):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK)])
    before = state(workspace.folder)

    def full(source, target):
        Path(target).write_bytes(b"un debut")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(NoRoom):
        store.add(workspace, [chat(tmp_path / "b.txt", ["x"], other="Paul")])
    assert state(workspace.folder) == before
    assert not list(workspace.exports.glob(".part-*"))


def test_a_killed_import_leaves_the_folder_as_it_was(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK)])
    path = chat(tmp_path / "b.txt", ["x"], other="Paul")
    code = (
        "import os, shutil, sys, time; from pathlib import Path\n"
        "from sosie.core.workspace import Workspace; from sosie.importing import store\n"
        "copy = shutil.copyfile\n"
        "def slow(a, b):\n    copy(a, b); print('half', flush=True); time.sleep(60)\n"
        "shutil.copyfile = slow\n"
        "store.add(Workspace(Path(sys.argv[1])), [Path(sys.argv[2])])\n"
    )
    command = [sys.executable, "-c", code, str(workspace.folder), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert list(workspace.exports.glob(".part-*")), "the test did not kill it in the middle"
    assert list(threads(workspace).values()) == [TALK]
    assert store.add(workspace, [path]).added == 1
    assert not list(workspace.exports.glob(".part-*"))
    assert len(threads(workspace)) == 2


def test_the_same_export_twice_at_once_is_kept_once(workspace, tmp_path):
    """Of two processes that begin together one waits for the other, and then finds nothing new."""
    path, go = chat(tmp_path / "a.txt", TALK), tmp_path / "go"
    code = (
        "import sys, time; from pathlib import Path; from sosie import Project\n"
        "from sosie.importing import store\n"
        "plan_import, folder, path, go = store.plan_import, *map(Path, sys.argv[1:])\n"
        "def slow(*given):\n"
        "    plan = plan_import(*given)\n"
        "    time.sleep(0.5)\n"
        "    return plan\n"
        "store.plan_import = slow\n"
        "while not go.exists(): time.sleep(0.01)\n"
        "told = []\n"
        "done = Project(folder).import_([path], me=['Léa'], report=told.append)\n"
        "print(done.added, any('est en cours' in event.text for event in told))\n"
    )
    command = [sys.executable, "-c", code, str(workspace.folder), str(path), str(go)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    go.touch()
    said = sorted(process.communicate()[0] for process in both)
    assert said == ["0 True\n", f"{len(TALK)} False\n"]
    assert [path.name for path in workspace.exports.glob("0*")] == ["0001"]
    assert list(threads(workspace).values()) == [TALK]


def test_a_spoilt_note_is_said_in_a_sentence(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "a.txt", TALK)])
    (workspace.exports / "0001" / "import.json").write_text("{")
    with pytest.raises(BadData) as caught:
        list(store.imported(workspace))
    assert "0001" in caught.value.message and caught.value.mend


def test_the_format_that_was_forced_is_remembered(workspace, tmp_path):
    lines = "".join(f"note {n}\n" for n in range(400)) + "01/02/2024, 10:00 - Zoé: oui\n"
    path = write(tmp_path / "a.txt", lines)
    with pytest.raises(UnknownExport):
        store.add(workspace, [path])
    assert store.add(workspace, [path], source="whatsapp").added == 1
    assert [said(list(c.messages)) for c in store.imported(workspace)] == [[("Zoé", "oui")]]


def test_progress_goes_up_over_all_exports(workspace, tmp_path):
    for name in ("Zoé", "Paul"):
        texts = [f"{text} {name}" for text in TALK * 300]
        store.add(workspace, [chat(tmp_path / f"{name}.txt", texts, other=name)])
    told = []
    for conversation in store.imported(workspace, told.append):
        for _ in conversation.messages:
            pass
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert told[-1].total == sum(path.stat().st_size for path in tmp_path.glob("*.txt"))


def test_a_contact_renamed_between_two_exports_is_one_person(workspace, tmp_path):
    store.add(workspace, [chat(tmp_path / "Discussion WhatsApp avec Zoé.txt", TALK[:8])])
    again = store.add(
        workspace, [chat(tmp_path / "Discussion WhatsApp avec Zoé M..txt", TALK, other="Zoé M.")]
    )
    assert (again.added, again.already_there, again.conversations) == (2, 8, 1)
    assert threads(workspace) == {"Zoé M.": TALK}
    (thread,) = store.imported(workspace)
    assert {message.author for message in thread.messages} == {"Zoé M.", "Léa"}


def test_a_contact_renamed_twice_keeps_the_latest_name(workspace, tmp_path):
    for length, name in ((6, "Zoé"), (8, "Zoé M."), (10, "Zoé Martin ❤️")):
        store.add(workspace, [chat(tmp_path / f"{length}.txt", TALK[:length], other=name)])
    (thread,) = store.imported(workspace)
    said = [(message.author, message.text) for message in thread.messages]
    assert [text for _, text in said] == TALK
    assert {author for author, _ in said} == {"Zoé Martin ❤️", "Léa"}
    assert store.add(workspace, [chat(tmp_path / "c.txt", TALK[:8], other="Zoé M.")]).added == 0


def test_the_same_wishes_sent_to_two_people_stay_two_threads(workspace, tmp_path):
    mine = [f"01/01/2024, 00:0{n} - Léa: {text}\n" for n, text in enumerate(TALK[:6])]
    for name in ("Zoé", "Paul"):
        answers = "".join(f"01/01/2024, 00:0{n} - {name}: merci {name} {n}\n" for n in range(1, 4))
        lines = sorted([*mine, *answers.splitlines(keepends=True)], key=lambda line: line[:17])
        store.add(workspace, [write(tmp_path / f"Discussion WhatsApp avec {name}.txt", "".join(lines))])
    assert {title: len(texts) for title, texts in threads(workspace).items()} == {"Zoé": 9, "Paul": 9}


def test_each_export_is_read_once_however_many_chats_it_holds(workspace, tmp_path, monkeypatch):
    def export(path, days):
        chats = [
            {"id": 100 + n, "type": "personal_chat", "name": f"Ami {n}", "messages": [
                {"id": day, "type": "message", "date": f"2024-01-{day:02}T10:00:00", "from": f"Ami {n}",
                 "from_id": f"user{n}", "text": f"jour {day}"} for day in days]}
            for n in range(1, 30)
        ]  # fmt: skip
        return write(path, json.dumps({"chats": {"list": chats}}))

    store.add(workspace, [export(tmp_path / "a" / "result.json", range(1, 8))])
    store.add(workspace, [export(tmp_path / "b" / "result.json", range(5, 12))])
    opened = []
    monkeypatch.setattr(store, "open_archive", lambda path: opened.append(path) or open_archive(path))
    texts = [[message.text for message in thread.messages] for thread in store.imported(workspace)]
    assert texts == [[f"jour {day}" for day in range(1, 12)]] * 29
    assert len(opened) == 2


def mix(folder):
    """WhatsApp, a data set, and a file that nobody reads, with a photo beside."""
    chat(folder / "Discussion WhatsApp avec Zoé.txt", TALK)
    backup = (FIXTURES / "sms/export/sms-20240105.xml").read_text("utf-8")
    write(folder / "sms.xml", backup)
    write(folder / "notes.txt", "rien à voir\n")
    write(folder / "photo.jpg", "x" * 1000)
    return folder


def test_of_a_mix_each_export_is_kept_with_its_own_files_only(workspace, tmp_path):
    added = store.add(workspace, [mix(tmp_path / "mêlé")])
    assert (added.added, added.conversations) == (17, 4)
    kept = sorted(path.name for path in workspace.exports.rglob("*") if path.is_file())
    assert kept == [".gitignore", "Discussion WhatsApp avec Zoé.txt", "import.json", "sms.xml"]
    assert sum(map(len, threads(workspace).values())) == 17
    before = state(workspace.folder)
    assert store.add(workspace, [tmp_path / "mêlé"]).added == 0 and state(workspace.folder) == before


def test_of_a_zip_that_mixes_apps_each_export_reads_its_own_files(workspace, tmp_path):
    folder = mix(tmp_path / "mêlé")
    with zipfile.ZipFile(tmp_path / "tout.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert store.add(workspace, [tmp_path / "tout.zip"]).added == 17
    assert sum(map(len, threads(workspace).values())) == 17
    notes = json.loads((workspace.exports / "0001" / "import.json").read_text("utf-8"))["exports"]
    assert len({note["file"] for note in notes}) == len(list(workspace.exports.rglob("*.zip"))) == 1
    assert sorted(note["names"] for note in notes) == [["Discussion WhatsApp avec Zoé.txt"], ["sms.xml"]]


def test_what_sosie_wrote_in_the_folder_that_is_given_is_no_export(tmp_path):
    here = Workspace(tmp_path)
    chat(tmp_path / "Discussion WhatsApp avec Zoé.txt", TALK)
    assert store.add(here, [tmp_path]).added == 10
    write(here.data / "train.jsonl", '{"messages": [{"role": "assistant", "content": "b"}]}\n')
    write(here.settings, '[import]\nme = ["Léa"]\n')
    again = store.plan_import(here, [tmp_path])
    assert (again.total.added, again.total.already_there, again.unread) == (0, 10, ())
    chat(tmp_path / "Discussion WhatsApp avec Zoé.txt", [*TALK, "encore"])
    assert store.add(here, [tmp_path]).added == 1
    assert len(list(here.exports.rglob("*.txt"))) == 2


def test_two_exports_of_one_app_in_a_folder_are_kept_apart(workspace, tmp_path):
    chat(tmp_path / "d" / "Discussion WhatsApp avec Zoé.txt", TALK)
    chat(tmp_path / "d" / "renommé.txt", [f"{text} Paul" for text in TALK], other="Paul")
    assert store.add(workspace, [tmp_path / "d"]).added == 20
    assert sorted(map(len, threads(workspace).values())) == [10, 10]


def test_what_nobody_read_is_told_with_what_each_app_brings(workspace, tmp_path):
    plan = store.plan_import(
        workspace, [mix(tmp_path / "mêlé"), chat(tmp_path / "b.txt", ["x"], other="Paul")]
    )
    assert {source: part.added for source, part in plan.by_source.items()} == {"sms": 7, "whatsapp": 11}
    assert [left.file for left in plan.unread] == ["notes.txt"] and plan.attached == 1
    assert not workspace.exports.exists(), "planning writes nothing"


def test_a_mix_killed_in_the_middle_is_taken_up_whole(workspace, tmp_path):
    folder = mix(tmp_path / "mêlé")
    code = (
        "import os, shutil, signal, sys; from pathlib import Path\n"
        "from sosie.core.workspace import Workspace; from sosie.importing import store\n"
        "copy, calls = shutil.copyfile, []\n"
        "def second(a, b):\n    calls.append(copy(a, b))\n"
        "    if len(calls) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "shutil.copyfile = second\n"
        "store.add(Workspace(Path(sys.argv[1])), [Path(sys.argv[2])])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(workspace.folder), str(folder)])
    assert done.returncode == -signal.SIGKILL and list(workspace.exports.glob(".part-*"))
    assert not list(store.imported(workspace))
    assert store.add(workspace, [folder]).added == 17
    assert store.add(workspace, [folder]).added == 0
    assert sorted(path.name for path in workspace.exports.iterdir()) == [".gitignore", "0001"]


def test_a_thousand_threads_are_woven_fast(workspace, tmp_path):
    line = '{"messages": [{"role": "user", "content": "%d"}, {"role": "assistant", "content": "b"}]}\n'
    store.add(workspace, [write(tmp_path / "a.jsonl", "".join(line % n for n in range(1000)))])
    store.add(workspace, [write(tmp_path / "b.jsonl", "".join(line % n for n in range(1500)))])
    start = time.process_time()
    assert sum(1 for _ in store.imported(workspace)) == 1500
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "alone", [data_alone, store.one_at_a_time], ids=["another is prepared", "one is removed"]
)
def test_a_preparation_waits_for_who_is_at_work_in_the_folder(alone, workspace, tmp_path):
    Project(workspace.folder).import_([chat(tmp_path / "a.txt", TALK)], me=["Léa"])
    heard, done = [], []

    def prepare():
        done.append(Project(workspace.folder).prepare(report=heard.append))

    with alone(workspace, heard.append):
        other = threading.Thread(target=prepare)
        other.start()
        while other.is_alive() and not any("on l'attend" in event.text for event in heard):
            time.sleep(0.01)
        assert not done and not (workspace.data / "train.jsonl").exists()
    other.join()
    assert done and (workspace.data / "train.jsonl").is_file()
