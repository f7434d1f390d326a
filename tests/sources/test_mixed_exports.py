"""A folder or a zip that mixes apps: each export by its own reader, and no file passed over in silence."""

import json
import shutil
import zipfile
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from exports_on_the_spot import write

from sosie.core.errors import UnknownExport
from sosie.core.source_table import source_row
from sosie.core.workspace import Workspace
from sosie.importing import store
from sosie.sources.base import SOURCES, read_export
from sosie.sources.mixed_exports import MixedExports
from sosie.sources.summary import summarise, summarise_reading

FIXTURES = Path(__file__).parent.parent / "fixtures"
CHAT = "01/02/2024, 10:00 - Zoé: coucou\n01/02/2024, 10:01 - Léa: oui\n13/02/2024, 10:02 - Zoé: bisous\n"
DATA = '{"messages": [{"role": "user", "content": "ça va ?"}, {"role": "assistant", "content": "oui"}]}\n'


def export(name):
    return FIXTURES / name / "export"


def zipped(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def read(path):
    """(source: messages) of each export, and the exports once it was read."""
    exports = MixedExports(path)
    counts = [
        (reading.source, sum(m.kind != "notice" for c in reading for m in c.messages)) for reading in exports
    ]
    return counts, exports


def left(exports):
    return {one.file: one.reason for one in exports.unread}


@pytest.fixture
def downloads(tmp_path):
    folder = tmp_path / "Téléchargements"
    zipped(folder / "Discussion WhatsApp avec Zoé.zip", {"Discussion WhatsApp avec Zoé.txt": CHAT})
    shutil.copytree(export("telegram"), folder / "Telegram Desktop")
    shutil.copytree(export("chatgpt"), folder, dirs_exist_ok=True)
    shutil.copy(export("sms") / "sms-20240105.xml", folder)
    write(folder / "photo.jpg", "x")
    write(folder / "notes.txt", "rien à voir\n")
    return folder


def test_each_app_of_a_downloads_folder_is_read_by_its_reader(downloads):
    counts, exports = read(downloads)
    assert sorted(source for source, _ in counts) == ["chatgpt", "sms", "telegram", "whatsapp"]
    assert dict(counts)["whatsapp"] == 3
    assert left(exports) == {"notes.txt": "format non reconnu"} and exports.attached == 1


@pytest.mark.parametrize("name", ["telegram", "chatgpt", "sms"])
def test_an_app_gives_in_a_mix_what_it_gives_alone(name, downloads):
    counts, _ = read(downloads)
    alone = summarise_reading(read_export(export(name)))
    in_the_mix = next(one for one in summarise(MixedExports(downloads)).exports if one["source"] == name)
    assert dict(counts)[name] and in_the_mix["messages"] == alone.messages
    assert (in_the_mix["entries"], in_the_mix["skipped"]) == (alone.entries, alone.skipped)


@pytest.mark.parametrize("part", [0, 1, None], ids=["nothing", "one thread", "all threads and no message"])
def test_a_reading_that_was_not_read_to_its_end_is_not_passed_over(part, tmp_path):
    """Which files an export takes is known at its end: the next one would be given its files as well."""
    shutil.copytree(export("telegram"), tmp_path / "t")
    shutil.copytree(export("sms"), tmp_path / "t", dirs_exist_ok=True)
    exports = iter(MixedExports(tmp_path / "t"))
    list(islice(next(exports), part))
    with pytest.raises(RuntimeError, match="read to its end"):
        next(exports)


def test_every_app_is_found_among_all_the_others(tmp_path):
    apps = {path.parent.name for path in FIXTURES.glob("*/golden.jsonl")} & set(SOURCES)
    apps = {app for app in apps if source_row(app).family == "app" and not source_row(app).reads_also}
    for app in apps:
        shutil.copytree(export(app), tmp_path / app)
    alone = {app: sum(count for _, count in read(export(app))[0]) for app in apps}
    assert len(apps) > 20 and dict(read(tmp_path)[0]) == alone


def test_a_takeout_zip_with_mail_and_chat_is_two_exports(tmp_path):
    chats = {
        path.relative_to(export("google_chat")).as_posix(): path.read_text("utf-8")
        for path in export("google_chat").rglob("*.json")
    }
    mails = (export("email") / "Tous les messages.mbox").read_bytes()
    path = zipped(tmp_path / "takeout.zip", {**chats, "Takeout/Mail/Tous les messages.mbox": mails})
    counts, _ = read(path)
    assert sorted(source for source, _ in counts) == ["email", "google_chat"]


def test_the_same_files_in_a_zip_and_in_a_folder_give_the_same(downloads, tmp_path):
    files = {p.relative_to(downloads).as_posix(): p.read_bytes() for p in downloads.rglob("*") if p.is_file()}
    inside = files.pop("Discussion WhatsApp avec Zoé.zip")
    path = zipped(tmp_path / "tout.zip", files)
    counts, _ = read(path)
    assert sorted(counts) == sorted((s, n) for s, n in read(downloads)[0] if s != "whatsapp")
    _, exports = read(zipped(tmp_path / "zip.zip", {**files, "chat.zip": inside}))
    assert left(exports)["chat.zip"] == "zip dans un zip : à ouvrir d'abord"


SINGLE = sorted(path.parent.name for path in FIXTURES.glob("*/export"))


@pytest.mark.parametrize("name", SINGLE)
def test_an_export_of_one_app_gives_exactly_what_its_reader_gives(name):
    alone = summarise_reading(read_export(export(name)), texts=True).to_json()
    exportsd = summarise(MixedExports(export(name)), texts=True).to_json()
    assert {**exportsd, "unread": [], "attached": 0} == alone


def test_what_was_sent_in_a_whatsapp_chat_is_no_export(tmp_path):
    path = zipped(
        tmp_path / "WhatsApp Chat - Zoé.zip",
        {
            "_chat.txt": "[01/02/2024, 10:00:00] Zoé: oui\n",
            "sms.xml": (export("sms") / "sms-20240105.xml").read_text(),
        },
    )
    counts, exports = read(path)
    assert counts == [("whatsapp", 1)] and left(exports) == {"sms.xml": "format non reconnu"}


def test_a_table_beside_a_chat_is_an_attachment_but_not_in_a_collection(tmp_path):
    folder = tmp_path / "a"
    write(folder / "result.json", (export("telegram") / "result.json").read_text("utf-8"))
    shutil.copy(export("csv") / "entretien.csv", folder)
    counts, exports = read(folder)
    assert [source for source, _ in counts] == ["telegram"] and "entretien.csv" in left(exports)
    shutil.copy(export("sms") / "sms-20240105.xml", folder)
    assert sorted(source for source, _ in read(folder)[0]) == ["csv", "sms", "telegram"]


def test_an_app_in_two_forms_is_read_in_one(tmp_path):
    shutil.copytree(export("telegram"), tmp_path / "t")
    shutil.copytree(export("telegram_html"), tmp_path / "t", dirs_exist_ok=True)
    counts, _ = read(tmp_path / "t")
    assert [source for source, _ in counts] == ["telegram"]


def test_16_a_thread_in_two_forms_under_two_roots_counts_once(tmp_path):
    page = export("messenger_html") / "your_facebook_activity"
    shutil.copytree(export("messenger"), tmp_path / "m")
    shutil.copytree(page, tmp_path / "m" / "autre" / "your_facebook_activity")
    counts, _ = read(tmp_path / "m")
    assert [source for source, _ in counts] == ["messenger"]


def test_chats_with_and_without_a_telling_name_are_both_read(tmp_path):
    write(tmp_path / "d" / "Discussion WhatsApp avec Zoé.txt", CHAT)
    write(tmp_path / "d" / "renommé.txt", CHAT.replace("Zoé", "Paul"))
    assert read(tmp_path / "d")[0] == [("whatsapp", 3), ("whatsapp", 3)]


def test_data_sets_of_two_kinds_are_not_mixed_up(tmp_path):
    write(tmp_path / "d" / "a.jsonl", DATA * 2)
    write(tmp_path / "d" / "b.json", '[{"instruction": "dis oui", "input": "", "output": "oui"}]')
    counts, exports = read(tmp_path / "d")
    assert sorted(counts) == [("alpaca", 2), ("openai_jsonl", 4)] and not exports.unread


def test_a_zip_that_cannot_be_opened_is_named_and_the_rest_is_read(downloads):
    zipped(downloads / "monte.zip", {"../x": "a"})
    write(downloads / "coupé.zip", "PK\3\4abc")
    counts, exports = read(downloads)
    assert len(counts) == 4
    assert "hors de l'archive" in left(exports)["monte.zip"] and "abîmée" in left(exports)["coupé.zip"]


def test_a_folder_with_nothing_to_read_says_what_was_looked_at(tmp_path):
    write(tmp_path / "d" / "notes.txt", "rien\n")
    write(tmp_path / "d" / "autre.txt", "rien\n")
    with pytest.raises(UnknownExport, match="2 fichiers regardés"):
        read(tmp_path / "d")


EMPTY = {
    "sms.xml": '<?xml version="1.0"?>\n<smses count="0"></smses>\n',
    "conversations.json": '[{"title": "rien", "mapping": {"r": {"parent": null, "message": null}}}]',
}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("packed", [True, False], ids=["a zip", "loose"])
def test_an_export_without_a_message_is_named_and_the_rest_is_read(name, packed, tmp_path):
    folder = tmp_path / "d"
    write(folder / "Discussion WhatsApp avec Zoé.txt", CHAT)
    if packed:
        zipped(folder / "a.zip", {name: EMPTY[name]})
    else:
        write(folder / name, EMPTY[name])
    counts, exports = read(folder)
    assert dict(counts)["whatsapp"] == 3 and sum(count for _, count in counts) == 3
    assert left(exports) == {f"a.zip/{name}" if packed else name: "reconnu, mais vide de messages"}
    assert store.add(Workspace(tmp_path / "moi"), [folder]).added == 3


@pytest.mark.parametrize("packed", [True, False], ids=["zips", "loose"])
def test_a_folder_of_empty_exports_only_is_refused_and_says_what_would_be_read(packed, tmp_path):
    for name, text in EMPTY.items():
        if packed:
            zipped(tmp_path / "d" / f"{name}.zip", {name: text})
        else:
            write(tmp_path / "d" / name, text)
    with pytest.raises(UnknownExport, match="2 fichiers regardés") as refused:
        read(tmp_path / "d")
    assert "ChatGPT" in refused.value.mend and "SMS" in refused.value.mend


def test_the_sums_of_a_mix_add_up_and_the_contract_s_keys_are_there(downloads):
    found = summarise(MixedExports(downloads)).to_json()
    assert found["entries"] == found["messages"] + found["system"] + sum(found["skipped"].values())
    for key in ("conversations", "messages", "entries"):
        assert found[key] == sum(one[key] for one in found["exports"])
    assert len(found["exports"]) == 4
    assert {one["file"] for one in found["exports"]} >= {
        "sms-20240105.xml",
        "Discussion WhatsApp avec Zoé.zip",
    }
    assert found["unread"] == [{"file": "notes.txt", "reason": "format non reconnu"}]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/export")), ids=lambda path: path.parent.name)
def test_29_every_message_says_where_it_comes_from(path):
    messages = [message for reading in MixedExports(path) for c in reading for message in c.messages]
    assert messages and all(message.id and message.origin for message in messages)


@pytest.mark.parametrize("loose", [True, False], ids=["loose", "a folder each"])
def test_all_samples_in_one_folder_give_what_each_gives_alone(loose, shared, tmp_path):
    samples = shared / "samples"
    alone: Counter[str] = Counter()
    folder = tmp_path / "tout"
    for number, unit in enumerate(json.loads((samples / "expected.json").read_text("utf-8"))["units"]):
        path = samples / unit
        place = folder if loose else folder / f"{number}"
        if (place / path.name).exists() or (loose and path.is_dir()) or "html" in path.name:
            continue  # one name twice, a folder, or a chat that is there in JSON too
        place.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, place / path.name)
        found = summarise_reading(read_export(path))
        alone[found.source.replace("instagram", "messenger")] += found.messages
    found = summarise(MixedExports(folder))
    told: Counter[str] = Counter()
    for one in found.exports:
        told[one["source"].replace("instagram", "messenger")] += one["messages"]
    assert told == alone and not found.unread
    workspace = Workspace(tmp_path / "moi")
    added = store.add(workspace, [folder])
    kept = sum(m.kind != "notice" for c in store.imported(workspace) for m in c.messages)
    assert added.added == kept
    assert store.add(workspace, [folder]).added == 0
