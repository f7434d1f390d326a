"""Each app names the sounds of its voice messages in its own way; none leads out of its export."""

import json
import zipfile

import pytest
from beeps import sound, whatsapp_zip

from sosie import Project
from sosie.enrich.transcribe.notes import notes_of_exports
from sosie.enrich.transcribe.sound import BadSound

WORDS = sound("on", "se", "voit")


def notes(project, absent=None):
    return list(notes_of_exports(project.workspace, absent.append if absent is not None else lambda _: None))


def telegram(path, file):
    def said(number, who, **more):
        at = {"date": f"2024-02-01T10:0{number}:00", "from": who, "from_id": f"user{who}", "text": ""}
        return {"id": number, "type": "message", **at, **more}

    voice = {"media_type": "voice_message", "mime_type": "audio/ogg", "file": file}
    chat = [said(1, "Malo", text="tu viens ?"), said(2, "Léa", **voice), said(3, "Malo", text="ok")]
    result = {"name": "Malo", "type": "personal_chat", "id": 11, "messages": chat}
    path.mkdir(parents=True)
    (path / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return path


def test_telegram_names_a_path_from_its_own_folder(tmp_path):
    export = telegram(tmp_path / "ChatExport", "voice_messages/audio_1@01-02-2024.ogg")
    (export / "voice_messages").mkdir()
    (export / "voice_messages" / "audio_1@01-02-2024.ogg").write_bytes(WORDS)
    project = Project(tmp_path / "moi")
    project.import_([export], me=["Léa"])
    (note,) = notes(project)
    assert (note.name, note.author, note.mine, note.message) == (
        "audio_1@01-02-2024.ogg",
        "Léa",
        True,
        "telegram-user-11-2",
    )
    assert note.read() == WORDS


@pytest.mark.parametrize(
    "file", ["../../secret.ogg", "/etc/passwd", "(File not included)", "", "voice_messages"]
)
def test_a_path_out_of_the_export_is_no_sound(tmp_path, file):
    (tmp_path / "secret.ogg").write_bytes(WORDS)
    project = Project(tmp_path / "moi")
    project.import_([telegram(tmp_path / "a" / "ChatExport", file)], me=["Léa"])
    absent = []
    assert notes(project, absent) == [] and len(absent) == 1


def test_messenger_names_a_path_from_the_top_of_the_account(tmp_path):
    inside = "your_facebook_activity/messages/inbox/malo_1"
    said = [
        {"sender_name": "Malo", "timestamp_ms": 1706781600000, "content": "tu viens ?"},
        {
            "sender_name": "Léa",
            "timestamp_ms": 1706781660000,
            "audio_files": [{"uri": f"{inside}/audio/a-1.mp4", "creation_timestamp": 1706781660}],
        },
    ]
    thread = {"participants": [{"name": "Malo"}, {"name": "Léa"}], "messages": said[::-1], "title": "Malo"}
    thread["thread_path"] = "inbox/malo_1"
    with zipfile.ZipFile(tmp_path / "facebook.zip", "w") as made:
        made.writestr(f"{inside}/message_1.json", json.dumps(thread))
        made.writestr(f"{inside}/audio/a-1.mp4", WORDS)
    project = Project(tmp_path / "moi")
    project.import_([tmp_path / "facebook.zip"], me=["Léa"])
    (note,) = notes(project)
    assert note.read() == WORDS and note.author == "Léa"


def test_signal_export_names_a_file_of_its_media_folder(tmp_path):
    chat = tmp_path / "signal" / "Malo"
    (chat / "media").mkdir(parents=True)
    (chat / "media" / "note-1.m4a").write_bytes(WORDS)
    lines = [
        {"date": "2024-02-01T10:00:00", "sender": "Malo", "body": "tu viens ?"},
        {
            "date": "2024-02-01T10:01:00",
            "sender": "Me",
            "body": "",
            "attachments": [{"name": "note-1.m4a", "path": "media/note-1.m4a"}],
        },
    ]
    (chat / "data.json").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    project = Project(tmp_path / "moi")
    project.import_([tmp_path / "signal"], me=["Me"])
    (note,) = notes(project)
    assert note.read() == WORDS


def test_an_export_with_media_gives_the_sounds_that_an_earlier_one_without_had_not(tmp_path):
    talk = [("Malo", "tu viens ?"), ("Léa", "(PTT-1)"), ("Malo", "ok")]
    project = Project(tmp_path / "moi")
    project.import_([whatsapp_zip(tmp_path / "a.zip", talk, {})], me=["Léa"])
    assert notes(project) == []
    longer = [*talk, ("Léa", "à demain")]
    project.import_([whatsapp_zip(tmp_path / "b.zip", longer, {"PTT-1": WORDS})], me=["Léa"])
    absent = []
    (note,) = notes(project, absent)
    assert note.read() == WORDS and absent == []


def test_a_damaged_member_is_one_bad_sound(tmp_path):
    made = whatsapp_zip(tmp_path / "a.zip", [("Malo", "a"), ("Léa", "(PTT-1)")], {"PTT-1": WORDS})
    project = Project(tmp_path / "moi")
    project.import_([made], me=["Léa"])
    stored = next(project.workspace.exports.rglob("*.zip"))
    stored.chmod(0o600)
    data = stored.read_bytes()
    at = data.index(WORDS[:64]) + 2000
    stored.write_bytes(data[:at] + b"\xff" * 200 + data[at + 200 :])
    (note,) = notes(project)
    with pytest.raises(BadSound, match="illisible dans l'export"):
        note.load()
