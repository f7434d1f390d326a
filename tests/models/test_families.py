"""Architectures that are not Llama's: loaded, adapted, trained for a step, and read again."""

import pytest

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import Double
from sosie.core.settings import Train
from sosie.engines.base import open_engine
from sosie.models import tiny
from sosie.models.catalogue import card_of, catalogue, find
from sosie.models.load import load
from sosie.models.tokenizer_files import read_tokenizer
from sosie.models.truncation import make_examples
from sosie.train import memory_estimate
from sosie.train.run import train

TEXT = {
    "hidden_size": 64,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "sliding_window": 64,
    "query_pre_attn_scalar": 16,
    "max_position_embeddings": 512,
}
SEES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
SEES |= {"image_size": 28, "patch_size": 14}


def config_of(family, told):
    import transformers

    if family == "gpt2":
        return transformers.GPT2Config(n_embd=64, n_layer=2, n_head=4, n_positions=512, **told)
    if family == "nanochat":
        return transformers.NanoChatConfig(
            hidden_size=64, intermediate_size=256, num_hidden_layers=2, num_attention_heads=4, **told
        )
    return transformers.Gemma3Config(text_config={**TEXT, **told}, vision_config=SEES, mm_tokens_per_image=4)


@pytest.fixture(params=["gpt2", "nanochat", "gemma"])
def base(request, tmp_path):
    import torch
    import transformers

    folder = tmp_path / request.param
    folder.mkdir()
    told = tiny.save_tokenizer(folder, "gemma" if request.param == "gemma" else "mistral")
    config = config_of(request.param, told)
    torch.manual_seed(1)
    transformers.utils.logging.disable_progress_bar()
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return find(str(folder))


def said(*texts):
    return [Dialogue((Turn("user", f"{text} ?"), Turn("assistant", f"genre {text}"))) for text in texts]


def test_the_card_counts_what_is_loaded(base):
    model = load(base, device="cpu", dtype="float32").model
    norms = sum(w.numel() for name, w in model.named_parameters() if "q_norm" in name or "k_norm" in name)
    extra = sum(w.numel() for name, w in model.named_parameters() if "feedforward_layernorm" in name)
    counted = sum(weight.numel() for weight in model.parameters())
    assert counted - norms - extra == base.card.parameters
    assert not any("vision" in name for name, _ in model.named_parameters())


@pytest.mark.parametrize("dora", [False, True])
def test_it_trains_and_answers_with_what_it_learnt(base, tmp_path, dora):
    learn = said("salut", "on mange où", "ça marche", "à demain")
    options = Train(model=base.where, epochs=2, group=2, patience=0, learning_rate=0.01, dora=dora, rank=4)
    done = train(learn, learn, base, options, tmp_path / "run")
    assert done.valid_loss < done.valid_loss_before
    size = (done.double / "adapter_model.safetensors").stat().st_size
    assert size == memory_estimate.adapter_bytes(base.card, 4, "float32", dora=dora)
    engine = open_engine(Double.read(done.double), device="cpu")
    rendered = [e for d in learn for e in make_examples(d.turns, engine.tokenizer, engine.template, 512)]
    losses = engine.losses(rendered)
    again = sum(loss.nats for loss in losses) / sum(loss.tokens for loss in losses)
    assert again == pytest.approx(done.valid_loss, rel=1e-4)


def test_gpt_2_s_two_tokenizer_files_are_read(tmp_path):
    from tokenizers import ByteLevelBPETokenizer

    made = ByteLevelBPETokenizer()
    made.train_from_iterator(
        ["salut ça va ouais ça marche"] * 3, vocab_size=300, special_tokens=["<s>", "</s>"]
    )
    made.save_model(str(tmp_path))
    tokenizer = read_tokenizer(tmp_path)
    assert tokenizer.decode(tokenizer("ça  va").input_ids) == "ça  va"


def test_the_catalogue_s_own_figures():
    cards = catalogue()
    assert cards["gpt-fr"].parameters == pytest.approx(1.017e9, rel=0.001)
    assert cards["nanochat-d20"].parameters == 560_988_160
    assert cards["gpt-fr"].targets == ("c_attn", "c_proj", "c_fc")
    assert memory_estimate.linear_parameters(cards["nanochat-d20"]) == 20 * 12 * 1280**2


def test_a_config_that_leaves_the_mlp_out_has_gpt_2_s(tmp_path):
    text = (
        '{"model_type": "gpt2", "n_layer": 2, "n_embd": 8, "n_head": 2, "vocab_size": 9, "n_positions": 16}'
    )
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    assert (card_of(tmp_path).mlp, card_of(tmp_path).tied) == (32, True)
