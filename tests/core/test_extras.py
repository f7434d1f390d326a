import os
import subprocess
import sys
from pathlib import Path

import pytest

from sosie.core import extras
from sosie.core.extras import install_line, need


def test_no_library_may_take_code_from_a_hub(monkeypatch):
    monkeypatch.delitem(sys.modules, "kernels", raising=False)
    monkeypatch.delenv("USE_HUB_KERNELS", raising=False)
    need("json", extra="train")
    assert os.environ["USE_HUB_KERNELS"] == "NO"
    with pytest.raises(ModuleNotFoundError):
        import kernels  # noqa: F401


def test_a_clone_is_told_to_install_from_its_folder(monkeypatch):
    monkeypatch.setattr(extras, "PACKAGE", Path(__file__).parents[2] / "src" / "sosie")
    assert install_line("train").startswith(
        'Dans le dossier de sosie : pip install -c constraints.txt -e ".['
    )


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        (
            "/home/lea/.local/share/pipx/venvs/sosie",
            "pipx install --force '/tmp/a b/sosie-0.1.0.whl[studio]'",
        ),
        (
            "/home/lea/.local/share/uv/tools/sosie",
            "uv tool install --force '/tmp/a b/sosie-0.1.0.whl[studio]'",
        ),
        ("/home/lea/venv", " -m pip install -c /home/lea/sosie/constraints.txt '/tmp/a b/sosie-0.1.0.whl[st"),
    ],
)
def test_an_installed_copy_is_told_what_its_own_installer_understands(prefix, said, monkeypatch, tmp_path):
    installed = tmp_path / "sosie-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: sosie\nVersion: 0.1.0\n")
    (installed / "direct_url.json").write_text('{"url": "file:///tmp/a%20b/sosie-0.1.0.whl"}')
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(extras, "PACKAGE", Path("/home/lea/sosie"))
    assert said in install_line("studio")


def test_the_versions_tested_together_are_in_the_package():
    assert "torch==" in (extras.PACKAGE / "constraints.txt").read_text(encoding="utf-8")


def test_windows_is_told_in_a_sentence_that_it_needs_wsl():
    script = "import sys; sys.platform = 'win32'; import sosie.cli.main"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "WSL" in done.stderr
