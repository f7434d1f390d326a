"""What is given as a base by mistake: one sentence with the true reason, and a mend."""

import json

import pytest

from sosie.core.errors import UnknownModel
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.hardware import hardware
from sosie.train.plan import count_dialogues
from sosie.train.planner import make_plan

LLAMA = {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 16}
LLAMA |= {"num_attention_heads": 2, "vocab_size": 10, "max_position_embeddings": 64}
LLAMA |= {"architectures": ["LlamaForCausalLM"]}


@pytest.fixture
def refused(tmp_path):
    """refused(config, *other files) -> the sentence and the mend"""

    def give(config, *files):
        if config is not None:
            (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        for file in files:
            (tmp_path / file).write_text("{}", encoding="utf-8")
        with pytest.raises(UnknownModel) as raised:
            make_plan(find(str(tmp_path)), hardware("cpu"), count_dialogues([]))
        assert raised.value.mend and "\n" not in raised.value.message
        return raised.value.message, raised.value.mend

    return give


@pytest.mark.parametrize("method", ["fp8", "gptq", "mxfp4"])
def test_weights_over_which_nothing_can_be_learnt(refused, method):
    text = {**LLAMA, "model_type": "ministral3"}
    config = {"model_type": "mistral3", "text_config": text, "quantization_config": {"quant_method": method}}
    message, mend = refused({**config, "architectures": ["Mistral3ForConditionalGeneration"]})
    assert f"publiés en {method.upper()}" in message and "-BF16" in mend


def test_the_4_bits_that_sosie_makes_itself_are_no_foreign_format(tmp_path):
    config = {**LLAMA, "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert find(str(tmp_path)).card.layers == 2


def test_a_model_that_only_sees(refused):
    message, _ = refused({"model_type": "vit", "architectures": ["ViTForImageClassification"]})
    assert "n'est pas fait pour écrire (ViTForImageClassification)" in message


def test_an_embedding_model_even_on_a_writer_s_layers(refused):
    assert "embeddings" in refused(LLAMA, "modules.json")[0]


def test_a_bare_encoder(refused):
    assert "n'est pas fait pour écrire" in refused({"model_type": "bert", "architectures": ["BertModel"]})[0]


def test_a_model_that_translates(refused):
    config = {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": True}
    assert "ne converse pas" in refused(config)[0]


def test_an_adapter_given_as_a_base(refused):
    message, mend = refused(None, "adapter_config.json", "adapter_model.safetensors")
    assert "est un adaptateur" in message and "modèle de base" in mend


@pytest.mark.parametrize("kind", ["phi3", "qwen3_moe"])
def test_layers_that_sosie_does_not_know_are_not_learnt_in_part(refused, tmp_path, kind):
    (tmp_path / "model.safetensors").write_bytes(b"")
    message, _ = refused({**LLAMA, "model_type": kind, "architectures": ["XForCausalLM"]})
    assert f"famille « {kind} »" in message and "en partie" in message


@pytest.mark.parametrize("hostile", [{"a": 1}, "x\x1b[2J", "y" * 5000, None, 7])
def test_words_of_somebody_else_s_file_are_not_repeated_blindly(refused, tmp_path, hostile):
    (tmp_path / "model.safetensors").write_bytes(b"")
    message, _ = refused({**LLAMA, "model_type": hostile, "architectures": [hostile]})
    assert "\x1b" not in message and len(message) < 300


def test_a_model_that_suits_is_not_refused(tmp_path):
    assert find(str(tiny.make(tmp_path / "petit"))).card
