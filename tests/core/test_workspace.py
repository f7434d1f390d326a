"""Where things lie, for whom they are, and what is said where the disk refuses."""

import errno
import json
import os
import shutil
import stat
import time

import pytest

from sosie.core.double import Double
from sosie.core.errors import BadFolder, NothingToDo
from sosie.core.progress import Event, to_file
from sosie.core.workspace import (
    Workspace,
    closed_folder,
    draft_of,
    own_file,
    refused,
    whole,
    write_json,
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022], ids=["000", "022"])
def umask(request):
    usual = os.umask(request.param)
    yield
    os.umask(usual)


def test_what_is_made_is_its_owners_from_its_first_moment(umask, tmp_path):
    folder = closed_folder(tmp_path / "moi" / "data")
    assert mode(folder) == mode(folder.parent) == 0o700 and (folder / ".gitignore").read_text() == "*\n"
    with whole(folder / "train.jsonl") as draft:
        assert mode(draft) == 0o600
        draft.write_text("x")
    write_json(folder / "runs" / "plan.json", {})
    to_file(tmp_path / "runs" / "léa" / "events.jsonl")(Event("step"))
    with draft_of(folder / "double") as draft:
        assert mode(draft) == 0o700
    assert mode(own_file(folder / "samples.jsonl")) == 0o600
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) == 5 and {mode(path) for path in made} == {0o600}


def test_a_folder_that_the_person_had_stays_as_it_was(umask, tmp_path):
    (tmp_path / "maison").mkdir(mode=0o755)
    (tmp_path / "maison").chmod(0o755)
    write_json(tmp_path / "maison" / "plan.json", {})
    assert mode(tmp_path / "maison") == 0o755 and len(list((tmp_path / "maison").iterdir())) == 1


def test_two_writers_of_one_file_have_each_their_draft(tmp_path):
    path = tmp_path / "scores.json"
    with whole(path) as one, whole(path) as other:
        one.write_text("1")
        other.write_text("2")
    assert path.read_text() == "1" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_disk_that_refuses_is_told_in_a_sentence(number, tmp_path, monkeypatch):
    usual = os.open

    def refuse(path, *args, **kwargs):
        if str(path).startswith(str(tmp_path)):
            raise OSError(number, os.strerror(number), str(path))
        return usual(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BadFolder) as caught, whole(tmp_path / "plan.json"):
        pass
    assert "« plan.json »" in caught.value.message and "--folder" in caught.value.mend
    assert ("lecture seule" in caught.value.message) == (number == errno.EROFS)
    assert not list(tmp_path.iterdir())


def test_a_file_where_a_folder_must_be_is_told(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(BadFolder) as caught:
        closed_folder(tmp_path / "data")
    assert "« data »" in caught.value.message


def a_double(workspace, name, created="", event=None):
    folder = workspace.run(name) / "double"
    folder.mkdir(parents=True)
    Double(base="mini", template="mini", created=created).write(folder)
    if event:
        to_file(workspace.run(name) / "events.jsonl")(Event("done", at=event))
    return folder


def test_the_newest_double_is_so_by_its_own_date(tmp_path):
    workspace = Workspace(tmp_path)
    with pytest.raises(NothingToDo):
        workspace.latest_double()
    new = a_double(workspace, "nouveau", "2026-11-30T10:00:00+00:00")
    a_double(workspace, "ancien", "2026-11-29T10:00:00+00:00")  # written, or copied, later
    assert workspace.latest_double() == new


def test_a_double_of_an_older_version_is_as_old_as_its_run(tmp_path):
    """By the run's last event, then by the run's name, then by the file."""
    workspace = Workspace(tmp_path)
    now = time.time()
    new = a_double(workspace, "nouveau", event=now)
    a_double(workspace, "ancien", event=now - 86_400)
    a_double(workspace, "20260102-030405-mini")
    assert workspace.latest_double() == new
    for folder in (workspace.run("nouveau"), workspace.run("ancien")):
        shutil.rmtree(folder)
    last = a_double(workspace, "20260102-030406-mini")
    a_double(workspace, "20260102-030404-mini")
    assert workspace.latest_double() == last


@pytest.mark.parametrize("created", [5, "hier", None, [], {}, "9" * 40])
def test_a_date_that_is_none_is_no_trouble(created, tmp_path):
    workspace = Workspace(tmp_path)
    folder = a_double(workspace, "léa")
    record = json.loads((folder / "double.json").read_text()) | {"created": created}
    (folder / "double.json").write_text(json.dumps(record))
    (workspace.run("léa") / "events.jsonl").write_text('{"at": null}\n[1]\n{"at"')
    assert workspace.latest_double() == folder


def test_a_disk_that_keeps_no_rights_is_written_to_all_the_same(tmp_path, monkeypatch):
    def refuse(path, mode):
        raise OSError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    write_json(closed_folder(tmp_path / "clé") / "a.json", {"a": 1})
    assert json.loads((tmp_path / "clé" / "a.json").read_text()) == {"a": 1}


def test_what_is_anothers_is_refused_where_its_rights_cannot_be_closed(tmp_path, monkeypatch):
    def refuse(path, mode):
        raise OSError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    with pytest.raises(BadFolder):
        closed_folder(tmp_path / "clé")


@pytest.mark.parametrize("target", ["/nowhere/at/all", "runs"])
def test_a_link_to_nothing_is_said_to_be_one(tmp_path, target):
    workspace = Workspace(tmp_path)
    workspace.runs.symlink_to(target)
    for work in (lambda: closed_folder(workspace.runs / "un"), workspace.latest_double):
        with pytest.raises(BadFolder, match="« runs » est un lien vers un dossier qui n'est pas là"):
            work()


def test_a_cache_that_refuses_is_moved_by_its_own_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))
    assert "SOSIE_CACHE=" in refused(tmp_path / "cache" / "nf4" / "mini").mend
    assert "--folder" in refused(tmp_path / "runs").mend
