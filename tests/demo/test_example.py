"""The bundled example is what its scenes give, and holds what the demonstration needs."""

import importlib.util
import re
import sys
import zipfile
from pathlib import Path

import pytest

import sosie.demo

TOOLS = Path(__file__).parents[2] / "tools" / "demo"


@pytest.fixture(scope="module")
def build():
    """tools/demo/build.py, as a module."""
    spec = importlib.util.spec_from_file_location("demo_build", TOOLS / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo_build"] = module
    spec.loader.exec_module(module)
    return module


def exported():
    with zipfile.ZipFile(sosie.demo.EXPORT) as archive:
        (name,) = archive.namelist()
        return archive.read(name).decode("utf-8")


def test_the_zip_is_what_the_scenes_give(build):
    assert build.export_text(list(build.entries())) == exported()


def test_every_bar_of_the_example_is_met(build):
    report = build.checks.examine(exported(), sosie.demo.questions(), build.checks.lines(TOOLS / "tics.txt"))
    assert not report.faults


def test_there_is_something_to_hide():
    assert re.search(r"\b0[67](?: \d\d){4}\b", exported())
    assert re.search(r"\b\d+ rue [^,]+, \d{5} ", exported())
    assert re.search(r"\S+@\S+", exported())
