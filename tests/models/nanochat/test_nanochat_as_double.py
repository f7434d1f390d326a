"""A checkpoint of nanochat by its folder, wherever a double is named."""

import pytest
from tiny_nanochat import write_tiny

from sosie.core.errors import BadData, BadSettings
from sosie.core.workspace import Workspace
from sosie.models.doubles import find_double, measured_in, need_adapter, need_double


@pytest.fixture
def base(tmp_path):
    write_tiny(tmp_path / "nanochat", source="base")
    write_tiny(tmp_path / "nanochat")
    return tmp_path / "nanochat"


def test_a_base_folder_or_a_checkpoint_is_a_double(base, tmp_path):
    workspace = Workspace(tmp_path / "work")
    double = need_double(workspace, str(base))
    taught = base / "chatsft_checkpoints" / "d3"
    assert double.folder == base and double.base == str(base / "base_checkpoints" / "d3")
    assert find_double(workspace, str(taught)) == double
    mark = double.adapter_sha256[:6]
    assert measured_in(workspace, double) == workspace.runs.resolve() / f"nanochat-{mark}"


def test_one_that_was_taught_here_is_measured_in_its_run(tmp_path):
    workspace = Workspace(tmp_path)
    write_tiny(workspace.run("petit") / "double")
    assert measured_in(workspace, need_double(workspace, "petit")) == workspace.runs.resolve() / "petit"


def test_it_has_no_adapter_to_take_elsewhere(base, tmp_path):
    with pytest.raises(BadData, match="sans adaptateur"):
        need_adapter(Workspace(tmp_path), str(base))


def test_other_weights_are_another_double(base, tmp_path):
    first = need_double(Workspace(tmp_path), str(base))
    write_tiny(base, step=2)
    assert need_double(Workspace(tmp_path), str(base)).adapter_sha256 != first.adapter_sha256


def test_it_is_put_on_no_other_base(base, tmp_path):
    with pytest.raises(BadSettings, match="n'est pas un double"):
        find_double(Workspace(tmp_path), str(base), base="mini")
