"""What a GGUF's header says of its model, as transformers' config.json, and its tensors' names there.

Covered: what architecture.py writes (Llama, Mistral, Qwen 2 and 3), and the rotations of Llama 3.1 to 3.3.
A file may hold the head apart from the embeddings though it is the same matrix, rounded more finely: one is
made of both, as its authors published it.
"""

from pathlib import Path
from typing import Any

from sosie.core.errors import BadData, UnknownModel
from sosie.core.extras import need
from sosie.core.given import MOST_LAYERS
from sosie.models.gguf.architecture import CLASSES, Architecture
from sosie.models.gguf.header import Tensor
from sosie.models.gguf.reading import GgufFile, damaged, header_of, parts_of
from sosie.models.gguf.rows import are_one, blocks

EMBEDDINGS, HEAD, ROTATION = "token_embd.weight", "output.weight", "rope_freqs.weight"
LLAMA_3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
SIZES = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
}
NORMS_AND_OUT = ("input_layernorm", "post_attention_layernorm", "self_attn.o_proj")
MLP = ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
QKV = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")


def config_of(file: GgufFile) -> dict[str, Any]:
    """UnknownModel where sosie does not know how to read the weights back, BadData for an odd header."""
    need("gguf", extra="gguf")
    kind, keys = file.architecture, file.keys
    if kind not in CLASSES or keys.get(f"{kind}.expert_count"):
        raise not_learnt(file)
    try:
        config = {theirs: keys[f"{kind}.{ours}"] for theirs, ours in SIZES.items()}
        heads, width = config["num_attention_heads"], config["hidden_size"]
        config["num_key_value_heads"] = keys.get(f"{kind}.attention.head_count_kv", heads)
        config["head_dim"] = keys.get(f"{kind}.attention.key_length", width // heads)
        config["vocab_size"] = len(keys["tokenizer.ggml.tokens"])
        odd = any(type(value) not in (int, float) or value <= 0 for value in config.values())
        turned = keys.get(f"{kind}.rope.dimension_count", config["head_dim"])
    except (KeyError, TypeError, ZeroDivisionError):
        raise damaged(file.path) from None
    if odd or config["num_hidden_layers"] > MOST_LAYERS:
        raise damaged(file.path)
    scaling = keys.get(f"{kind}.rope.scaling.type", "none")
    if turned != config["head_dim"] or scaling not in ("none", ""):
        raise not_learnt(file)
    tensors = tensors_in(file)
    rope = {"rope_type": "default", "rope_theta": float(keys.get(f"{kind}.rope.freq_base", 10_000.0))}
    if ROTATION in tensors:
        rope |= {"rope_type": "llama3", "factor": slowest(*tensors[ROTATION]), **LLAMA_3}
    eos, bos = (keys.get(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "bos"))
    return {
        **config,
        "model_type": kind,
        "architectures": [CLASSES[kind]],
        "rope_parameters": rope,
        "tie_word_embeddings": is_tied(tensors),
        "dtype": "bfloat16",
        "bos_token_id": bos,
        "eos_token_id": eos,
    }


def not_learnt(file: GgufFile) -> UnknownModel:
    return UnknownModel(
        f"sosie ne sait pas apprendre sur « {file.path.name} » : il ne relit pas les poids d'un GGUF "
        f"« {file.architecture[:40]} ».",
        "Donnez le dossier de ce modèle au format de transformers ; ou parlez-lui : sosie chat --model.",
    )


def tensors_in(file: GgufFile) -> dict[str, tuple[Path, Tensor]]:
    """The tensors of all its parts by llama.cpp's names, each with the file that it lies in."""
    parts = parts_of(file.path)
    return {tensor.name: (part, tensor) for part in parts for tensor in header_of(part).tensors}


def slowest(part: Path, tensor: Tensor) -> float:
    """By how much Llama 3's slowest rotations are slowed."""
    return float(next(blocks(part, tensor)).max())


def is_tied(tensors: dict[str, tuple[Path, Tensor]]) -> bool:
    return HEAD not in tensors or (EMBEDDINGS in tensors and are_one(tensors[HEAD], tensors[EMBEDDINGS]))


def tensors_of(file: GgufFile, config: dict[str, Any]) -> dict[str, tuple[Path, Tensor]]:
    """The tensors by transformers' names, all that a model of this config has and no other.

    BadData where one is missing, is there without a place in the model, or is of another size.
    """
    shape = Architecture(file.architecture, config)
    found, names = tensors_in(file), shape.tensor_names()
    found.pop(ROTATION, None)
    if config["tie_word_embeddings"] and HEAD in found:
        found[EMBEDDINGS] = found.pop(HEAD)  # the finer of both
    wanted = {
        name: names.get_name(name, try_suffixes=(".weight", ".bias")) for name in published_names(config)
    }
    if missing := set(wanted.values()) ^ set(found):
        raise BadData(
            f"« {file.path.name} » n'a pas les poids d'un modèle « {file.architecture} » : "
            f"{len(missing)} en trop ou manquants.",
            "Prenez-le d'un autre auteur, ou son dossier au format de transformers.",
        )
    return {name: found[theirs] for name, theirs in wanted.items()}


def published_names(config: dict[str, Any]) -> list[str]:
    """The names of a model's weights in transformers."""
    kind, names = config["model_type"], ["model.embed_tokens.weight", "model.norm.weight"]
    own = {"qwen3": ("self_attn.q_norm", "self_attn.k_norm")}.get(kind, ())
    for number in range(config["num_hidden_layers"]):
        block = f"model.layers.{number}"
        names += [f"{block}.{layer}.weight" for layer in (*NORMS_AND_OUT, *QKV, *MLP, *own)]
        names += [f"{block}.{layer}.bias" for layer in QKV if kind == "qwen2"]
    return names if config["tie_word_embeddings"] else [*names, "lm_head.weight"]
