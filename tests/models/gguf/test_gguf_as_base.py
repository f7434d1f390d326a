"""A GGUF file as a base: its weights read back, its card, Ollama's names; bad files in a sentence each."""

import json
import struct
from pathlib import Path

import pytest

from sosie.core.errors import BadData, SosieError, UnknownModel
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.gguf import dequantised
from sosie.models.gguf.files import write_model
from sosie.models.gguf.header import read_header
from sosie.models.gguf.weights import Weights
from sosie.models.hardware import hardware
from sosie.models.load import load, load_tokenizer, model_folder
from sosie.train.ladder import NOMINAL
from sosie.train.planner import make_plan

gguf = pytest.importorskip("gguf")
FAMILIES = ("llama", "mistral", "qwen3")


@pytest.fixture(autouse=True)
def cache(home):
    return home


def written(folder, kind="f32", family="llama", name="petit.gguf", **shape):
    """A GGUF of a tiny model of random weights; (its path, the folder it was written from)."""
    source = tiny.make(folder / f"source-{family}", family, **shape)
    base = find(str(source))
    write_model(source, *load_tokenizer(base), folder / name, kind)
    return folder / name, source


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_read_back_is_what_was_written_number_for_number(family, tmp_path):
    path, source = written(tmp_path, family=family)
    before, after = Weights.of(source), Weights.of(model_folder(find(str(path))))
    assert before.places.keys() == after.places.keys()
    assert all((before.read(name) == after.read(name)).all() for name in before.places)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_model_read_back_says_what_the_original_says(family, tmp_path):
    import torch

    path, source = written(tmp_path, family=family)
    ours, theirs = (load(find(str(each)), device="cpu") for each in (path, source))
    ids = torch.tensor([theirs.tokenizer("salut, ça va ?", add_special_tokens=False)["input_ids"]])
    with torch.no_grad():
        assert torch.allclose(ours.model(ids).logits, theirs.model(ids).logits, atol=1e-5)
    assert ours.tokenizer("salut, ça va ?") == theirs.tokenizer("salut, ça va ?")


def test_quantised_weights_become_bf16_within_their_rounding(tmp_path):
    path, source = written(tmp_path, "q8_0", hidden_size=64)
    found = Weights.of(model_folder(find(str(path))))
    name = "model.layers.1.mlp.down_proj.weight"
    assert found.places[name].kind == "BF16" and found.places["model.norm.weight"].kind == "F32"
    meant = Weights.of(source).read(name)
    assert abs(found.read(name) - meant).max() < 0.02 * abs(meant).max()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_card_of_a_file_is_that_of_its_weights(family, tmp_path):
    path, source = written(tmp_path, "f16", family)
    card, other = find(str(path)).card, find(str(source)).card
    assert (card.linears, card.parameters, card.context) == (other.linears, other.parameters, other.context)
    stored = sum(file.stat().st_size for file in model_folder(find(str(path))).glob("*.safetensors"))
    assert 0 <= stored - card.bytes < 10_000  # its header


def test_a_head_that_is_the_embeddings_rounded_otherwise_is_tied_again(tmp_path):
    path, source = written(tmp_path, "q8_0", "qwen3")
    assert not find(str(path)).card.tied  # two random matrices
    config = json.loads((source / "config.json").read_text())
    head, words = "lm_head.weight", "model.embed_tokens.weight"
    from safetensors.torch import load_file, save_file

    tensors = load_file(source / "model.safetensors")
    tensors[words] = tensors[head] + 0.003 * tensors[head].std() * tensors[words].sign()
    save_file(tensors, source / "model.safetensors", {"format": "pt"})
    assert not config["tie_word_embeddings"]
    write_model(source, *load_tokenizer(find(str(source))), tmp_path / "lie.gguf", "q8_0")
    base = find(str(tmp_path / "lie.gguf"))
    assert base.card.tied and head not in Weights.of(model_folder(base)).places


def test_it_is_dequantised_once_and_again_if_the_file_changes(tmp_path):
    path, _ = written(tmp_path)
    first = model_folder(find(str(path)))
    made = (first / "model.safetensors").stat().st_mtime_ns
    assert model_folder(find(str(path))) == first
    assert (first / "model.safetensors").stat().st_mtime_ns == made
    written(tmp_path / "autre", seed=1)[0].replace(path)
    assert model_folder(find(str(path))) != first


def test_a_file_that_is_gone_is_still_a_base_in_the_cache(tmp_path):
    path, _ = written(tmp_path)
    folder = model_folder(find(str(path)))
    path.unlink()
    base = find(str(path))
    assert base.name == "petit" and base.card and model_folder(base) == folder


def test_a_killed_dequantisation_leaves_nothing_to_be_taken_for_a_model(tmp_path, monkeypatch, home):
    path, _ = written(tmp_path)

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(dequantised, "write_rows", cut)
        model_folder(find(str(path)))
    assert not [*home.rglob("*.safetensors")]
    assert model_folder(find(str(path)))


def split(path, folder):
    """The file in two, as llama.cpp splits: keys in the first, tensors in both."""
    reader = gguf.GGUFReader(path)
    names = [folder / f"petit-0000{number}-of-00002.gguf" for number in (1, 2)]
    for number, part in enumerate(names):
        writer = gguf.GGUFWriter(part, "llama")
        for field in reader.fields.values() if number == 0 else ():
            if field.name.startswith(("GGUF.", "general.architecture")):
                continue
            kind, inner = field.types[0], field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(field.name, field.contents(), kind, inner)
        for tensor in reader.tensors[number::2]:
            writer.add_tensor(tensor.name, tensor.data)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return names


def test_a_split_model_is_read_from_all_its_parts(tmp_path):
    path, source = written(tmp_path)
    first, second = split(path, tmp_path)
    found, meant = Weights.of(model_folder(find(str(first)))), Weights.of(source)
    assert all((found.read(name) == meant.read(name)).all() for name in meant.places)
    with pytest.raises(BadData, match="morceau"):
        find(str(second))
    second.unlink()
    with pytest.raises(BadData, match="Il manque"):
        find(str(first))


def test_the_scaled_rotation_of_llama_3_comes_back(tmp_path):
    path, _ = written(tmp_path)
    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(tmp_path / "trois.gguf", "llama")
    for field in reader.fields.values():
        if not field.name.startswith(("GGUF.", "general.architecture")):
            inner = field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(field.name, field.contents(), field.types[0], inner)
    import numpy as np

    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data)
    writer.add_tensor("rope_freqs.weight", np.array([1, 1, 4, 32, 32, 32, 32, 32], dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    config = json.loads((model_folder(find(str(tmp_path / "trois.gguf"))) / "config.json").read_text())
    assert (config["rope_parameters"]["rope_type"], config["rope_parameters"]["factor"]) == ("llama3", 32.0)


def in_ollama(home, path, name="library/qwen3/0.6b", tree="manifests", host="registry.ollama.ai", **layers):
    """What Ollama keeps of a model."""
    (home / "blobs").mkdir(parents=True, exist_ok=True)
    digest = "0123456789abcdef" * 4
    (home / "blobs" / f"sha256-{digest}").write_bytes(path.read_bytes())
    manifest = home / tree / host / name
    manifest.parent.mkdir(parents=True, exist_ok=True)
    kinds = {"model": f"sha256:{digest}", "template": f"sha256:{'a' * 64}", **layers}
    told = [
        {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": digest, "size": 1}
        for kind, digest in kinds.items()
    ]
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": told}))


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ({}, "qwen3:0.6b"),
        ({"name": "library/qwen3/latest"}, "qwen3"),
        ({"name": "lea/qwen3/latest"}, "lea/qwen3"),
        ({"name": "bartowski/petit/Q4_K_M", "host": "hf.co"}, "hf.co/bartowski/petit:Q4_K_M"),
        ({"tree": "manifest-v2", "host": "ollama.com"}, "qwen3:0.6b"),
    ],
)
def test_what_ollama_has_is_found_by_its_name(place, asked, tmp_path, monkeypatch):
    path, _ = written(tmp_path)
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    in_ollama(tmp_path / "ollama", path, **place)
    base = find(f"ollama:{asked}")
    assert base.name == asked.replace(":", "-").replace("/", "-") and base.local and base.card
    assert find(base.key).where == base.where  # what a double remembers


@pytest.mark.parametrize(
    ("asked", "words", "mend"),
    [
        ("llama3", "pas de modèle « llama3 »", "qwen3:0.6b"),
        ("../../qwen3/0.6b", "pas de modèle", ""),
        ("", "pas de modèle", ""),
        ("adapte", "adaptateur", "modèle de départ"),
        ("parti", "entier", "ollama pull"),
    ],
)
def test_what_ollama_does_not_have_is_told_in_a_sentence(asked, words, mend, tmp_path, monkeypatch):
    path, _ = written(tmp_path)
    home = tmp_path / "ollama"
    monkeypatch.setenv("OLLAMA_MODELS", str(home))
    in_ollama(home, path)
    in_ollama(home, path, "library/adapte/latest", adapter=f"sha256:{'b' * 64}")
    in_ollama(home, path, "library/parti/latest", model=f"sha256:{'c' * 64}")
    with pytest.raises(SosieError, match=words) as error:
        find(f"ollama:{asked}")
    assert mend in error.value.mend


def rewritten(path, **keys):
    """The header's text keys, changed in place by ones of the same length."""
    content = path.read_bytes()
    for before, after in keys.items():
        assert len(before) == len(after)
        content = content.replace(before.encode(), after.encode())
    path.write_bytes(content)


def test_a_family_that_sosie_does_not_read_back_can_be_talked_to_and_not_learnt_on(tmp_path):
    path, _ = written(tmp_path)
    rewritten(path, llama="vapor")
    base = find(str(path))
    assert base.local and base.card is None
    with pytest.raises(UnknownModel, match="vapor") as error:
        make_plan(base, hardware("cpu"), NOMINAL)
    assert "sosie chat" in error.value.mend
    with pytest.raises(UnknownModel, match="vapor"):
        model_folder(base)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def without_a_layer(path):
    rewritten(path, **{"blk.1.ffn_up": "blk.9.ffn_up"})


def of_an_unknown_storage(path):
    (tensor,) = (tensor for tensor in read_header(path).tensors if tensor.name == "blk.0.ffn_up.weight")
    content = bytearray(path.read_bytes())
    at = content.index(tensor.name.encode()) + len(tensor.name) + 4 + 8 * len(tensor.shape)
    content[at : at + 4] = struct.pack("<I", 250)
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [cut_short, without_a_layer, of_an_unknown_storage])
def test_a_file_whose_weights_cannot_be_read_back_is_told_and_leaves_nothing(spoil, tmp_path, home):
    path, _ = written(tmp_path)
    spoil(path)
    with pytest.raises(SosieError) as error:
        model_folder(find(str(path)))
    assert error.value.message.count(".") <= 4 and error.value.mend
    assert not [*home.rglob("*.safetensors")]


@pytest.mark.parametrize("seed", range(40))
def test_a_header_damaged_anywhere_is_read_or_refused_in_a_sentence(seed, tmp_path):
    import random

    rng = random.Random(seed)
    path, _ = written(tmp_path, num_hidden_layers=1)
    content = bytearray(path.read_bytes())
    for _ in range(3):
        content[rng.randrange(8000)] = rng.randrange(256)
    path.write_bytes(content[: rng.randrange(len(content))] if seed % 3 else content)
    try:
        base = find(str(path))
        load_tokenizer(base)
    except SosieError as error:
        assert error.mend and str(Path(tmp_path)) not in error.message
