"""From disk to memory: base models, doubles, and what must be refused."""

import json
import shutil
import socket
from dataclasses import replace

import pytest
import torch

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadData, UnknownModel
from sosie.core.sampling import Sampling
from sosie.models import hub, sentencepiece_tokenizer, tiny
from sosie.models.catalogue import Base, find
from sosie.models.load import load, published_sampling
from sosie.models.load_double import load_double
from sosie.models.tokenizer_files import read_tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.make(tmp_path_factory.mktemp("base") / "petit")


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory):
    """A double over the tiny model, with an adapter that does something."""
    import peft

    base = load(find(str(folder)))
    torch.manual_seed(0)
    config = peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    where = tmp_path_factory.mktemp("run") / "double"
    peft.get_peft_model(base.model, config).save_pretrained(where)
    base.tokenizer.save_pretrained(where)
    Double(str(folder), "mini", adapter_sha256=sha256_of(where / ADAPTER)).write(where)
    return where


@pytest.fixture
def double(made, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(made, tmp_path / "double")


def logits(model):
    with torch.inference_mode():
        return model(input_ids=torch.arange(6, 40)[None]).logits


def test_a_folder_is_loaded_in_float32_on_a_processor(folder):
    loaded = load(find(str(folder)), device="cpu")
    assert loaded.model.dtype == torch.float32
    assert not loaded.model.training
    assert loaded.template.name == "mini"
    assert loaded.tokenizer.convert_tokens_to_ids("<|assistant|>") == 5


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"temperature": 0.6, "top_p": 0.95}, Sampling(temperature=0.6, top_p=0.95)),
        ({"temperature": 1.0, "min_p": 0.02}, Sampling(temperature=1.0, min_p=0.02)),
        ({"repetition_penalty": 1.2}, Sampling(repetition_penalty=1.2)),
        ({"temperature": None, "do_sample": True}, Sampling()),
        ({"temperature": 40}, Sampling()),
        ({"top_p": "beaucoup"}, Sampling()),
        ([], Sampling()),
    ],
)
def test_how_words_are_drawn_is_what_the_model_s_authors_say_where_it_is_usable(tmp_path, told, wanted):
    (tmp_path / "generation_config.json").write_text(json.dumps(told), encoding="utf-8")
    assert published_sampling(tmp_path) == wanted


def test_another_precision_may_be_asked_for(folder):
    assert load(find(str(folder)), dtype="bfloat16").model.dtype == torch.bfloat16


def test_four_bits_take_the_place_of_the_linear_weights(folder):
    model = load(find(str(folder)), bits=4).model
    kinds = {type(part).__name__ for name, part in model.named_modules() if name.endswith("_proj")}
    assert kinds == {"Linear4bit"}
    assert torch.isfinite(logits(model)).all()


def test_a_double_is_its_base_with_the_adapter_on(made, folder):
    loaded = load_double(Double.read(made))
    base = load(find(str(folder)))
    assert (logits(loaded.model) - logits(base.model)).abs().max() > 0.01
    with loaded.model.disable_adapter():
        assert torch.equal(logits(loaded.model), logits(base.model))


def test_another_base_may_stand_in_for_one_that_moved(made, folder, tmp_path):
    moved = shutil.copytree(folder, tmp_path / "ailleurs")
    double = Double("/nulle/part", "mini", folder=made)
    with pytest.raises(UnknownModel):
        load_double(double)
    assert load_double(double, base=find(str(moved))).base.name == "ailleurs"


def test_an_adapter_that_was_replaced_is_refused(double):
    with (double / ADAPTER).open("ab") as file:
        file.write(b"x")
    with pytest.raises(BadData, match="n'est pas celui"):
        load_double(Double.read(double))


@pytest.mark.parametrize("name", [ADAPTER, "adapter_config.json"])
def test_a_double_without_a_file_says_which(double, name):
    (double / name).unlink()
    (double / "adapter_model.bin").write_bytes(b"not safetensors, not to be opened")
    with pytest.raises(BadData, match=name):
        load_double(Double.read(double))


def test_an_adapter_for_another_model_is_refused(made, tmp_path):
    other = tiny.make(tmp_path / "autre", hidden_size=32)
    with pytest.raises(BadData, match="ne va pas"):
        load_double(Double.read(made), base=find(str(other)))


def test_a_double_of_an_unknown_format_is_refused(double):
    record = json.loads((double / "double.json").read_text(encoding="utf-8"))
    (double / "double.json").write_text(json.dumps({**record, "template": "klingon"}), encoding="utf-8")
    with pytest.raises(BadData, match="klingon"):
        load_double(Double.read(double))


def test_weights_that_are_not_here_are_not_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UnknownModel) as raised:
        load(find("vigostral"))
    assert "14,5 Go" in raised.value.mend
    assert "hf download bofenghuang/vigostral-7b-chat" in raised.value.mend


@pytest.fixture
def cached(folder, tmp_path, monkeypatch):
    """The tiny model in the hub's cache, at a commit, on a machine that believes it has a network."""
    import huggingface_hub

    kept = tmp_path / "hub" / "models--auteur--modele"
    shutil.copytree(folder, kept / "snapshots" / "c0ffee")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("c0ffee", encoding="utf-8")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    return kept


def test_a_model_that_is_in_the_cache_is_loaded_without_a_word_to_the_hub(cached, monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: asked.append(args) or [])
    loaded = load(find("auteur/modele"))
    assert loaded.revision == "c0ffee"
    assert asked == []


def test_a_commit_that_is_not_in_the_cache_is_not_replaced_by_another(cached):
    with pytest.raises(UnknownModel) as raised:
        load(find("auteur/modele"), revision="badcafe")
    assert "--revision badcafe" in raised.value.mend


def test_what_may_be_downloaded_is_asked_of_the_hub_and_nothing_that_runs(cached, folder, monkeypatch):
    import huggingface_hub

    asked = {}

    def fetched(name, **options):
        asked.update(options, name=name)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetched)
    monkeypatch.setattr(hub, "listens", lambda address: True)
    load(find("auteur/autre"), allow_download=True)
    assert asked["name"] == "auteur/autre"
    assert "model*.safetensors" in asked["allow_patterns"]
    assert not any(pattern in ("*", "*.py", "*.bin") for pattern in asked["allow_patterns"])

    def failing(name, **options):
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", failing)
    with pytest.raises(UnknownModel, match="téléchargé"):
        load(find("auteur/autre"), allow_download=True)


def test_a_folder_without_weights_says_so(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "vide")
    (copy / "model.safetensors").unlink()
    (copy / "pytorch_model.bin").write_bytes(b"pickled")
    with pytest.raises(UnknownModel, match="safetensors"):
        load(find(str(copy)))


@pytest.fixture
def pickled(folder, tmp_path):
    """The tiny model with its weights as .bin only, and the card that allows it."""
    copy = shutil.copytree(folder, tmp_path / "bin")
    torch.save(load(find(str(folder))).model.state_dict(), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    return copy, replace(find(str(folder)).card, weights="bin")


def test_pickled_weights_are_read_where_the_catalogue_says_so_and_nowhere_else(folder, pickled):
    copy, card = pickled
    allowed = load(Base("bin", str(copy), card, local=True))
    assert torch.equal(logits(allowed.model), logits(load(find(str(folder))).model))
    for card in (None, find(str(folder)).card):
        with pytest.raises(UnknownModel, match="pas de poids"):
            load(Base("bin", str(copy), card, local=True))


def test_code_hidden_in_pickled_weights_is_not_run(pickled, tmp_path):
    copy, card = pickled

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "pwned"), "w"))

    torch.save({"model.norm.weight": Evil()}, copy / "pytorch_model.bin")
    with pytest.raises(UnknownModel):
        load(Base("bin", str(copy), card, local=True))
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"not weights"),
        ("config.json", b'{"model_type": "inconnu"}'),
        ("config.json", b'{"model_type": "x", "auto_map": {"AutoModelForCausalLM": "evil.Evil"}}'),
        ("tokenizer.json", b"{"),
    ],
)
def test_a_broken_or_foreign_model_is_one_sentence(folder, tmp_path, name, content):
    copy = shutil.copytree(folder, tmp_path / "casse")
    (copy / name).write_bytes(content)
    (copy / "evil.py").write_text("raise SystemExit('code of the model was run')", encoding="utf-8")
    with pytest.raises(UnknownModel, match="ne peut pas être chargé"):
        load(Base("casse", str(copy), local=True))


def test_a_model_falsely_said_to_be_quantised_is_told_what_to_mend(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "menteur")
    told = json.loads((copy / "config.json").read_text())
    for said in ({"quant_method": "bitsandbytes", "load_in_4bit": True}, {"load_in_8bit": True}):
        (copy / "config.json").write_text(json.dumps({**told, "quantization_config": said}))
        with pytest.raises(UnknownModel, match="ses poids ne le sont pas") as caught:
            load(find(str(copy)))
        assert "quantization_config" in caught.value.mend


def test_a_model_truly_quantised_is_read(folder, tmp_path):
    load(find(str(folder)), bits=4).model.save_pretrained(tmp_path / "vrai")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, tmp_path / "vrai")
    assert (
        load(find(str(tmp_path / "vrai"))).model(input_ids=torch.arange(6, 12)[None]).logits.isfinite().all()
    )


def test_a_folder_without_a_tokenizer_says_so(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "muet")
    (copy / "tokenizer.json").unlink()
    with pytest.raises(UnknownModel, match="tokenizer"):
        load(find(str(copy)))


@pytest.mark.parametrize("name", ["tokenizer.model", "tokenizer.model.v1"])
def test_a_folder_with_only_a_sentencepiece_file_is_read_exactly(tmp_path, name):
    from sentencepiece import SentencePieceProcessor

    shutil.copy(sentencepiece_tokenizer.mistral_v1(), tmp_path / name)
    (tmp_path / "model.safetensors").touch()
    tokenizer = read_tokenizer(tmp_path)
    pieces = SentencePieceProcessor(model_file=str(tmp_path / name))
    for text in ("salut", "  deux  espaces", "\n\nœuf 🙂", "l'été…"):
        assert tokenizer.encode(text) == [1, *pieces.encode(text)]
        assert tokenizer.decode(pieces.encode(text)) == text


def test_a_tokenizer_of_llama_s_class_keeps_its_double_spaces(mistral, tmp_path):
    mistral.save_pretrained(tmp_path)
    path = tmp_path / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**settings, "tokenizer_class": "LlamaTokenizer"}), encoding="utf-8")
    text = "  deux  espaces "
    assert read_tokenizer(tmp_path).encode(text) == mistral.encode(text)


def test_a_unigram_file_is_refused(tmp_path):
    import sentencepiece

    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(f"une phrase {n} pour voir" for n in range(50)), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(tmp_path / "tokenizer"), vocab_size=30, minloglevel=3
    )
    with pytest.raises(UnknownModel, match="convertir"):
        read_tokenizer(tmp_path)


def test_the_same_seed_makes_the_same_tiny_model(folder, tmp_path):
    again = tiny.make(tmp_path / "encore")
    assert sha256_of(again / "model.safetensors") == sha256_of(folder / "model.safetensors")
    other = tiny.make(tmp_path / "autre", seed=1)
    assert sha256_of(other / "model.safetensors") != sha256_of(folder / "model.safetensors")
