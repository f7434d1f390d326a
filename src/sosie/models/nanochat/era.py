"""Eras of nanochat: its .pt says no version, so the names and shapes of the tensors tell the architecture.

 A 2025-10-13   wte, lm_head, c_q c_k c_v c_proj, c_fc c_proj
 B 2026-01-11   + resid_lambdas, x0_lambdas                         "S" windows of half the context
 C 2026-01-16   + value_embeds, ve_gate [kv heads, 32]
 C' 2026-03-03  the same tensors as C: only the cap of the logits differs
 D 2026-03-09   ve_gate [kv heads, 12]                              "S": a third, in steps of 128
 E 2026-03-14   + smear_gate, smear_lambda, backout_lambda          "S": a quarter, in steps of 128

Whatever has other tensors (the variants with engrams or experts) is refused: a wrong model answers too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from sosie.core.errors import BadData, UnknownModel
from sosie.core.given import MOST_LAYERS

Shape = tuple[int, ...]
PADDING = 64  # rows of the vocabulary's matrices are padded to a multiple of it
SMEARED = 24  # channels that the smear's gate reads
TILE = 128
NO_WINDOW = 1 << 40
MOST = 1 << 22  # of any number of a configuration
OLD_MEND = "sosie lit les architectures de nanochat d'octobre 2025 à juillet 2026, sans branche à part."


@dataclass(frozen=True, slots=True)
class NanochatConfig:
    """What a checkpoint says of its shape, under the names of nanochat's own configuration."""

    sequence_len: int
    vocab_size: int
    n_layer: int
    n_head: int
    n_kv_head: int
    n_embd: int
    window_pattern: str = (
        "L"  # of layers, repeated: L, the context; S, a short window; empty: no window at all
    )

    @property
    def head_dim(self) -> int:
        return self.n_embd // self.n_head

    @property
    def padded_vocab_size(self) -> int:
        return -(-self.vocab_size // PADDING) * PADDING

    @classmethod
    def read(cls, told: Any) -> "NanochatConfig":
        """BadData where it is no configuration, or an impossible one."""
        names = {field.name for field in fields(cls)}
        if not isinstance(told, dict) or not names - {"window_pattern"} <= told.keys():
            raise _no_config()
        if told.keys() - names:
            raise UnknownModel("Ce modèle nanochat a des réglages qu'aucune version connue n'a.", OLD_MEND)
        config = cls(**{"window_pattern": "", **told})  # before 2026-01-11 there were no windows
        numbers = [getattr(config, name) for name in names - {"window_pattern"}]
        pattern = config.window_pattern
        if not all(type(number) is int and 0 < number <= MOST for number in numbers):
            raise _no_config()
        if not (isinstance(pattern, str) and len(pattern) <= MOST_LAYERS and set(pattern) <= set("SLsl")):
            raise _no_config()
        if (
            config.n_layer > MOST_LAYERS
            or config.n_embd % config.n_head
            or config.n_head % config.n_kv_head
            or config.head_dim % 2
        ):
            raise _no_config()
        return config


@dataclass(frozen=True, slots=True)
class Era:
    """The constants that no file holds."""

    name: str
    rope_base: float = 10_000.0
    cap: float = 15.0  # of the logits
    sharpness: float = 1.0  # factor of the queries, and of the keys
    lambdas: bool = True  # of the residual stream, and of what enters it at each layer
    gate: float = 0.0  # the most that a value embedding counts; 0: there are none
    gate_channels: int = 0
    short: int = 2  # part of the context that an "S" window is
    tiled: bool = False  # whether that is rounded up to TILE
    smear: bool = False  # also of the backout

    def window(self, config: NanochatConfig, layer: int) -> int:
        """How many tokens back a layer sees, besides the token itself. The last layer sees farthest."""
        if not config.window_pattern:
            return NO_WINDOW
        letter = config.window_pattern[layer % len(config.window_pattern)].upper()
        if letter == "L" or layer == config.n_layer - 1:
            return config.sequence_len
        if not self.tiled:
            return config.sequence_len // self.short
        return -(-config.sequence_len // self.short // TILE) * TILE

    def fits(self, config: NanochatConfig) -> bool:
        """Whether there are as many channels as its gates read."""
        return config.n_embd >= max(self.gate_channels, SMEARED if self.smear else 0)

    def has_value_embedding(self, config: NanochatConfig, layer: int) -> bool:
        return self.gate > 0 and layer % 2 == (config.n_layer - 1) % 2


ERAS: Mapping[str, Era] = MappingProxyType(
    {
        era.name: era
        for era in (
            Era("A", lambdas=False),
            Era("B"),
            Era("C", gate=2.0, gate_channels=32),
            Era("C'", gate=2.0, gate_channels=32, cap=20.0),
            Era("D", 100_000.0, sharpness=1.15, gate=3.0, gate_channels=12, short=3, tiled=True),
            Era("E", 100_000.0, sharpness=1.2, gate=3.0, gate_channels=12, short=4, tiled=True, smear=True),
        )
    }
)
NEWEST = ERAS["E"]


def tensor_shapes(config: NanochatConfig, era: Era = NEWEST, rows: int | None = None) -> dict[str, Shape]:
    """Every tensor of a checkpoint. `rows`: of the vocabulary's matrices, padded unless said otherwise."""
    rows = rows or config.padded_vocab_size
    width, kv_width = config.n_embd, config.n_kv_head * config.head_dim
    shapes: dict[str, Shape] = {"transformer.wte.weight": (rows, width), "lm_head.weight": (rows, width)}
    if era.lambdas:
        shapes |= {"resid_lambdas": (config.n_layer,), "x0_lambdas": (config.n_layer,)}
    if era.smear:
        shapes |= {"smear_gate.weight": (1, SMEARED), "smear_lambda": (1,), "backout_lambda": (1,)}
    for layer in range(config.n_layer):
        name = f"transformer.h.{layer}"
        shapes |= {
            f"{name}.attn.c_q.weight": (width, width),
            f"{name}.attn.c_k.weight": (kv_width, width),
            f"{name}.attn.c_v.weight": (kv_width, width),
            f"{name}.attn.c_proj.weight": (width, width),
            f"{name}.mlp.c_fc.weight": (4 * width, width),
            f"{name}.mlp.c_proj.weight": (width, 4 * width),
        }
        if era.has_value_embedding(config, layer):
            shapes[f"{name}.attn.ve_gate.weight"] = (config.n_kv_head, era.gate_channels)
            shapes[f"value_embeds.{layer}.weight"] = (rows, kv_width)
    return shapes


def eras_of(found: Mapping[str, Shape], config: NanochatConfig) -> tuple[Era, ...]:
    """The eras whose tensors these are: one, or C and C'. UnknownModel where there is none."""
    rows = found.get("transformer.wte.weight", (0,))[0]
    known = [
        era
        for era in ERAS.values()
        if era.fits(config)
        and rows in (config.vocab_size, config.padded_vocab_size)
        and tensor_shapes(config, era, rows) == dict(found)
    ]
    if known:
        return tuple(known)
    named = {era.name: tensor_shapes(config, era, rows).keys() for era in ERAS.values()}
    if any(found.keys() <= names for names in named.values()):
        raise BadData(
            "Les poids de ce modèle nanochat ne sont pas ceux que son fichier « meta » décrit.",
            "Copiez ensemble « model_*.pt » et « meta_*.json » du même pas.",
        )
    raise UnknownModel("Ce modèle nanochat a des poids qu'aucune version connue n'a.", OLD_MEND)


def _no_config() -> BadData:
    return BadData(
        "Le fichier « meta » de ce modèle nanochat ne dit pas comment il est fait, ou dit l'impossible.",
        "Reprenez « meta_*.json » tel que nanochat l'a écrit.",
    )
