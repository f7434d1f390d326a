"""The wheel in the valise: pip takes it, and it is the very sosie that wrote it."""

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import sosie
from sosie.export import own_wheel

ROOT = Path(__file__).parent.parent.parent
KEPT_AS_FOUND = {"torch", "numpy", "scikit-learn"}


@pytest.fixture(scope="module")
def made():
    return own_wheel.make_wheel()


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_the_same_sosie_gives_the_same_wheel(made):
    assert own_wheel.make_wheel() == made
    assert made[0] == f"sosie-{sosie.__version__}-py3-none-any.whl"


def test_the_record_tells_every_file_and_its_sum(made):
    files = members(made[1])
    record = next(name for name in files if name.endswith(".dist-info/RECORD"))
    rows = [line.rsplit(",", 2) for line in files[record].decode().splitlines()]
    assert [name for name, _, _ in rows if name != record] == sorted(files.keys() - {record})
    for name, told, size in rows:
        if name != record:
            digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
            assert told == f"sha256={digest}" and int(size) == len(files[name])


def test_every_file_of_the_package_is_in_it_and_nothing_else(made):
    here = Path(sosie.__file__).parent
    ours = {f"sosie/{path.relative_to(here).as_posix()}" for path in here.rglob("*") if path.is_file()}
    names = {name for name in members(made[1]) if name.startswith("sosie/")}
    assert names == {name for name in ours if "__pycache__" not in name}
    assert "sosie/models/mini/model.safetensors" in names


def test_pip_installs_it_and_it_runs(made, tmp_path):
    name, content = made
    (tmp_path / name).write_bytes(content)
    target = tmp_path / "ailleurs"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--no-compile", "--target", target, tmp_path / name], check=True)
    env = {**os.environ, "PYTHONPATH": str(target)}
    where = [sys.executable, "-c", "import sosie; print(sosie.__file__)"]
    assert subprocess.check_output(where, env=env, text=True).startswith(str(target))
    said = subprocess.check_output([sys.executable, "-m", "sosie", "--version"], env=env, text=True)
    assert said.strip() == sosie.__version__


def test_the_versions_that_travel_are_those_that_were_tested():
    carried = (Path(own_wheel.__file__).parent / "constraints.txt").read_text("utf-8").splitlines()[1:]
    tested = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert set(carried) <= set(tested)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["train"], *extras["qlora"], *extras["seal"]]
    names = {plain(re.match(r"[\w.-]+", each)[0]) for each in asked} - {"sosie"} - KEPT_AS_FOUND
    assert names <= {plain(line.split("==")[0]) for line in carried}


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()
