"""The recipe of mix.toml as values."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from transformers import MistralConfig

from tools.mini.chat_format import BOS, END, PAD


@dataclass(frozen=True)
class Phase:
    """A part of the training with one mix."""

    name: str
    tokens: int
    length: int  # of a row, in tokens
    rates: tuple[float, float]  # share of the full learning rates at its start and at its end
    learn: str  # "all" or "answers"
    shares: dict[str, float]


@dataclass(frozen=True)
class Recipe:
    model: dict[str, int]
    training: dict[str, float]
    phases: tuple[Phase, ...]
    sampling: dict[str, float] = field(
        default_factory=dict
    )  # chosen by `evaluate --sweep`, shipped with the weights

    @property
    def seed(self) -> int:
        return int(self.training["seed"])


def read_recipe(path: Path) -> Recipe:
    raw = tomllib.loads(path.read_text("utf-8"))
    phases = tuple(Phase(**{**phase, "rates": tuple(phase["rates"])}) for phase in raw["phase"])
    return Recipe(raw["model"], raw["training"], phases, raw.get("sampling", {}))


def model_config(model: dict[str, int]) -> MistralConfig:
    """Mistral, so that loading, LoRA, GGUF and llama.cpp take the same road as with the large models."""
    return MistralConfig(
        architectures=["MistralForCausalLM"],
        vocab_size=model["vocabulary"],
        hidden_size=model["hidden"],
        intermediate_size=model["mlp"],
        num_hidden_layers=model["layers"],
        num_attention_heads=model["heads"],
        num_key_value_heads=model["kv_heads"],
        head_dim=model["hidden"] // model["heads"],
        max_position_embeddings=model["context"],
        sliding_window=None,
        tie_word_embeddings=True,
        bos_token_id=BOS,
        eos_token_id=END,
        pad_token_id=PAD,
    )
