"""A tiny random byte-level model, built on the spot. Used by tests, tools and benchmarks only.

make(tmp_path / "tiny")                     Mistral's architecture, sosie-mini's control tokens, 262 ids
make(tmp_path / "qwen", family="qwen3")     also llama, ministral and gemma

id      0        1        2          3           4             5      6 ... 261
token   <|pad|>  <|bos|>  <|end|>    <|system|>  <|user|>  <|assistant|>  the 256 bytes
"""

import json
from pathlib import Path
from typing import Any

# Large enough for greedy choices not to be near ties, which two ways of computing could break differently.
STD = 0.06

# The control tokens, ids 0, 1, 2...: those that stand for pad, bos (None: has none) and eos, then the others.
FAMILIES: dict[str, tuple[tuple[str | None, str | None, str], tuple[str, ...]]] = {
    "mistral": (("<|pad|>", "<|bos|>", "<|end|>"), ("<|system|>", "<|user|>", "<|assistant|>")),
    "llama": (
        ("<|finetune_right_pad_id|>", "<|begin_of_text|>", "<|eot_id|>"),
        ("<|start_header_id|>", "<|end_header_id|>", "<|end_of_text|>"),
    ),
    "qwen3": (("<|endoftext|>", None, "<|im_end|>"), ("<|im_start|>", "<think>", "</think>")),
    "ministral": (
        ("<pad>", "<s>", "</s>"),
        ("[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
    ),
    "gemma": (("<pad>", "<bos>", "<eos>"), ("<start_of_turn>", "<end_of_turn>")),
}


def make(folder: Path, family: str = "mistral", vocabulary: int = 0, seed: int = 0, **shape: Any) -> Path:
    """Write config.json, model.safetensors and the tokenizer's files; gives `folder` back.

    `vocabulary` is raised to what the tokenizer has; ids above it stand for no text. `shape` are names of the
    family's transformers config: hidden_size, num_hidden_layers, max_position_embeddings...
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokens = save_tokenizer(folder, family)
    save_model(folder, family, seed, {**shape, **tokens, "vocab_size": max(vocabulary, tokens["vocab_size"])})
    return folder


def save_tokenizer(folder: Path, family: str) -> dict[str, Any]:
    """tokenizer.json and tokenizer_config.json; gives what the model's config must know of them."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    (pad, bos, eos), others = FAMILIES[family]
    special_tokens = [name for name in (pad, bos, eos, *others) if name]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {name: id_ for id_, name in enumerate([*special_tokens, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in special_tokens]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {"pad_token": pad, "bos_token": bos, "eos_token": eos}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        **{key: name for key, name in named.items() if name},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    ids = {f"{key}_id": vocabulary[name] if name else None for key, name in named.items()}
    return {"vocab_size": len(vocabulary), **ids}


def save_model(folder: Path, family: str, seed: int, shape: dict[str, Any]) -> None:
    """Write config.json and model.safetensors, float32, random weights by `seed`."""
    import torch
    import transformers

    small = {
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 512,
    }
    classes: dict[str, tuple[str, dict[str, Any]]] = {
        "mistral": ("MistralConfig", {"sliding_window": None}),
        "ministral": ("Ministral3Config", {}),
        "llama": ("LlamaConfig", {"tie_word_embeddings": False}),
        "qwen3": ("Qwen3Config", {"tie_word_embeddings": False}),
        "gemma": ("Gemma3TextConfig", {"sliding_window": 64, "query_pre_attn_scalar": 16}),
    }
    name, family_config = classes[family]
    config = getattr(transformers, name)(**{**small, **family_config, **shape, "dtype": "float32"})
    quiet: Any = transformers.utils.logging
    quiet.disable_progress_bar()
    maker: Any = transformers.AutoModelForCausalLM
    model = maker.from_config(config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:  # a norm stays what it is
                weight.normal_(0.0, STD, generator=generator)
    model.save_pretrained(folder)
