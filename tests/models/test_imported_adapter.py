"""Adapters that other tools made, written here by PEFT itself on the tiny model, in the manners one meets."""

import json
import logging
import shutil
import warnings
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from sosie.cli.main import _run
from sosie.core.dialogue import Turn
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadData, UnknownModel
from sosie.core.sampling import AS_LEARNT, Sampling
from sosie.core.workspace import Workspace
from sosie.engines.base import open_engine
from sosie.models import imported_adapter, tiny
from sosie.models.catalogue import find
from sosie.models.doubles import double_at, need_double
from sosie.models.load import load
from sosie.models.load_double import load_double

LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
MANNERS = {
    "q and v": {"target_modules": ["q_proj", "v_proj"]},
    "all linear": {"target_modules": "all-linear"},
    "a pattern": {"target_modules": r".*self_attn\.(q|k)_proj"},
    "rslora": {"target_modules": LINEARS, "use_rslora": True},
    "dora": {"target_modules": LINEARS, "use_dora": True},
    "two ranks": {"target_modules": LINEARS, "rank_pattern": {"q_proj": 2}, "alpha_pattern": {"q_proj": 9}},
    "embeddings": {"target_modules": LINEARS, "modules_to_save": ["embed_tokens", "lm_head"]},
    "embeddings adapted": {"target_modules": ["q_proj", "embed_tokens"]},
    "new signs": {"target_modules": ["q_proj", "v_proj"], "trainable_token_indices": [3, 4, 5]},
    "no task": {"target_modules": ["q_proj", "v_proj"], "task_type": None},
}
PROBE = torch.arange(6, 40)[None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.make(tmp_path_factory.mktemp("base") / "petit")


@pytest.fixture
def made(folder, tmp_path):
    """made(**settings of LoraConfig) -> (folder of the adapter, the scores of the model that wrote it)"""
    import peft

    def make(model=None, trained=False, **settings):
        model = model or load(find(str(folder)), device="cpu").model
        torch.manual_seed(0)
        config = peft.LoraConfig(**{"r": 4, "task_type": "CAUSAL_LM", "init_lora_weights": False, **settings})
        adapted = peft.get_peft_model(model, config)
        with torch.no_grad():
            for name, weight in adapted.named_parameters():
                if weight.requires_grad and (trained or "lora_" not in name):
                    weight.add_(0.05 * torch.randn_like(weight))
        with warnings.catch_warnings(action="ignore"):  # PEFT tells that it saves embeddings too
            adapted.eval().save_pretrained(tmp_path / "adapter")
        with torch.inference_mode():
            return tmp_path / "adapter", adapted(input_ids=PROBE).logits

    return make


def scores(where):
    with torch.inference_mode():
        return load_double(double_at(where), device="cpu").model(input_ids=PROBE).logits


def spoil(where, **changes):
    """Other words in adapter_config.json; None takes one away."""
    path = where / "adapter_config.json"
    told = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({name: value for name, value in told.items() if value is not None}))


def rename(where, change):
    save_file({change(name): tensor for name, tensor in load_file(where / ADAPTER).items()}, where / ADAPTER)


@pytest.mark.parametrize("manner", MANNERS)
def test_each_manner_of_adapter_gives_the_scores_of_the_model_that_wrote_it(made, folder, manner):
    where, wanted = made(**MANNERS[manner])
    double = double_at(where)
    assert double.base == str(folder) and double.template == "mini" and not double.portrait
    assert double.sampling == AS_LEARNT  # as a double of ours draws, so that the two compare
    assert torch.allclose(scores(where), wanted, atol=1e-5)
    plain = load(find(str(folder)), device="cpu").model
    assert (plain(input_ids=PROBE).logits - wanted).abs().max() > 0.01


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.removesuffix(".weight") + ".default.weight",
        lambda name: f"module.{name}",
        lambda name: name.replace("base_model.model.", "base_model.model._orig_mod."),
        lambda name: name.replace("model.layers.", "model.language_model.layers."),
        lambda name: name.replace("model.layers.", "language_model.model.layers."),
    ],
    ids=["the adapter's name left in", "several processes", "compiled", "of one that sees", "older"],
)
def test_names_that_tools_change_are_understood(made, change):
    where, wanted = made(target_modules=LINEARS, use_dora=True)
    rename(where, change)
    assert torch.allclose(scores(where), wanted, atol=1e-5)


@pytest.mark.parametrize(
    "settings", [{}, {"use_rslora": True}, {"rank_pattern": {"q_proj": 2}}, {"use_dora": True}]
)
@pytest.mark.parametrize("begun", ["pissa", "olora"])
def test_what_an_adapter_took_from_its_base_is_given_back(made, folder, begun, settings):
    """PEFT's own model gives the scores wanted; its base has changed, and ours must not."""
    where, wanted = made(target_modules=LINEARS, init_lora_weights=begun, trained=True, **settings)
    loaded = load_double(double_at(where), device="cpu")
    with torch.inference_mode():
        assert torch.allclose(loaded.model(input_ids=PROBE).logits, wanted, atol=1e-3)
        with loaded.model.disable_adapter():
            base = loaded.model(input_ids=PROBE).logits
        plain = load(find(str(folder)), device="cpu").model(input_ids=PROBE).logits
    assert torch.equal(base, plain) and not torch.allclose(base, wanted, atol=0.1)


def test_what_was_taken_by_chance_is_told_to_be_read_nearly(made, folder, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("sosie.models"), "propagate", True)
    where, _ = made(target_modules=LINEARS, init_lora_weights="pissa_niter_16")
    loaded = load_double(double_at(where), device="cpu")
    with torch.inference_mode(), loaded.model.disable_adapter():
        plain = load(find(str(folder)), device="cpu").model(input_ids=PROBE).logits
        assert torch.equal(loaded.model(input_ids=PROBE).logits, plain)
    assert "(pissa_niter_16) : il est lu à peu près" in caplog.text


@pytest.mark.parametrize("begun", ["gaussian", "orthogonal", "eva"])
def test_an_adapter_that_took_nothing_is_read_as_it_is(made, begun):
    where, wanted = made(target_modules=LINEARS)
    spoil(where, init_lora_weights=begun)
    assert torch.allclose(scores(where), wanted, atol=1e-5)


def test_an_adapter_that_changes_nothing_is_told(made, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("sosie.models"), "propagate", True)
    where, _ = made(target_modules=LINEARS, init_lora_weights=True)
    scores(where)
    assert "ne change rien à son modèle" in caplog.text


def test_signs_that_were_added_bring_their_embeddings(made, folder):
    larger = load(find(str(folder)), device="cpu").model
    larger.resize_token_embeddings(300, mean_resizing=False)
    where, wanted = made(larger, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])
    assert scores(where).shape[-1] == 300
    assert torch.allclose(scores(where), wanted, atol=1e-5)


def test_embeddings_that_are_also_the_head_are_told_no_worry(made, tmp_path):
    tied = load(find(str(tiny.make(tmp_path / "lié", tie_word_embeddings=True))), device="cpu").model
    with warnings.catch_warnings(action="ignore"):
        where, wanted = made(tied, target_modules=["q_proj"], modules_to_save=["embed_tokens"])
    assert torch.allclose(scores(where), wanted, atol=1e-5)


def test_it_says_by_its_tokenizer_how_it_was_taught(made, folder):
    where, _ = made(target_modules=["q_proj"])
    shutil.copy(folder / "tokenizer.json", where)
    shutil.copy(folder / "tokenizer_config.json", where)
    assert double_at(where).template == "mini"
    written = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}"
    (where / "chat_template.jinja").write_text(written)
    assert double_at(where).template == "own"


def test_a_base_in_four_bits_is_not_needed_again(made, folder):
    """Learnt on NF4; read on the 16 or 32 bits that the same weights have."""
    where, _ = made(load(find(str(folder)), device="cpu", bits=4).model, target_modules=LINEARS)
    assert double_at(where).bits is None and "4bit" not in str(folder)
    plain = load(find(str(folder)), device="cpu").model
    assert (scores(where) - plain(input_ids=PROBE).logits).abs().max() > 0.01


def test_it_is_talked_to_and_its_base_is_beside_it(made):
    where, _ = made(target_modules=LINEARS)
    engine = open_engine(str(where))
    assert engine.name == "adapter" and engine.base is not engine
    ask = [(Turn("user", "salut"),)]
    greedy = Sampling(temperature=0, max_tokens=8)
    assert engine.answers(ask, greedy) != engine.base.answers(ask, greedy)


def told(capsys, *words):
    """The error of a verb with --json."""
    assert _run([*map(str, words), "--json"]) == 3
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return json.loads(out)["error"]


def test_the_verb_talks_to_it(made, tmp_path, capsys):
    where, _ = made(target_modules=LINEARS)
    assert _run(["chat", "--double", str(where), "--once", "salut", "--folder", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] > 0
    assert need_double(Workspace(tmp_path), str(where)) == double_at(where)  # what `evaluate` measures


def pickled(where):
    (where / ADAPTER).rename(where / "adapter_model.bin")


def absent(where):
    (where / ADAPTER).unlink()


def cut(where):
    (where / ADAPTER).write_bytes((where / ADAPTER).read_bytes()[:200])


def no_settings(where):
    (where / "adapter_config.json").unlink()


def not_json(where):
    (where / "adapter_config.json").write_text("[1")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 84000000\n"


def shortened(where, count):
    (where / ADAPTER).write_bytes((where / ADAPTER).read_bytes()[:-count])


def append(where, more):
    (where / ADAPTER).write_bytes((where / ADAPTER).read_bytes() + more)


def number(where, value):
    tensors = load_file(where / ADAPTER)
    next(iter(tensors.values()))[0, 0] = value
    save_file(tensors, where / ADAPTER)


def widened(where):
    tensors = load_file(where / ADAPTER)
    save_file(
        {name: one.repeat(1, 2) if "lora_A" in name else one for name, one in tensors.items()},
        where / ADAPTER,
    )


def of_another_depth(where):
    rename(where, lambda name: name.replace("layers.1.", "layers.7."))


SPOILT = {
    "pickled": (pickled, "adapter_model.bin", "safetensors"),
    "absent": (absent, "Il manque « adapter_model.safetensors »", "Copiez"),
    "cut": (cut, "est coupé : il en manque", "Copiez"),
    "cut at its end": (lambda where: shortened(where, 8), "est coupé : il en manque 8 octets", "Copiez"),
    "too long": (lambda where: append(where, b"and more"), "est abîmé", "Copiez"),
    "empty": (lambda where: (where / ADAPTER).write_bytes(b""), "est vide", "Copiez"),
    "holes": (lambda where: (where / ADAPTER).write_bytes(bytes(9000)), "est vide", "Copiez"),
    "a pointer": (lambda where: (where / ADAPTER).write_bytes(POINTER), "renvoi de git-lfs", "git lfs pull"),
    "settings that are a pointer": (
        lambda where: (where / "adapter_config.json").write_bytes(POINTER),
        "« adapter_config.json » n'est qu'un renvoi de git-lfs",
        "git lfs pull",
    ),
    "a web page": (
        lambda where: (where / ADAPTER).write_bytes(b"\n<!DOCTYPE html><html>"),
        "est une page web",
        "Téléchargez",
    ),
    "a renamed pickle": (
        lambda where: torch.save({}, where / ADAPTER),
        "fichier de torch",
        "safe_serialization=True",
    ),
    "NaN": (lambda where: number(where, float("nan")), "(NaN)", "pas d'apprentissage plus petit"),
    "infinity": (lambda where: number(where, float("inf")), "infinis", "pas d'apprentissage plus petit"),
    "of a wider model": (widened, "ne va pas avec le modèle « petit » : ", "--base DOSSIER"),
    "of CorDA": (lambda where: spoil(where, init_lora_weights="corda"), "(CorDA) a changé", "conversion"),
    "of LoftQ": (lambda where: spoil(where, init_lora_weights="loftq"), "(LoftQ) a changé", "conversion"),
    "of LoRA-GA": (lambda where: spoil(where, init_lora_weights="lora_ga"), "(LoRA-GA)", "conversion"),
    "no settings": (no_settings, "Il manque « adapter_config.json »", "Copiez"),
    "not JSON": (not_json, "abîmé", "Copiez"),
    "other names": (of_another_depth, "une couche que ce modèle n'a pas, « model.layers.7.", "--base"),
    "another rank": (lambda where: spoil(where, r=8), "de rang 8, ses nombres sont de rang 4", ""),
    "settings of another kind": (lambda where: spoil(where, bias=3), "« bias »", "Reprenez"),
    "another method": (lambda where: spoil(where, peft_type="IA3"), "IA3", "LoRA"),
    "another tool's": (lambda where: spoil(where, peft_type=None), "format PEFT", "Copiez"),
    "code": (
        lambda where: spoil(where, auto_map={"AutoModel": "evil.Evil"}),
        "exécuter du code",
        "adaptateur",
    ),
    "a foreign class": (
        lambda where: spoil(where, auto_mapping={"base_model_class": "M", "parent_library": "evil"}),
        "exécuter du code",
        "adaptateur",
    ),
    "no base": (lambda where: spoil(where, base_model_name_or_path=None), "ne dit pas", "--base"),
    "a base elsewhere": (
        lambda where: spoil(where, base_model_name_or_path="/content/drive/mon-modele"),
        "« mon-modele », n'est pas ici",
        "--base",
    ),
    "a base that was not fetched": (
        lambda where: spoil(where, base_model_name_or_path="auteur/modele"),
        "ne sont pas sur cette machine",
        "hf download auteur/modele",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_cannot_be_used_is_a_sentence_and_a_mend(made, tmp_path, capsys, monkeypatch, name):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    where, _ = made(target_modules=["q_proj", "v_proj"])
    change, message, mend = SPOILT[name]
    change(where)
    error = told(capsys, "chat", "--double", where, "--once", "salut", "--folder", tmp_path)
    assert error["kind"] in ("BadData", "UnknownModel")
    assert message in error["message"] and mend in error["mend"] and error["mend"]


@pytest.mark.parametrize(
    ("named", "wanted"),
    [
        ("unsloth/mistral-7b-instruct-v0.2-bnb-4bit", "mistral-7b-instruct-v0.2"),
        ("unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit", "llama-3.1-8b"),
        ("unsloth/Qwen3-0.6B-unsloth-bnb-4bit", "qwen3-0.6b"),
        ("unsloth/gemma-3-1b-it", "gemma-3-1b"),
        ("TheBloke/Mistral-7B-Instruct-v0.2-GPTQ", "mistral-7b-instruct-v0.2"),
        ("/content/drive/MyDrive/Mistral-7B-Instruct-v0.2/", "mistral-7b-instruct-v0.2"),
        ("C:\\modeles\\vigostral-7b-chat", "vigostral"),
        ("bofenghuang/vigostral-7b-chat", "vigostral"),
        ("quelqu-un/Mistral-7B-Instruct-v0.2-tordu", "quelqu-un/Mistral-7B-Instruct-v0.2-tordu"),
    ],
)
def test_the_base_is_known_by_the_names_that_tools_give_it(tmp_path, monkeypatch, named, wanted):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    try:
        assert imported_adapter.base_of({"base_model_name_or_path": named}).key == wanted
    except UnknownModel as error:  # a quantised copy: its original is named instead
        assert "quantifiée" in error.message
        assert error.mend.endswith(f"hf download {find(wanted).where}")


def test_the_original_of_a_quantised_copy_is_quantised_again(made, folder, tmp_path):
    where, _ = made(load(find(str(folder)), device="cpu", bits=4).model, target_modules=LINEARS)
    copy = shutil.copytree(folder, tmp_path / "petit-bnb-4bit")
    spoil(where, base_model_name_or_path=str(copy))
    assert double_at(where).bits == 4
    kinds = {type(part).__name__ for part in load_double(double_at(where), device="cpu").model.modules()}
    assert "Linear4bit" in kinds


def test_a_quantised_copy_that_nobody_knows_is_told_with_its_plain_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UnknownModel, match="quantifiée") as raised:
        imported_adapter.base_of({"base_model_name_or_path": "unsloth/mistral-7b-bnb-4bit"})
    assert raised.value.mend.endswith("hf download unsloth/mistral-7b")


def test_a_whole_model_and_an_own_double_are_not_taken_for_one(made, folder):
    where, _ = made(target_modules=["q_proj"])
    assert imported_adapter.is_adapter(where) and not imported_adapter.is_adapter(folder)
    shutil.copy(folder / "model.safetensors", where)  # merged, with its adapter left beside
    assert not imported_adapter.is_adapter(where)
    Double(str(folder), "mini", portrait="Tu es Léa.").write(where)
    assert double_at(where).portrait == "Tu es Léa."


@pytest.fixture
def zipped(made, tmp_path, monkeypatch):
    """zipped({name: bytes}, at="final/") -> a zip of the adapter in that folder, with these files beside."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def pack(others=(), at="final/", leave_out=()):
        where, wanted = made(target_modules=LINEARS)
        with zipfile.ZipFile(tmp_path / "colab.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in where.iterdir():
                if file.name not in leave_out:
                    archive.write(file, f"{at}{file.name}")
            for name, content in dict(others).items():
                archive.writestr(name, content)
        return tmp_path / "colab.zip", wanted

    return pack


@pytest.mark.parametrize("at", ["", "final/", "content/drive/MyDrive/final/"])
def test_a_zip_of_the_whole_training_folder_opens_and_only_known_files_leave_it(zipped, tmp_path, at):
    others = {
        f"{at}checkpoint-50/adapter_config.json": "{}",
        f"{at}checkpoint-50/optimizer.pt": b"pickled",
        f"{at}training_args.bin": b"pickled",
        f"{at}evil.py": b"raise SystemExit",
        "../../climbs.json": b"{}",
    }
    archive, wanted = zipped(others, at)
    assert torch.allclose(scores(archive), wanted, atol=1e-5)
    kept = {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert kept == {ADAPTER, "adapter_config.json"}
    assert double_at(archive) == double_at(archive)
    assert open_engine(str(archive)).name == "colab"


def test_a_zip_that_must_not_or_cannot_be_opened_is_a_sentence(zipped, tmp_path, capsys):
    ask = ("--once", "salut", "--folder", tmp_path)
    archive, _ = zipped({"final/adapter_model.bin": b"pickled"}, leave_out=[ADAPTER])
    assert "adapter_model.bin" in told(capsys, "chat", "--double", archive, *ask)["message"]
    archive, _ = zipped({"tokenizer.json": b" " * (65 << 20)}, at="")
    assert "démesurée" in told(capsys, "chat", "--double", archive, *ask)["message"]
    # a bomb under a known name
    archive, _ = zipped({ADAPTER: b"\0" * (80 << 20)}, at="", leave_out=[ADAPTER])
    assert "démesurée" in told(capsys, "chat", "--double", archive, *ask)["message"]
    archive, _ = zipped()
    data = bytearray(archive.read_bytes())
    data[200:240] = b"\0" * 40
    archive.write_bytes(data)
    assert told(capsys, "chat", "--double", archive, *ask)["mend"]
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_the_embeddings_of_other_sizes_are_refused(made, folder):
    where, _ = made(target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])
    tensors = load_file(where / ADAPTER)
    name = next(name for name in tensors if "embed_tokens" in name)
    save_file({**tensors, name: tensors[name][:100].contiguous()}, where / ADAPTER)
    with pytest.raises(BadData, match="ne va pas"):
        load_double(double_at(where), device="cpu")
