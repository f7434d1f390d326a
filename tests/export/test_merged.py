"""`sosie export merged`: the folder is the double, in small memory, whole or absent."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from planted import dialogue
from safetensors.torch import load_file, save_file

from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData, BadSettings, NoRoom, UnknownModel
from sosie.export import merged
from sosie.export.merged_weights import Merge, first_difference, write_merged
from sosie.export.nf4_difference import nf4_difference
from sosie.models import tiny
from sosie.models.catalogue import MINI
from sosie.models.gguf.lora import Lora
from sosie.models.load_double import load_double
from sosie.models.rendering import render_jinja
from sosie.models.template import prompt
from sosie.models.tokenizer_files import read_tokenizer


@pytest.fixture
def folder(work, trained):
    Project(work.folder).export("merged", weights="f32")
    return work.out / "sosie-léa-merged"


@pytest.mark.slow
def test_it_says_what_base_and_adapter_say_to_the_end(folder, trained):
    from transformers import AutoModelForCausalLM

    loaded = load_double(trained, device="cpu", dtype="float32")
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == torch.float32
    apart, asked = (
        0.0,
        {"max_new_tokens": 200, "do_sample": False, "eos_token_id": 2, "repetition_penalty": 1.0},
    )
    for number in range(20):
        turns = (Turn("system", "Tu es Léa."), *dialogue(number).turns[:1])
        ids = torch.tensor([prompt(turns, loaded.tokenizer, loaded.template)])
        with torch.no_grad():
            ours, theirs = loaded.model(ids).logits, model(ids).logits
            apart = max(apart, float((ours - theirs).abs().max()))
            said = loaded.model.generate(input_ids=ids, **asked)
            assert torch.equal(said, model.generate(input_ids=ids, **asked))
    assert apart < 1e-3


def test_the_chat_template_and_the_tokenizer_are_the_double_s(folder, trained):
    loaded, tokenizer = load_double(trained, device="cpu"), read_tokenizer(folder)
    turns = (Turn("system", "Tu es Léa."), Turn("user", "tu viens ? 🙂"))
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    text = render_jinja(
        (folder / "chat_template.jinja").read_text("utf-8"), messages, {"add_generation_prompt": True}
    )
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert ids == prompt(turns, loaded.tokenizer, loaded.template)
    told = json.loads((folder / "generation_config.json").read_text())
    assert 2 in told["eos_token_id"] and told["top_k"] == 0


def test_bf16_is_torch_s_own_rounding_and_the_usual_kind(work, trained, folder):
    exact = load_file(folder / "model.safetensors")
    Project(work.folder).export("merged")
    usual = load_file(folder / "model.safetensors")
    assert all(torch.equal(tensor.to(torch.bfloat16), usual[name]) for name, tensor in exact.items())
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"


def test_shards_are_those_of_the_index_and_hold_each_tensor_once(trained, tmp_path):
    merge = Merge.of(Path(merged.__file__).parents[1] / "models" / "mini", Lora.of(trained.folder))
    write_merged(merge, "bf16", tmp_path, shard_bytes=4_000_000)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())["weight_map"]
    held = {name: path.name for path in tmp_path.glob("*.safetensors") for name in load_file(path)}
    assert held == index and len(set(index.values())) > 2
    assert first_difference(merge, "bf16", tmp_path) == ""
    shard = sorted(tmp_path.glob("*.safetensors"))[1]
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    assert first_difference(merge, "bf16", tmp_path) in load_file(shard)


def test_a_double_learnt_in_four_bits_says_on_what_it_merges(work, trained):
    told = []
    replace(trained, bits=4).write(trained.folder)
    Project(work.folder).export("merged", report=lambda event: told.append(event.text))
    assert any("« mini » en 4 bits" in text for text in told)
    assert any("les poids entiers sont à" in text for text in told)


def test_the_difference_to_four_bits_is_that_of_each_layer_quantised_whole(trained):
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    merge = Merge.of(MINI, Lora.of(trained.folder))
    weights = load_file(MINI / "model.safetensors")
    errors = norms = 0.0
    for name in merge.lora.pairs:
        weight = weights[name].float()
        again = dequantize_4bit(
            *quantize_4bit(weight, compress_statistics=True, quant_type="nf4", blocksize=64)
        )
        errors, norms = errors + (weight - again).norm() ** 2, norms + weight.norm() ** 2
    found = nf4_difference(merge)
    assert 0.05 < found < 0.15 and found == pytest.approx(float(errors / norms) ** 0.5, rel=0.01)


@pytest.mark.parametrize(
    "told", [{"fan_in_fan_out": True}, {"layer_replication": [[0, 2]]}, {"use_dora": True}]
)
def test_what_cannot_be_merged_is_refused(work, trained, told):
    path = trained.folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | told))
    with pytest.raises(BadData):
        Project(work.folder).export("merged")
    assert not [*work.out.glob("sosie-léa-merged*")]


def test_a_base_that_was_published_as_bin_alone_gives_the_same_numbers(trained, tmp_path):
    mini = Path(merged.__file__).parents[1] / "models" / "mini"
    torch.save(load_file(mini / "model.safetensors"), tmp_path / "pytorch_model.bin")
    lora = Lora.of(trained.folder)
    for base, name in ((mini, "one"), (tmp_path, "other")):
        (tmp_path / name).mkdir()
        write_merged(Merge.of(base, lora), "f32", tmp_path / name)
    one, other = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "other"))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_bin_of_old_torch_is_refused_in_a_sentence(trained, tmp_path):
    numbers = {"model.norm.weight": torch.ones(3)}
    torch.save(numbers, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    with pytest.raises(UnknownModel, match="pytorch_model"):
        Merge.of(tmp_path, Lora.of(trained.folder))


def test_an_adapter_of_another_base_is_refused(work, trained, tmp_path):
    replace(trained, base=str(tiny.make(tmp_path / "autre"))).write(trained.folder)
    with pytest.raises(BadData, match="ne va pas"):
        Project(work.folder).export("merged")
    assert not work.out.exists() or not [*work.out.glob("*merged*")]


def test_unknown_weights_are_told(work, trained):
    with pytest.raises(BadSettings, match="q8_0"):
        Project(work.folder).export("merged", weights="q8_0")


@pytest.mark.parametrize("stranger", ["notes.txt", "model.safetensors"])
def test_a_folder_that_holds_something_else_is_left_alone(work, trained, stranger):
    folder = work.out / "sosie-léa-merged"
    folder.mkdir(parents=True)
    (folder / stranger).write_text("à moi")
    with pytest.raises(BadSettings, match="autre chose"):
        Project(work.folder).export("merged")
    assert (folder / stranger).read_text() == "à moi" and len([*folder.iterdir()]) == 1


def test_a_full_disk_leaves_what_was_there(work, trained, folder, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(merged, "write_settings", full)
    with pytest.raises(NoRoom):
        Project(work.folder).export("merged")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in work.out.iterdir() if "part" in path.name] == []


KILLED = """
import os, signal, sys
from sosie.api import Project
from sosie.export import merged
def die(*args): os.kill(os.getpid(), signal.SIGKILL)
merged.write_settings = die
Project(sys.argv[1]).export("merged")
"""


def test_killed_in_the_middle_it_leaves_nothing_that_looks_done(work, trained):
    done = subprocess.run([sys.executable, "-c", KILLED, str(work.folder)], capture_output=True)
    assert done.returncode == -9
    assert not (work.out / "sosie-léa-merged").exists()
    Project(work.folder).export("merged")  # and the next one takes the draft away
    assert not [path for path in work.out.iterdir() if path.name.endswith(".part")]


LARGE = """
import re, sys
from pathlib import Path
from sosie.export.nf4_difference import nf4_difference
from sosie.export.merged_weights import Merge, first_difference, write_merged
from sosie.models.gguf.lora import Lora
base, own, out = map(Path, sys.argv[1:])
merge = Merge.of(base, Lora.of(own))
write_merged(merge, "bf16", out)
assert first_difference(merge, "bf16", out) == ""
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_a_large_tensor_is_never_whole_in_memory(tmp_path):
    """128 MiB in bf16, with an adapter on it: in float32 alone it would be 256."""
    for name in ("base", "own", "out"):
        (tmp_path / name).mkdir()
    rows, width, name = 16384, 4096, "model.layers.0.mlp.up_proj.weight"
    size = 2 * rows * width
    told = json.dumps({name: {"dtype": "BF16", "shape": [rows, width], "data_offsets": [0, size]}}).encode()
    with (tmp_path / "base" / "model.safetensors").open("wb") as file:
        file.write(len(told).to_bytes(8, "little") + told)
        file.truncate(8 + len(told) + size)  # zeros, that take no place on the disk
    stem = "base_model.model.model.layers.0.mlp.up_proj"
    pair = {f"{stem}.lora_A.weight": torch.ones(8, width), f"{stem}.lora_B.weight": torch.ones(rows, 8)}
    save_file(pair, tmp_path / "own" / "adapter_model.safetensors")
    (tmp_path / "own" / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 8, "lora_alpha": 8}')
    words = [sys.executable, "-c", LARGE, *(str(tmp_path / name) for name in ("base", "own", "out"))]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ})
    (tmp_path / "out" / "model.safetensors").unlink()
    assert 1024 * int(done.stdout) < 1.5 * size + 150e6
