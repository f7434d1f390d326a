"""What every source must stand, on its fixtures: a new one is tested here by its folder in fixtures/."""

import json
import zipfile

import pytest
from folder_golden import FIXTURES, golden, lines

from sosie.core.errors import SosieError
from sosie.core.source_table import source_row
from sosie.sources.base import SOURCES, read_export, recognise
from sosie.sources.files.archive import open_archive

FORMS = sorted(  # every source with fixtures of its name, but Meta's two, who read each other's files
    path.parent.name
    for path in FIXTURES.glob("*/golden.jsonl")
    if path.parent.name in SOURCES and not source_row(path.parent.name).reads_also
)


@pytest.mark.parametrize("form", FORMS)
def test_the_fixture_gives_its_golden_lines(form):
    assert lines(FIXTURES / form / "export") == golden(form)


@pytest.mark.parametrize("form", FORMS)
def test_trap_28_only_its_own_reader_is_sure_of_it(form):
    archive = open_archive(FIXTURES / form / "export")
    assert recognise(archive) == form
    scores = {name: SOURCES[name]().sniff(archive) for name in SOURCES}
    assert all(scores[form] > score + 0.1 for name, score in scores.items() if name != form)


@pytest.mark.parametrize("form", FORMS)
def test_trap_33_a_zip_is_read_like_its_folder_whatever_its_names(form, tmp_path):
    path = tmp_path / "paquet.zip"
    folder = FIXTURES / form / "export"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                packed.writestr(f"Éloïse/{file.relative_to(folder)}", file.read_bytes())
    assert sorted(lines(path)) == sorted(golden(form))


@pytest.mark.parametrize("form", FORMS)
def test_trap_28_an_error_never_quotes_what_is_inside(form, tmp_path):
    path = tmp_path / "rien.bin"
    path.write_bytes(b"\x00\x01SECRET-DE-FAMILLE\n" * 50)
    with pytest.raises(SosieError) as told:
        for conversation in read_export(path, form):
            list(conversation.messages)
    assert "SECRET" not in told.value.message + told.value.mend


def test_trap_30_entries_add_up_in_every_fixture():
    for form in FORMS:
        told = [json.loads(line) for line in golden(form)]
        messages = sum("author" in line for line in told)
        assert told[-1]["entries"] == messages + sum(told[-1]["skipped"].values()), form


def test_trap_28_our_readers_take_all_their_samples_and_no_other(shared):
    units = json.loads((shared / "samples" / "expected.json").read_text(encoding="utf-8"))["units"]
    ours = {"email", "slack", "google_chat", "csv", "transcript", "line", "snapchat", "skype", "imessage"}
    for unit, expected in units.items():
        archive = open_archive(shared / "samples" / unit)
        sure = {name for name in ours if SOURCES[name]().sniff(archive) > 0.5}
        told = expected["platform"]
        spoken = {"transcript"} if unit.endswith(".srt") else set()  # a dialogue is never that sure of itself
        assert sure == ({told} & ours if told != "transcript" else spoken), unit
