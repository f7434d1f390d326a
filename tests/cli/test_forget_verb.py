"""`sosie forget` from a script: one JSON object, or one sentence with the choices."""

import json

import pytest

from sosie import Project
from sosie.cli.main import _run
from sosie.core import settings, settings_file
from sosie.forget.certificate import is_genuine


@pytest.fixture
def folder(tmp_path):
    exports = []
    for name in ("Paul", "Paul Durand", "Malo"):
        path = tmp_path / f"Discussion WhatsApp avec {name}.txt"
        lines = [
            line
            for n in range(20)
            for line in (
                f"{n + 1:02}/03/2025 10:00 - {name}: question de {name} {n} ?",
                f"{n + 1:02}/03/2025 10:01 - Léa: réponse à {len(name)} {n}",
            )
        ]
        path.write_text("\n".join(lines), encoding="utf-8")
        exports.append(path)
    project = Project(tmp_path / "moi")
    project.import_(exports, me=["Léa"])
    project.prepare()
    return tmp_path / "moi"


def told(capsys, *words):
    code = _run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_json_holds_what_scripts_rely_on(folder, capsys):
    code, found = told(capsys, "forget", "Paul", "Paul Durand", "--folder", str(folder))
    assert code == 0
    assert found["removed"] == {"messages": 80, "dialogues": 40, "replies": 40} and found["runs"] == []
    certificate = folder / "private" / found["certificate"].rpartition("/")[2]
    assert is_genuine(certificate, (folder / "private" / "secret").read_bytes())
    assert json.loads(certificate.read_text("utf-8"))["names"] == ["Paul", "Paul Durand"]
    assert certificate.stat().st_mode & 0o777 == 0o600


def test_several_people_are_told_in_one_sentence_and_nothing_goes(folder, capsys):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json*")}
    code, found = told(capsys, "forget", "paul", "--folder", str(folder))
    assert code == 3 and found["error"]["kind"] == "UnknownPerson"
    assert (
        "« Paul » (WhatsApp, 20 messages), « Paul Durand » (WhatsApp, 20 messages)"
        in found["error"]["message"]
    )
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*.json*")}


def test_somebody_whom_the_settings_name_as_another_is_named_there_no_more(folder, capsys):
    toml = folder / "sosie.toml"
    settings_file.remember_me(toml, ("Léa",), {"whatsapp/Malo": False, "telegram/Zoé": False})
    assert told(capsys, "forget", "MALO", "--folder", str(folder))[0] == 0
    assert settings_file.load(toml, "import", settings.Import).aliases == {"telegram/Zoé": False}


def test_a_person_reads_what_went_and_what_remains(folder, capsys):
    (folder / "runs" / "ancien" / "double").mkdir(parents=True)
    (folder / "notes.txt").write_text("rappeler Malo")
    assert _run(["forget", "Malo", "--folder", str(folder)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Retirés : 40 messages, 20 dialogues, 20 réponses" in said
    assert "« ancien » a peut-être appris" in said and "notes.txt" in said and "Certificat" in said
