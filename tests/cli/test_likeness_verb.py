"""`sosie likeness`: what a person reads, and what a script does."""

import json

import pytest

from sosie.cli.main import _run
from sosie.evaluate.personas import BASELINE, replies


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replies")

    def write(name, texts):
        lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
        (folder / name).write_text("\n".join(lines), encoding="utf-8")

    write("given", replies(30, 160, 3, strength=0.5))
    write("truth", replies(30, 160, 1))
    for number in BASELINE[:3]:
        write(f"other{number}", replies(number, 160))
    return folder


def words(folder, others=3):
    named = [str(folder / f"other{number}") for number in BASELINE[:others]]
    return [
        "likeness",
        "--given",
        str(folder / "given"),
        "--truth",
        str(folder / "truth"),
        "--others",
        *named,
    ]


def test_json_holds_the_row_of_the_contract(folder, capsys):
    assert _run([*words(folder), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert list(row)[:8] == ["value", "raw", "low", "high", "n", "others", "measurable", "reason"]
    assert row["measurable"] and row["low"] <= row["value"] <= row["high"] and row["others"] == 3


def test_others_may_be_named_one_by_one(folder, capsys):
    named = [word for number in BASELINE[:3] for word in ("--others", str(folder / f"other{number}"))]
    assert _run([*words(folder)[:5], *named, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["others"] == 3


def test_a_person_reads_the_value_its_interval_and_what_betrays(folder, capsys):
    assert _run(words(folder)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Ressemblance :" in said and "entre" in said and "3 autres personnes" in said
    assert "Ce qui trahit" in said and "la personne" in said


def test_a_refusal_is_a_sentence_and_no_number_to_quote(folder, capsys):
    assert _run(words(folder, others=2)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "non mesurable" in said and "au moins 3 autres personnes" in said and "à ne pas citer" in said


def test_a_broken_line_is_told_and_left_out(folder, capsys, tmp_path):
    broken = tmp_path / "given"
    broken.write_text((folder / "given").read_text("utf-8") + "\n{", encoding="utf-8")
    told = words(folder)
    told[2] = str(broken)
    assert _run([*told, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["measurable"] and "ligne 161" in err


def test_a_missing_file_is_one_sentence(folder, capsys):
    assert _run(["likeness", "--given", "absent", "--truth", str(folder / "truth")]) == 3
    assert "absent" in capsys.readouterr().err
