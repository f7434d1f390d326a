"""Names, folders and hub ids, found without network and without torch."""

import json
import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest

from sosie.core.errors import UnknownModel
from sosie.core.sampling import AS_LEARNT
from sosie.models import catalogue, tiny
from sosie.models.catalogue import MINI, card_of, find
from sosie.models.chat_formats import TEMPLATES


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty cache of the hub."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))

    def keep(name, file, revision="abc", main=True):
        kept = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
        (kept / "snapshots" / revision).mkdir(parents=True)
        (kept / "snapshots" / revision / file).touch()
        if main:
            (kept / "refs").mkdir()
            (kept / "refs" / "main").write_text(revision, encoding="utf-8")
        return kept / "snapshots" / revision

    return keep


def test_mini_is_the_package_s_own_folder():
    base = find("mini")
    assert (base.name, base.where, base.key) == ("mini", str(MINI), "mini")
    assert base.card.template == "mini"


def test_the_card_of_mini_is_what_its_config_says():
    if not (MINI / "config.json").is_file():
        pytest.fail("models/mini has no config.json: the embedded model is not there")
    told, said = find("mini").card, card_of(MINI)
    for name in ("layers", "hidden", "mlp", "heads", "kv_heads", "head_dim", "vocabulary", "context", "tied"):
        assert getattr(told, name) == getattr(said, name), name
    assert told.bytes == pytest.approx(said.bytes, rel=0.01)


def test_how_doubles_draw_their_words_is_said_once_and_changed_by_name():
    tables = tomllib.loads((catalogue._HERE / "catalogue.toml").read_text(encoding="utf-8"))
    assert any("sampling" in table for table in tables.values())
    for name, table in tables.items():
        assert catalogue.catalogue()[name].sampling == replace(AS_LEARNT, **table.get("sampling", {}))


def test_a_known_hub_id_is_the_catalogue_s_entry(hub):
    assert find("bofenghuang/Vigostral-7b-chat") == find("vigostral")
    assert find("vigostral").key == "vigostral"
    assert not find("vigostral").local


def test_another_hub_id_has_no_card_until_it_is_here(hub):
    base = find("auteur/modele")
    assert (base.name, base.where, base.key) == ("modele", "auteur/modele", "auteur/modele")
    assert base.card is None
    assert not base.local


def test_weights_in_the_hub_s_cache_are_local(hub):
    folder = hub("auteur/modele", "model.safetensors")
    tiny_config = {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 16}
    tiny_config |= {"num_attention_heads": 2, "vocab_size": 10, "max_position_embeddings": 64}
    (folder / "config.json").write_text(json.dumps(tiny_config), encoding="utf-8")
    base = find("auteur/modele")
    assert base.local
    assert (base.card.layers, base.card.head_dim, base.card.kv_heads) == (2, 4, 2)


def test_a_download_that_stopped_half_way_is_not_local(hub):
    folder = hub("auteur/modele", "model-00001-of-00002.safetensors")
    parts = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    index = json.dumps({"weight_map": parts})
    (folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")
    assert not find("auteur/modele").local
    (folder / "model-00002-of-00002.safetensors").touch()
    assert find("auteur/modele").local


def test_pickled_weights_count_for_the_catalogue_s_own_choice_only(hub):
    hub("auteur/modele", "pytorch_model.bin")
    hub("bofenghuang/vigostral-7b-chat", "pytorch_model.bin", "autre")
    assert not find("auteur/modele").local
    assert not find("vigostral").local
    hub("bofenghuang/vigostral-7b-chat", "pytorch_model.bin", find("vigostral").card.revision, main=False)
    assert find("vigostral").local


def test_a_folder_s_config_gives_its_card(tmp_path):
    folder = tiny.make(tmp_path / "petit")
    base = find(str(folder))
    assert (base.name, base.local, base.key) == ("petit", True, str(folder))
    assert (base.card.layers, base.card.hidden, base.card.vocabulary) == (2, 64, 262)
    assert base.card.bytes == (folder / "model.safetensors").stat().st_size


@pytest.mark.parametrize("tied", [True, False])
def test_the_card_counts_the_parameters(tmp_path, tied):
    from transformers import AutoModelForCausalLM

    folder = tiny.make(tmp_path / "petit", vocabulary=300, hidden_size=96, tie_word_embeddings=tied)
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert find(str(folder)).card.parameters == sum(weight.numel() for weight in model.parameters())


def test_the_seven_billions_are_counted_as_published():
    assert find("vigostral").card.parameters == 7_241_732_096
    assert find("mistral-7b-instruct-v0.3").card.parameters == 7_248_023_552


def test_every_entry_has_a_template_that_exists():
    assert {card.template for card in catalogue.catalogue().values()} <= set(TEMPLATES)


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"num_hidden_layers": "x"}', '{"model_type": ["llama"]}', '{"text_config": 1}']
)
def test_a_config_of_an_unknown_shape_gives_no_card(tmp_path, text):
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    assert find(str(tmp_path)).card is None


@pytest.mark.parametrize(
    "odd",
    [
        {"num_attention_heads": 0},
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": float("inf")},
        {"num_hidden_layers": -1},
        {"model_type": "lfm2", "num_key_value_heads": 1, "block_multiple_of": 0},
        {"model_type": "gemma4_text", "per_layer_config": [1]},
        {"model_type": "qwen3_5", "full_attention_interval": "x"},
    ],
)
def test_a_config_with_an_odd_figure_gives_no_card(tmp_path, odd):
    shape = {"model_type": "llama", "num_hidden_layers": 1, "num_attention_heads": 1, "hidden_size": 8}
    shape |= {"intermediate_size": 8, "vocab_size": 9, "max_position_embeddings": 9}
    (tmp_path / "config.json").write_text(json.dumps(shape), encoding="utf-8")
    assert find(str(tmp_path)).card
    (tmp_path / "config.json").write_text(json.dumps({**shape, **odd}), encoding="utf-8")
    assert find(str(tmp_path)).card is None


def test_an_unknown_name_says_the_nearest():
    with pytest.raises(UnknownModel) as raised:
        find("vigostrale")
    assert "vigostral" in raised.value.mend
    with pytest.raises(UnknownModel) as raised:
        find("zzz")
    assert "mini" in raised.value.mend


def test_a_folder_without_a_model_is_a_sentence(tmp_path):
    with pytest.raises(UnknownModel, match="pas de modèle"):
        find(str(tmp_path))


def test_finding_a_model_loads_nothing_heavy():
    code = (
        "import sys; from sosie.models import catalogue, hardware\n"
        "catalogue.find('mini'); hardware.hardware()\n"
        "print([m for m in ('torch', 'transformers', 'huggingface_hub', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
