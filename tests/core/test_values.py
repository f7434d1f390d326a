"""Manifests, events, registries and optional libraries."""

import errno
import json
import stat

import pytest

from sosie.core.double import Double
from sosie.core.errors import BadData, MissingExtra, NoRoom, NothingToDo
from sosie.core.extras import need
from sosie.core.progress import Event, events, to_all, to_file
from sosie.core.registry import Registry
from sosie.core.sampling import TALKING, Sampling
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, whole, write_json


def test_a_double_is_read_as_it_was_written(tmp_path):
    double = Double(
        "mini", "mini", portrait="Tu es Léa.", sampling=Sampling(0.5, stop=("FIN",)), data={"replies": 3}
    )
    double.write(tmp_path)
    assert Double.read(tmp_path) == double
    assert json.loads((tmp_path / "double.json").read_text(encoding="utf-8"))["format"] == 1


def test_a_double_of_an_older_version_talks_as_one_of_today_and_is_measured_as_before(tmp_path):
    double = Double("mini", "mini", sampling=Sampling(1.2))
    record = json.loads(double.manifest())
    del record["talking"], record["sampling"]["real_words"]
    (tmp_path / "double.json").write_text(json.dumps(record), encoding="utf-8")
    read = Double.read(tmp_path)
    assert read.talking == TALKING and read.sampling == Sampling(1.2)
    assert not read.sampling.real_words


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": 9}',
        '{"format": 1}',
        '{"format": 1, "sampling": 3}',
        '{"format": 1, "base": "mini", "template": "mini", "talking": null}',
        '{"format": 1, "base": "mini", "template": "mini", "talking": {"temperature": 9}}',
    ],
)
def test_a_broken_manifest_is_one_sentence(tmp_path, text):
    (tmp_path / "double.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadData):
        Double.read(tmp_path)


def test_events_are_followed_from_a_file_even_half_written(tmp_path):
    path = tmp_path / "run" / "events.jsonl"
    heard = []
    report = to_all(to_file(path), heard.append)
    report(Event("step", done=1, total=2, facts={"loss": 1.5}))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "st')
    assert list(events(path)) == heard


def test_a_registry_loads_a_name_when_asked():
    registry = Registry("sosie.nothing", {"json": "json:loads"})
    assert list(registry) == ["json"]
    assert registry["json"] is json.loads
    with pytest.raises(KeyError):
        registry["xml"]


def test_a_missing_library_says_what_to_install():
    with pytest.raises(MissingExtra) as caught:
        need("a_library_that_is_not_there", extra="train")
    assert "[train]" in caught.value.mend


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path):
    path = tmp_path / "report.json"
    write_json(path, {"avant": 1})
    with pytest.raises(NoRoom), whole(path) as draft:
        draft.write_text("moitié", encoding="utf-8")
        raise OSError(errno.ENOSPC, "full")
    assert json.loads(path.read_text(encoding="utf-8")) == {"avant": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_private_files_are_closed_to_others(tmp_path):
    folder = closed_folder(tmp_path / "private")
    write_json(folder / "pseudonyms.json", {}, mode=0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "pseudonyms.json").stat().st_mode) == 0o600


def test_no_double_yet_says_what_to_do(tmp_path):
    with pytest.raises(NothingToDo) as caught:
        Workspace(tmp_path).latest_double()
    assert "sosie train" in caught.value.mend


def test_a_file_that_may_not_grow_is_told(tmp_path):
    with pytest.raises(NoRoom, match="plus grand") as caught, full_disk_told():
        raise OSError(errno.EFBIG, "File too large")
    assert "ulimit -f" in caught.value.mend
