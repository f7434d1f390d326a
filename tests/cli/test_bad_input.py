"""What people drop on sosie by mistake: one French sentence, a mend, and nothing that was there is lost."""

import json
import shutil
import zipfile

import pytest

import sosie.demo
from sosie.cli.main import _run

SECRET = "motplanté"


@pytest.fixture
def folder(tmp_path, capsys):
    """A folder that already holds an export and its dialogues."""
    work = tmp_path / "moi"
    assert _run(["import", str(sosie.demo.EXPORT), "--me", sosie.demo.ME, "--folder", str(work)]) == 0
    assert _run(["prepare", "--folder", str(work)]) == 0
    capsys.readouterr()
    return work


def state(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def zip_of(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def no_export(tmp_path):
    return zip_of(tmp_path / "photos.zip", {"a.jpg": b"\xff\xd8", "notes.txt": f"{SECRET} rien à voir\n"})


def empty(tmp_path):
    path = tmp_path / "vide.txt"
    path.write_bytes(b"")
    return path


def climbing(tmp_path):
    return zip_of(tmp_path / "monte.zip", {"../x": SECRET, "_chat.txt": "[01/01/2024, 10:00:00] A: b\n"})


def bomb(tmp_path):
    return zip_of(tmp_path / "bombe.zip", {"_chat.txt": b"\0" * 300_000_000})


def disguised_pdf(tmp_path):
    path = tmp_path / "chat.txt"
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + SECRET.encode() + b"\nendobj\n" * 50)
    return path


def truncated_zip(tmp_path):
    path = tmp_path / "coupé.zip"
    shutil.copy(sosie.demo.EXPORT, path)
    path.write_bytes(path.read_bytes()[:2000])
    return path


def nothing(tmp_path):
    return tmp_path / "absent.zip"


@pytest.mark.parametrize("make", [no_export, empty, climbing, bomb, disguised_pdf, truncated_zip, nothing])
@pytest.mark.parametrize("verb", ["inspect", "import"])
def test_a_wrong_export_is_one_sentence_and_loses_nothing(make, verb, folder, tmp_path, capsys):
    before = state(folder)
    assert _run([verb, str(make(tmp_path)), "--folder", str(folder)]) == 3
    out, err = capsys.readouterr()
    assert "→" in err and "prévue" not in err
    assert "Traceback" not in err and SECRET not in out + err
    assert state(folder) == before


def test_an_unknown_me_names_the_candidates_with_counts(tmp_path, capsys):
    work = tmp_path / "moi"
    assert _run(["import", str(sosie.demo.EXPORT), "--me", "Zébulon", "--folder", str(work), "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    told = error["message"] + error["mend"]
    assert "Léa" in told and "Malo" in told and any(sign.isdigit() for sign in told)
    assert not (work / "exports").exists() or not any((work / "exports").iterdir())


def test_a_broken_line_is_told_by_its_number_and_the_rest_is_used(tmp_path, capsys):
    good = {"messages": [{"role": "user", "content": "ça va ?"}, {"role": "assistant", "content": "oui"}]}
    lines = [json.dumps(good)] * 6 + ["{" + SECRET] + [json.dumps(good)] * 3
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert _run(["plan", "--data", str(path), "--model", "mini", "--folder", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "ligne 7" in told.out + told.err and SECRET not in told.out + told.err


def test_before_the_first_import_each_verb_says_what_to_do_first(tmp_path, capsys):
    for verb, first in (("prepare", "sosie import"), ("train", "sosie prepare"), ("chat", "sosie train")):
        assert _run([verb, "--folder", str(tmp_path)]) == 3
        assert first in capsys.readouterr().err
