"""`sosie export gguf`: the files that leave, and that they are the double."""

import hashlib
import json
import shutil
import stat
import struct
from dataclasses import replace

import pytest
from planted import safetensors

from sosie.api import Project
from sosie.core.double import Double
from sosie.core.errors import BadSettings
from sosie.models.catalogue import MINI
from sosie.models.gguf.reading import GgufFile

gguf = pytest.importorskip("gguf")


@pytest.fixture
def whole(work, double):
    """The double by hand, with the tokenizer of its base and an adapter that fits it."""
    module = "base_model.model.model.layers.0.self_attn.q_proj"
    numbers = {"A": (2, 256), "B": (256, 2)}
    tensors = {
        f"{module}.lora_{side}.weight": (
            "F32",
            shape,
            struct.pack("<512f", *(number / 5000 for number in range(512))),
        )
        for side, shape in numbers.items()
    }
    (double.folder / "adapter_model.safetensors").write_bytes(content := safetensors(tensors))
    told = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}
    (double.folder / "adapter_config.json").write_text(json.dumps(told))
    shutil.copy(MINI / "tokenizer.json", double.folder / "tokenizer.json")
    whole = replace(double, adapter_sha256=hashlib.sha256(content).hexdigest())
    whole.write(double.folder)
    return whole


def test_the_double_leaves_whole_and_as_an_adapter_for_its_owner_alone(work, whole):
    merged, adapter, told = Project(work.folder).export("gguf", weights="q4_0").files
    assert (merged.name, adapter.name) == ("sosie-léa-q4_0.gguf", "sosie-léa-adaptateur.gguf")
    assert told.name == "sosie-léa-q4_0-certificat.json"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (merged, adapter, told)} == {0o600}


def test_what_it_is_like_travels_in_the_file_and_nothing_else_does(work, whole):
    merged, *_ = Project(work.folder).export("gguf").files
    file = GgufFile.read(merged)
    assert (file.portrait, file.sampling, file.template) == (whole.portrait, whole.sampling, "mini")
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
