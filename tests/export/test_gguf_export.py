"""`sosie export gguf`: the files that leave, and that they are the double."""

import stat
from dataclasses import replace

import pytest

from sosie.api import Project
from sosie.core.double import Double
from sosie.core.errors import BadSettings
from sosie.models.gguf.reading import GgufFile

gguf = pytest.importorskip("gguf")


def test_the_double_leaves_whole_and_as_an_adapter_for_its_owner_alone(work, whole):
    merged, adapter, told = Project(work.folder).export("gguf", weights="q4_0").files
    assert (merged.name, adapter.name) == ("sosie-léa-q4_0.gguf", "sosie-léa-adaptateur.gguf")
    assert told.name == "sosie-léa-q4_0-certificat.json"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (merged, adapter, told)} == {0o600}


def test_what_it_is_like_travels_in_the_file_and_nothing_else_does(work, whole):
    merged, *_ = Project(work.folder).export("gguf").files
    file = GgufFile.read(merged)
    assert (file.portrait, file.sampling, file.template) == (
        whole.portrait,
        whole.talking_through_llama,
        "mini",
    )
    assert file.keys["sosie.origin"] == "double"
    assert b"motplant" not in merged.read_bytes() and str(work.folder).encode() not in merged.read_bytes()


def test_weights_that_do_not_exist_are_told(work, whole):
    with pytest.raises(BadSettings, match="q9"):
        Project(work.folder).export("gguf", weights="q9")
    assert not list(work.out.glob("*.gguf")) if work.out.is_dir() else True


def test_a_double_learnt_in_four_bits_is_told_that_it_merges_on_whole_weights(work, whole):
    told = []
    replace(whole, bits=4).write(whole.folder)
    assert Double.read(whole.folder).bits == 4
    Project(work.folder).export("gguf", report=told.append)
    assert any("4 bits" in event.text for event in told)
