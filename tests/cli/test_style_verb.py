"""`sosie style`: what a person reads before anything is learnt, and what a script does."""

import json

import pytest

import sosie.demo
from sosie import Project
from sosie.cli.main import _run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moi")
    Project(folder).import_([sosie.demo.EXPORT], me=[sosie.demo.ME])
    return folder


def test_a_person_reads_their_habits_beside_those_of_the_others(folder, capsys):
    assert _run(["style", "--folder", str(folder)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "Fiche de style de Léa",
        "premiers mots, avant le tri",
        "finit par « mon poulet »",
        "Tutoie : Malo",
        "fiche.html",
    ):
        assert words in said


def test_json_holds_the_row_of_the_contract_and_no_correspondent(folder, capsys):
    assert _run(["style", "--folder", str(folder), "--json"]) == 0
    out = capsys.readouterr().out
    row = json.loads(out)
    assert row["replies"] > 600 and "Malo" not in out
    assert all({"name", "value", "others", "examples"} <= habit.keys() for habit in row["habits"])


def test_an_empty_folder_is_told_what_to_do(tmp_path, capsys):
    assert _run(["style", "--folder", str(tmp_path)]) == 3
    assert "sosie import" in capsys.readouterr().err
