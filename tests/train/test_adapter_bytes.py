"""The planned adapter, to the byte: PEFT itself writes one for the catalogue's shapes, without weights."""

import pytest

from sosie.core.double import ADAPTER
from sosie.models.catalogue import catalogue
from sosie.train import memory_estimate

FAMILIES = {
    "qwen3": "Qwen3Config",
    "gemma": "Gemma3TextConfig",
    "smollm3": "SmolLM3Config",
    "nanochat": "NanoChatConfig",
}
RANK = 2
NAMED = (
    "mini",
    "vigostral",
    "mistral-nemo",
    "ministral-8b",
    "croissant",
    "lucie",
    "eurollm-9b",
    "qwen3-0.6b",
    "qwen3-14b",
    "gemma-3-270m",
    "gemma-3-1b",
    "gemma-3-4b",
    "gpt-fr",
    "nanochat-d20",
    "llama-3.2-1b",
    "llama-3.1-8b",
    "smollm3",
)


def shape_of(card):
    import transformers

    if card.name == "gpt-fr":
        return transformers.GPT2Config(
            n_layer=card.layers, n_embd=card.hidden, n_head=card.heads, vocab_size=card.vocabulary
        )
    family = next((FAMILIES[start] for start in FAMILIES if card.name.startswith(start)), "MistralConfig")
    return getattr(transformers, family)(
        num_hidden_layers=card.layers,
        hidden_size=card.hidden,
        intermediate_size=card.mlp,
        num_attention_heads=card.heads,
        num_key_value_heads=card.kv_heads,
        head_dim=card.head_dim,
        vocab_size=card.vocabulary,
        max_position_embeddings=card.context,
        tie_word_embeddings=card.tied,
        pad_token_id=0,
    )


@pytest.mark.parametrize("name", NAMED)
def test_the_planned_size_is_that_of_the_file_peft_writes(name, tmp_path):
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    card = catalogue()[name]
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(shape_of(card))
        settings = peft.LoraConfig(
            r=RANK,
            target_modules=list(card.targets),
            fan_in_fan_out=card.name == "gpt-fr",
            task_type="CAUSAL_LM",
        )
        adapted = peft.get_peft_model(model, settings)
    for layer in adapted.modules():
        for key, weight in list(layer._parameters.items()):
            if weight is not None and weight.requires_grad:
                zeros = torch.zeros(weight.shape, dtype=torch.float16)
                layer._parameters[key] = torch.nn.Parameter(zeros)
    adapted.save_pretrained(tmp_path)
    assert (tmp_path / ADAPTER).stat().st_size == memory_estimate.adapter_bytes(card, RANK, "float16")
