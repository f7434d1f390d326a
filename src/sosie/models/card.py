"""What must be known of a model before it is loaded: its card, its family, the layers that LoRA adapts.

ModelCard   the figures of one model, from catalogue.toml or from its own config.json
Family      the architecture that models share: how their figures are read, and which layers they make
Linear      Linear("model.layers.0.self_attn.q_proj", 4096, 4096), of Mistral 7B
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sosie.core.sampling import AS_LEARNT, Sampling

WeightsFormat = Literal["safetensors", "bin"]
Config = Mapping[str, Any]  # of a config.json, what it says of the text model on top


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear layer, by its full name."""

    path: str
    into: int
    out: int

    @property
    def name(self) -> str:
        """« q_proj »: what PEFT calls a target."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Family:
    """An architecture, as one file of models/families.

    model_types  the names that config.json has for it, each with llama.cpp's, empty where it has none
    shape        a config -> the fields of ModelCard that it gives; KeyError, TypeError or ValueError if it
                 does not give them
    linears      every linear layer but the head, in any order
    others       the number of weights beside those: embeddings, head, convolutions, norms
    packs        whether dialogues packed in one row do not see one another, to rounding; False where
                 transformers has no exact way: they are then learnt one a row
    """

    model_types: Mapping[str, str]
    shape: Callable[[Config], dict[str, Any]]
    linears: "Callable[[ModelCard], Iterator[Linear]]"
    others: "Callable[[ModelCard], int]"
    packs: bool = True


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The figures of a model."""

    name: str
    layers: int
    hidden: int
    mlp: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int  # tokens
    tied: bool
    bytes: int  # of the weights' files
    family: Family
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)  # what only its family has
    title: str = ""
    hub: str = ""
    revision: str = ""
    licence: str = ""
    template: str = ""  # empty: to be seen from the tokenizer
    languages: tuple[str, ...] = ()
    weights: WeightsFormat = "safetensors"
    verified: bool = False
    rank: int = 0  # among those that sosie recommends, the best for French first; 0: it is not one of them
    worth: str = ""  # of a recommended one: what it is worth in French, for a person to read
    needs: Mapping[str, int] = field(default_factory=dict, hash=False)  # GiB, by kind of machine
    unverified: str = ""  # what of this card no source says, for a person to read
    sampling: Sampling = AS_LEARNT  # of its doubles; what it does itself is in its generation_config.json

    @property
    def linears(self) -> tuple[Linear, ...]:
        """Every linear layer but the head."""
        return tuple(self.family.linears(self))

    @property
    def parameters(self) -> int:
        """Weights of a model of this shape; a tied embedding once, norms inside the attention not."""
        return sum(layer.into * layer.out for layer in self.linears) + self.family.others(self)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of all linear layers: PEFT's `target_modules`."""
        return tuple(dict.fromkeys(layer.name for layer in self.linears))
