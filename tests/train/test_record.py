"""Which run is taken up again where none is named."""

import os

from sosie.core.progress import Event, to_file
from sosie.core.workspace import write_json
from sosie.train.run_folder import EVENTS, PLAN, find_unfinished


def test_the_newest_unfinished_run_is_so_by_its_last_event(tmp_path):
    for name, at in (("nouveau", 2e9), ("ancien", 1e9)):
        write_json(tmp_path / name / PLAN, {})
        to_file(tmp_path / name / EVENTS)(Event("step", at=at))
    os.utime(tmp_path / "ancien" / PLAN, (3e9, 3e9))  # as a copy would
    assert find_unfinished(tmp_path, "").name == "nouveau"
