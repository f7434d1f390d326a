"""The state of a fleet survives whatever ended the process that wrote it."""

import errno
from pathlib import Path

from sosie.fleet.journal import STATE, Journal, Outcome


def test_half_of_a_line_is_skipped_and_what_follows_is_read(tmp_path):
    journal = Journal(tmp_path)
    journal.add("train", Outcome("lea", seconds=2.0, mark="a"))
    journal.add("train", Outcome("malo", seconds=4.0))
    whole = (tmp_path / STATE).read_bytes()
    for cut in range(len(whole)):
        (tmp_path / STATE).write_bytes(whole[:cut])
        again = Journal(tmp_path)
        assert (again.last("train", "lea") is None) == (cut < whole.index(b"\n"))
        again.add("train", Outcome("noé"))
        assert Journal(tmp_path).last("train", "noé") == Outcome("noé")


def test_lines_that_are_none_are_skipped(tmp_path):
    (tmp_path / STATE).write_bytes(b'\xff\xfe\n[]\n{"format": 9}\nnull\n{"format": 1, "verb": "train"}\n')
    journal = Journal(tmp_path)
    journal.add("train", Outcome("lea"))
    assert Journal(tmp_path).last("train", "lea") == Outcome("lea")


def test_the_last_outcome_counts_and_the_file_does_not_grow_for_ever(tmp_path):
    for number in range(40):
        Journal(tmp_path).add("train", Outcome("lea", seconds=float(number)))
    assert Journal(tmp_path).seconds("train") == [39.0]
    assert len((tmp_path / STATE).read_text().splitlines()) < 10


def test_what_a_full_disk_refused_is_written_with_the_next(tmp_path, monkeypatch):
    journal, room, opened = Journal(tmp_path), [False], Path.open

    def full(path, mode="r", *args, **kwargs):
        if "a" in mode and not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    journal.add("train", Outcome("lea"))
    assert not journal.flush()
    room[0] = True
    journal.add("train", Outcome("malo"))
    assert all(Journal(tmp_path).last("train", name) for name in ("lea", "malo"))


def test_its_owner_alone_can_read_it(tmp_path):
    Journal(tmp_path)
    assert (tmp_path / STATE).stat().st_mode & 0o777 == 0o600
