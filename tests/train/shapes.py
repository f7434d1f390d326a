"""A card as the config that transformers makes its model from, to hold a plan against the truth."""

from sosie.models.families import families

LLAMAS = {
    "qwen3": "Qwen3Config",
    "luth-0": "Qwen3Config",
    "luth-1": "Qwen3Config",
    "smollm3": "SmolLM3Config",
}
LLAMAS |= {"gemma-3": "Gemma3TextConfig", "ministral-3": "Ministral3Config", "mistral": "MistralConfig"}
NAMES = {"nanochat": "NanoChatConfig", "apertus": "ApertusConfig", "lfm2": "Lfm2Config"}
NAMES |= {"qwen3_5": "Qwen3_5TextConfig", "gemma4": "Gemma4TextConfig"}


def family_name(card):
    return next(name for name, family in families().items() if family is card.family)


def kinds(card, numbers, those, others):
    return [those if number in numbers else others for number in range(card.layers)]


def config_of(card):
    import transformers

    family, told = family_name(card), card.details
    if family == "gpt2":
        shape = {"n_layer": card.layers, "n_embd": card.hidden, "n_head": card.heads}
        return transformers.GPT2Config(**shape, vocab_size=card.vocabulary, n_positions=card.context)
    shape = {
        "num_hidden_layers": card.layers,
        "hidden_size": card.hidden,
        "intermediate_size": card.mlp,
        "num_attention_heads": card.heads,
        "num_key_value_heads": card.kv_heads,
        "head_dim": card.head_dim,
        "vocab_size": card.vocabulary,
        "max_position_embeddings": card.context,
        "tie_word_embeddings": card.tied,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    if family == "lfm2":
        shape.pop("head_dim")
        shape |= {"block_auto_adjust_ff_dim": False, "conv_L_cache": told["kernel"]}
        shape["layer_types"] = kinds(card, told["attention"], "full_attention", "conv")
    if family == "qwen3_5":
        shape["layer_types"] = kinds(card, told["attention"], "full_attention", "linear_attention")
        names = {"num_key_heads": "key_heads", "num_value_heads": "value_heads", "key_head_dim": "key_dim"}
        names |= {"value_head_dim": "value_dim", "conv_kernel_dim": "kernel"}
        shape |= {f"linear_{theirs}": told[ours] for theirs, ours in names.items()}
    if family == "gemma4":
        shape["layer_types"] = kinds(card, told["global"], "full_attention", "sliding_attention")
        shape |= {"global_head_dim": told["global_head_dim"], "num_kv_shared_layers": told["shared"]}
        shape["use_double_wide_mlp"] = told["shared_mlp"] > card.mlp
        shape["hidden_size_per_layer_input"] = told["per_layer"]
        shape["vocab_size_per_layer_input"] = told["per_layer_vocabulary"]
    name = next((LLAMAS[start] for start in LLAMAS if card.name.startswith(start)), "LlamaConfig")
    return getattr(transformers, NAMES.get(family, name))(**shape)
