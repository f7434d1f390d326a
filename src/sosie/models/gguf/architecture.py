"""Which of llama.cpp's architectures a model is, what its header says of it, and how its rows are ordered.

Covered: Llama and Mistral (« llama »), Qwen 2 and 3. llama.cpp rotates pairs of neighbouring rows of a query
or key where transformers rotates the two halves: the rows of « llama » are permuted, those of Qwen are not.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import UnknownModel
from sosie.core.given import object_in

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

FAMILIES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
PERMUTED = ("self_attn.q_proj.weight", "self_attn.k_proj.weight")


@dataclass(frozen=True, slots=True)
class Architecture:
    name: str  # llama.cpp's
    config: dict[str, Any]  # transformers' config.json

    @classmethod
    def of(cls, folder: Path) -> "Architecture":
        """Of a model's folder. UnknownModel names the family that is not covered."""
        config = object_in(folder / "config.json")
        config = {**config, **config.get("text_config", {})}
        family = str(config.get("model_type", ""))
        if family not in FAMILIES or config.get("rope_scaling"):
            raise UnknownModel(
                f"sosie ne sait pas écrire un modèle « {family[:40]} » en GGUF.",
                f"Familles couvertes : {', '.join(FAMILIES)}.",
            )
        return cls(FAMILIES[family], config)

    @property
    def layers(self) -> int:
        return int(self.config["num_hidden_layers"])

    @property
    def heads(self) -> int:
        return int(self.config["num_attention_heads"])

    @property
    def key_heads(self) -> int:
        return int(self.config.get("num_key_value_heads") or self.heads)

    @property
    def head_size(self) -> int:
        return int(self.config.get("head_dim") or self.config["hidden_size"] // self.heads)

    @property
    def context(self) -> int:
        return int(self.config["max_position_embeddings"])

    def describe(self, writer: Any) -> None:
        """The header's keys, in gguf's writer."""
        config = self.config
        rope = config.get("rope_parameters") or {}
        writer.add_context_length(self.context)
        writer.add_embedding_length(int(config["hidden_size"]))
        writer.add_block_count(self.layers)
        writer.add_feed_forward_length(int(config["intermediate_size"]))
        writer.add_head_count(self.heads)
        writer.add_head_count_kv(self.key_heads)
        writer.add_key_length(self.head_size)
        writer.add_value_length(self.head_size)
        writer.add_rope_dimension_count(self.head_size)
        writer.add_rope_freq_base(float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0))
        writer.add_layer_norm_rms_eps(float(config["rms_norm_eps"]))
        writer.add_vocab_size(int(config["vocab_size"]))

    def permutes(self, name: str) -> bool:
        return self.name == "llama" and name.endswith(PERMUTED)

    def ordered(self, name: str, rows: "Array") -> "Array":
        """The rows of a weight, or of a LoRA's B, in llama.cpp's order."""
        if not self.permutes(name):
            return rows
        heads = self.heads if "q_proj" in name else self.key_heads
        halves = rows.reshape(heads, 2, self.head_size // 2, *rows.shape[1:])
        return halves.swapaxes(1, 2).reshape(rows.shape)

    def as_published(self, name: str, rows: "Array") -> "Array":
        """The rows of a whole weight of llama.cpp's, in transformers' order: `ordered` undone."""
        if not self.permutes(name):
            return rows
        heads = self.heads if "q_proj" in name else self.key_heads
        pairs = rows.reshape(heads, self.head_size // 2, 2, *rows.shape[1:])
        return pairs.swapaxes(1, 2).reshape(rows.shape)

    def tensor_names(self) -> Any:
        """gguf's map from transformers' names to its own."""
        import gguf

        return gguf.get_tensor_name_map(getattr(gguf.MODEL_ARCH, self.name.upper()), self.layers)
