"""LoRA targets: the linear layers of one block, in each family of models whose shape sosie knows.

Linear("self_attn.q_proj", 4096, 4096)   of Mistral, at model.layers.0.self_attn.q_proj
Linear("attn.c_attn", 1792, 5376)        of GPT-2, at transformer.h.0.attn.c_attn
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sosie.models.catalogue import Family, ModelCard

BLOCKS: dict[Family, str] = {"llama": "model.layers", "nanochat": "model.layers", "gpt2": "transformer.h"}


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear layer, by its name inside its block."""

    path: str
    into: int
    out: int

    @property
    def name(self) -> str:
        """« q_proj »: what PEFT calls a target."""
        return self.path.rpartition(".")[2]


def linears(card: ModelCard) -> Iterator[Linear]:
    """The linear layers of one block."""
    wide, narrow = card.heads * card.head_dim, card.kv_heads * card.head_dim
    if card.family == "gpt2":
        yield Linear("attn.c_attn", card.hidden, 3 * card.hidden)
        yield Linear("attn.c_proj", card.hidden, card.hidden)
        yield Linear("mlp.c_fc", card.hidden, card.mlp)
        yield Linear("mlp.c_proj", card.mlp, card.hidden)
        return
    yield Linear("self_attn.q_proj", card.hidden, wide)
    yield Linear("self_attn.k_proj", card.hidden, narrow)
    yield Linear("self_attn.v_proj", card.hidden, narrow)
    yield Linear("self_attn.o_proj", wide, card.hidden)
    if card.family == "nanochat":
        yield Linear("mlp.fc1", card.hidden, card.mlp)
        yield Linear("mlp.fc2", card.mlp, card.hidden)
        return
    yield Linear("mlp.gate_proj", card.hidden, card.mlp)
    yield Linear("mlp.up_proj", card.hidden, card.mlp)
    yield Linear("mlp.down_proj", card.mlp, card.hidden)


def target_modules(card: ModelCard) -> tuple[str, ...]:
    """The names of all linear layers: PEFT's `target_modules`."""
    return tuple(dict.fromkeys(layer.name for layer in linears(card)))
