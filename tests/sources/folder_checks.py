"""What each reader of a folder must stand: the same result in every time zone, and damaged files."""

import shutil
import zlib
from pathlib import Path

from damaged import damages, survives
from folder_golden import FIXTURES, golden, lines


def read_in_zones(form: str, monkeypatch) -> None:
    """The golden lines are the same wherever the machine is (trap 18)."""
    import time

    for zone in ("Europe/Paris", "America/Montreal", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert lines(FIXTURES / form / "export") == golden(form), zone
    monkeypatch.undo()
    time.tzset()


def survive_damages(form: str, name: str, tmp_path: Path, count: int = 100) -> None:
    """One file of the export is damaged in `count` ways; some of what is left must still be read."""
    export = tmp_path / "export"
    shutil.copytree(FIXTURES / form / "export", export)
    whole = (export / name).read_bytes()
    entries = 0
    for data in damages(whole, seed=zlib.crc32(form.encode()), count=count):
        (export / name).write_bytes(data)
        entries += survives(export, form)
    assert entries > count
