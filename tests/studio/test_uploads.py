"""The one way in for files: where they land, what they are called, and what is refused."""

import asyncio
import shutil
import stat

import pytest

from sosie.core.errors import BadSettings, NoRoom
from sosie.core.workspace import Workspace
from sosie.studio import uploads


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "dossier")


def save(workspace, name, *parts, length=None):
    async def chunks():
        for part in parts:
            yield part

    announced = sum(map(len, parts)) if length is None else length
    return asyncio.run(uploads.save(workspace, name, chunks(), announced))


def test_a_file_is_for_its_owner_alone_below_the_private_folder(workspace):
    path = save(workspace, "Discussion WhatsApp avec Malo.zip", b"PK", b"..")
    assert path == workspace.private / "page" / "Discussion WhatsApp avec Malo.zip"
    assert path.read_bytes() == b"PK.." and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert uploads.waiting(workspace) == [path]


@pytest.mark.parametrize(
    "name",
    [
        "../../evade.zip",
        "..\\..\\evade.zip",
        "/etc/passwd",
        "C:\\Windows\\a.zip",
        "a/../../../b.zip",
        "...",
        ".bashrc",
        "a\0b.zip",
        "a\nb.zip",
        "~/.ssh/authorized_keys",
        "é" * 400 + ".zip",
        "\ud800.zip",
        "./././x",
    ],
)
def test_no_name_leads_out_of_its_folder(workspace, name):
    try:
        path = save(workspace, name, b"x")
    except BadSettings:
        assert name == "..."
        return
    folder = uploads.folder_of(workspace).resolve()
    assert folder in path.resolve().parents
    assert all(not part.startswith(".") for part in path.relative_to(uploads.folder_of(workspace)).parts)
    assert len(path.name.encode()) <= 200


def test_a_folder_keeps_its_shape_and_holds_nothing_of_ours(workspace):
    path = save(workspace, "Telegram/chats/result.json", b"{}")
    assert path.relative_to(uploads.folder_of(workspace)).as_posix() == "Telegram/chats/result.json"
    assert [each.name for each in uploads.waiting(workspace)] == ["Telegram"]
    assert not list((uploads.folder_of(workspace) / "Telegram").rglob(".gitignore"))


def test_no_file_takes_the_place_of_another(workspace):
    first, second = (save(workspace, "a.zip", content) for content in (b"1", b"2"))
    assert (first.name, second.name) == ("a.zip", "a-2.zip") and first.read_bytes() == b"1"


def test_a_file_below_a_file_lies_beside_it(workspace):
    save(workspace, "a", b"1")
    assert save(workspace, "a/b.zip", b"2").is_file()


@pytest.mark.parametrize("parts, length", [([b"abc"], 2), ([b"abc"], 4)])
def test_a_file_that_is_not_as_long_as_announced_leaves_nothing(workspace, parts, length):
    with pytest.raises(BadSettings):
        save(workspace, "a.zip", *parts, length=length)
    assert uploads.waiting(workspace) == []


def test_a_file_that_is_too_large_is_refused_before_a_byte_of_it(workspace):
    with pytest.raises(BadSettings, match="dépasse") as told:
        save(workspace, "a.zip", length=uploads.LARGEST_UPLOAD + 1)
    assert "sosie import" in told.value.mend and not workspace.folder.exists()


def test_a_full_disk_is_told_before_a_byte_is_written(workspace, monkeypatch):
    workspace.folder.mkdir()
    free = shutil.disk_usage(workspace.folder)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
    with pytest.raises(NoRoom):
        save(workspace, "a.zip", b"abc")


def test_what_was_dropped_goes_at_once(workspace):
    save(workspace, "Dossier/a.zip", b"x")
    uploads.clear(workspace)
    assert not uploads.folder_of(workspace).exists() and uploads.waiting(workspace) == []
