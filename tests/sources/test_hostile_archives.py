"""Every archive made to harm is refused in one sentence, in seconds, without much memory."""

import subprocess

import pytest
from forked import refused, told_in_time
from hostile_archives import ARCHIVES, READABLE


@pytest.fixture
def folder(tmp_path):
    """Gone after each test: some are large, one is too deep for Python to remove."""
    (tmp_path / "export").mkdir()
    yield tmp_path / "export"
    subprocess.run(["rm", "-rf", tmp_path / "export"], check=True)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * ("thousand small" in name))
        for name in sorted(ARCHIVES.keys() - READABLE)
    ],
)
def test_an_archive_made_to_harm_is_refused_in_a_sentence(name, folder):
    refused(["inspect", ARCHIVES[name](folder)])


@pytest.mark.parametrize("name", sorted(READABLE))
def test_an_export_of_a_known_kind_in_which_hardly_anything_can_be_read_says_so(name, folder):
    found = told_in_time(["inspect", ARCHIVES[name](folder)])
    assert found.code == 0 and found.result["text_messages"] <= 1 or "times" in name


def test_there_are_more_attacks_than_were_foreseen():
    assert len(ARCHIVES) >= 52


@pytest.mark.parametrize("kind", ["tar", "tgz", "7z", "rar", "chat in gzip", "chat in xz", "chat in zstd"])
def test_what_another_tool_packed_is_to_be_unpacked_first(kind, folder):
    error = refused(["inspect", ARCHIVES[f"a {kind}"](folder)]).error
    assert "archive" in error["message"] and "Dépliez-le d'abord" in error["mend"]


@pytest.mark.parametrize("name", [name for name in ARCHIVES if "million" in name and "zip" in name])
def test_names_by_the_million_are_not_parsed(name, folder):
    found = refused(["inspect", ARCHIVES[name](folder)])
    assert found.memory < 200 << 20
