"""GGUF files written here, read back by gguf's own reader and by llama.cpp; and those of others refused."""

import _ctypes
import json
import struct
from pathlib import Path

import pytest

from sosie.core.errors import BadData, BadSettings, SosieError, UnknownModel
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.gguf import k_quants
from sosie.models.gguf.checking import compare
from sosie.models.gguf.files import WEIGHT_KINDS, MergedDouble, write_adapter, write_model
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.reading import GgufFile
from sosie.models.load import load_tokenizer

gguf = pytest.importorskip("gguf")


@pytest.fixture(scope="module")
def mini():
    base = find("mini")
    return Path(base.where), *load_tokenizer(base)


@pytest.fixture
def lora(tmp_path):
    """A LoRA of rank 2 on the queries and the values of mini's first layer."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    stem = "base_model.model.model.layers.0.self_attn"
    pairs = {"q_proj": 256, "v_proj": 128}
    tensors = {f"{stem}.{name}.lora_A.weight": torch.randn(2, 256) for name in pairs}
    tensors |= {f"{stem}.{name}.lora_B.weight": torch.randn(rows, 2) for name, rows in pairs.items()}
    save_file(tensors, tmp_path / "adapter_model.safetensors")
    told = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": list(pairs)}
    (tmp_path / "adapter_config.json").write_text(json.dumps(told))
    return tmp_path


@pytest.mark.parametrize("kind", WEIGHT_KINDS)
def test_every_weight_is_read_back_within_its_rounding(mini, lora, tmp_path, kind):
    folder, tokenizer, template = mini
    double = Lora.of(lora)
    path = tmp_path / "m.gguf"
    write_model(folder, tokenizer, template, path, kind, MergedDouble(double))
    assert compare(path, folder, double) == ""
    assert (
        compare(path, folder, None) == "blk.0.attn_q.weight"
    )  # and would have seen that the adapter is missing


def test_the_mixture_of_four_and_six_bits_is_llama_cpp_s():
    finer = [layer for layer in range(32) if k_quants.more_bits(layer, 32)]
    assert finer == [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31]
    assert k_quants.mixed("model.layers.3.self_attn.v_proj.weight", 32) == "q6_k"
    assert k_quants.mixed("model.layers.4.mlp.down_proj.weight", 32) == "q4_k"
    assert k_quants.mixed("model.layers.3.mlp.up_proj.weight", 32) == "q4_k"
    assert k_quants.mixed("lm_head.weight", 32) == "q6_k"


@pytest.mark.parametrize("library", [_ctypes.__file__, "/nulle/part.so"])
def test_a_library_without_the_quantiser_is_told(library):
    with pytest.raises(BadSettings, match="q4_k_m"):
        k_quants.quantiser_in(library)


def test_a_file_with_one_number_changed_is_noticed(mini, tmp_path):
    folder, tokenizer, template = mini
    path = tmp_path / "m.gguf"
    write_model(folder, tokenizer, template, path, "f32")
    tensor = gguf.GGUFReader(path).tensors[3]
    with path.open("r+b") as file:
        file.seek(tensor.data_offset)
        file.write(struct.pack("<f", 9e9))
    assert compare(path, folder, None) == tensor.name


def test_the_adapter_s_scale_is_that_of_peft(lora, mini, tmp_path):
    write_adapter(mini[0], Lora.of(lora), tmp_path / "a.gguf")
    fields = gguf.GGUFReader(tmp_path / "a.gguf").fields
    assert fields["adapter.lora.alpha"].contents() == 4
    (lora / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "use_rslora": True})
    )
    assert Lora.of(lora).scale == pytest.approx(4 / 2**0.5)


@pytest.mark.parametrize("told", [{"use_dora": True}, {"rank_pattern": {"q_proj": 1}}])
def test_what_a_scale_cannot_say_is_refused(lora, told):
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}
    (lora / "adapter_config.json").write_text(json.dumps(config | told))
    with pytest.raises(BadData, match="GGUF"):
        Lora.of(lora)


@pytest.mark.parametrize("family", ["llama", "qwen3"])
def test_the_families_that_are_covered_are_written(tmp_path, family):
    folder = tiny.make(tmp_path / family, family)
    tokenizer, template = load_tokenizer(find(str(folder)))
    write_model(folder, tokenizer, template, tmp_path / "m.gguf", "f32")
    assert compare(tmp_path / "m.gguf", folder, None) == ""


def test_a_family_that_is_not_covered_is_named(tmp_path):
    folder = tiny.make(tmp_path / "gemma", "gemma")
    tokenizer, template = load_tokenizer(find(str(folder)))
    with pytest.raises(UnknownModel, match="gemma"):
        write_model(folder, tokenizer, template, tmp_path / "m.gguf")


def test_the_tokenizer_of_a_file_gives_the_ids_of_the_one_it_was_written_from(mini, mistral, tmp_path):
    folder, tokenizer, template = mini
    write_model(folder, tokenizer, template, tmp_path / "m.gguf", "q8_0")
    file = GgufFile.read(tmp_path / "m.gguf")
    file.check_chat()
    found = file.tokenizer()
    for text in ("Salut, ça va ?  oui", "l'été 🌻\n\nnuit", "<|end|>", "123 456,7 €"):
        assert found(text, add_special_tokens=False) == tokenizer(text, add_special_tokens=False)
    assert (found.bos_token_id, found.eos_token_id) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
    assert file.context == 1024 and file.token_bytes == 2 * 6 * 2 * 64 * 2


def edited(path, **keys):
    """A file of keys alone."""
    writer = gguf.GGUFWriter(path, keys.pop("architecture", "llama"))
    for name, value in keys.items():
        writer.add_string(name.replace("__", "."), value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), "entier"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(100)), "entier"),
        (lambda path: path.write_bytes(struct.pack("<4sIQQ", b"GGUF", 3, 1 << 60, 4)), "entier"),
        (lambda path: path.write_bytes(struct.pack("<4sIQQ", b"GGUF", 3, 1, 1) + b"\xff" * 8), "entier"),
        (lambda path: edited(path, architecture="bert"), "conversation"),
        (lambda path: edited(path, general__type="adapter"), "conversation"),
        (lambda path: edited(path), "format de conversation"),
    ],
)
def test_bad_files_are_told_in_a_sentence(tmp_path, make, words):
    path = tmp_path / "mauvais.gguf"
    make(path)
    with pytest.raises(SosieError, match=words):
        GgufFile.read(path).check_chat()


def test_a_truncated_model_is_refused(mini, tmp_path):
    folder, tokenizer, template = mini
    path = tmp_path / "m.gguf"
    write_model(folder, tokenizer, template, path, "q8_0")
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(BadData, match="entier"):
        GgufFile.read(path)


def test_a_piece_of_a_split_model_is_told(tmp_path):
    first, second = (tmp_path / f"m-0000{n}-of-00002.gguf" for n in (1, 2))
    edited(second)
    with pytest.raises(BadData, match="Il manque « m-00001-of-00002.gguf »"):
        GgufFile.read(second)
    edited(first)
    with pytest.raises(BadData, match="morceau"):
        GgufFile.read(second)
