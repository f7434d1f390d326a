"""Where a double's measures go: to its run, or to a run of this folder's for one that came from elsewhere."""

import pytest

from sosie.core.double import Double
from sosie.core.workspace import Workspace
from sosie.models.doubles import measured_in


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "moi")


def made(folder, sha="abcdef012345"):
    folder.mkdir(parents=True)
    double = Double("mini", "mini", adapter_sha256=sha)
    double.write(folder)
    return Double.read(folder)


def test_a_run_keeps_its_own(workspace):
    double = made(workspace.run("essai") / "double")
    assert measured_in(workspace, double) == workspace.run("essai")


@pytest.mark.parametrize("place", ["cache/0f3a/sosie-léa/double", "ailleurs/sosie-léa"])
def test_one_from_elsewhere_gets_a_run_of_this_folder_s(workspace, tmp_path, place):
    assert measured_in(workspace, made(tmp_path / place)) == workspace.run("sosie-léa-abcdef")


def test_two_of_one_name_are_kept_apart(workspace, tmp_path):
    one, other = made(tmp_path / "a" / "checkpoint"), made(tmp_path / "b" / "checkpoint", "0123456789")
    assert measured_in(workspace, one) != measured_in(workspace, other)
