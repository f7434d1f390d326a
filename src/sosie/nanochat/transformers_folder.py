"""A nanochat of era A as transformers' NanoChat, the one era that it knows.

 transformer.h.0.attn.c_q.weight  ->  model.layers.0.self_attn.q_proj.weight

Its configuration's defaults are of other models: the width of the MLP, the ids that begin and end an answer,
the epsilon of the norms. All are written out.
"""

import json
import re
from pathlib import Path

from sosie.models.nanochat.era import NanochatConfig
from sosie.models.nanochat.model import NanochatModel
from sosie.models.nanochat.vocabulary import Vocabulary

EPSILON = 1.1920929e-7  # what torch takes for float32 where nothing is said
NAMES = {
    "attn.c_q": "self_attn.q_proj",
    "attn.c_k": "self_attn.k_proj",
    "attn.c_v": "self_attn.v_proj",
    "attn.c_proj": "self_attn.o_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
CHAT_TEMPLATE = (
    "{{ '<|bos|>' }}{% for message in messages %}"
    "{% if message.role == 'system' %}{% set ns.system = message.content + '\n\n' %}"
    "{% else %}{{ '<|' + message.role + '_start|>' }}"
    "{% if message.role == 'user' %}{{ ns.system }}{% set ns.system = '' %}{% endif %}"
    "{{ message.content }}{{ '<|' + message.role + '_end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant_start|>' }}{% endif %}"
)


def write_transformers(folder: Path, model: NanochatModel, vocabulary: Vocabulary, tokenizer: object) -> None:
    """config.json, model.safetensors and the tokenizer's files."""
    from safetensors.torch import save_file

    tensors = {transformers_name(name): tensor.detach().contiguous() for name, tensor in model.state.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    told = config_of(model.config, vocabulary, len(tensors["lm_head.weight"]))
    (folder / "config.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    tokenizer.chat_template = "{% set ns = namespace(system='') %}" + CHAT_TEMPLATE  # type: ignore[attr-defined]
    tokenizer.save_pretrained(folder)  # type: ignore[attr-defined]


def transformers_name(name: str) -> str:
    if name == "transformer.wte.weight":
        return "model.embed_tokens.weight"
    found = re.fullmatch(r"transformer\.h\.(\d+)\.(\w+\.\w+)\.weight", name)
    return f"model.layers.{found[1]}.{NAMES[found[2]]}.weight" if found else name


def config_of(config: NanochatConfig, vocabulary: Vocabulary, rows: int) -> dict[str, object]:
    begin, end = vocabulary.special_ids["<|bos|>"], vocabulary.special_ids["<|assistant_end|>"]
    return {
        "architectures": ["NanoChatForCausalLM"],
        "model_type": "nanochat",
        "vocab_size": rows,
        "hidden_size": config.n_embd,
        "intermediate_size": 4 * config.n_embd,
        "num_hidden_layers": config.n_layer,
        "num_attention_heads": config.n_head,
        "num_key_value_heads": config.n_kv_head,
        "max_position_embeddings": config.sequence_len,
        "hidden_act": "relu2",
        "rms_norm_eps": EPSILON,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "final_logit_softcapping": 15.0,
        "attention_bias": False,
        "tie_word_embeddings": False,
        "bos_token_id": begin,
        "eos_token_id": [end, begin],
        "pad_token_id": None,
        "dtype": "float32",
    }
