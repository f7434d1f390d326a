"""How many numbers a LoRA learns, how many bytes it is kept in, and what training it weighs in memory.

Exact for models of Llama's shape: `lora_parameters`, `adapter_bytes`. Predicted: everything about memory.

 4 bits     4.127 bits a weight: NF4 with its constants quantised too (QLoRA, arXiv 2305.14314, section 3)
 learning   16 bytes a number learnt: itself, its gradient and AdamW's two memories, all float32
 a token    what autograd keeps of the layers, counted with torch's saved-tensor hooks on Mistral's shape
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from sosie.models.catalogue import ModelCard
from sosie.models.hardware import Machine

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
ATTENTION = frozenset(TARGETS[:4])
NF4_BITS = 4.127
LEARNING_BYTES = 16
# Bytes that one token keeps in one layer, by (size of a number, dropout): per unit of the hidden, the mlp and
# the attention's width.
KEPT = {
    (4, False): (16.0, 16.0, 22.0),
    (4, True): (48.0, 20.0, 26.0),
    (2, False): (19.0, 8.4, 11.2),
    (2, True): (39.0, 12.4, 15.0),
}
SCORE_BYTES = 12  # a score of a learnt place: itself, its share, its gradient, float32
LIBRARIES_BYTES = {False: 700_000_000, True: 900_000_000}  # with a GPU: its context and workspace
USABLE = {False: 0.85, True: 0.92}  # of the memory there is
SMALL_SHARE = 0.05  # weights that take less than this of a GPU stay in float32


@dataclass(frozen=True, slots=True)
class Weights:
    """How the base's weights are held, and the arithmetic on them."""

    bits: int
    dtype: str
    bytes: float

    @property
    def size(self) -> int:
        """Bytes of a number in the layers."""
        return 4 if self.dtype == "float32" else 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row of at most `tokens`, and what the fullest one weighs."""

    tokens: int
    checkpointing: bool
    bytes: float


def shapes(card: ModelCard, targets: Sequence[str] = TARGETS) -> Iterator[tuple[str, int, int]]:
    """(name, in, out) of each linear layer of one block."""
    wide, narrow = card.heads * card.head_dim, card.kv_heads * card.head_dim
    every = {
        "q_proj": (card.hidden, wide),
        "k_proj": (card.hidden, narrow),
        "v_proj": (card.hidden, narrow),
        "o_proj": (wide, card.hidden),
        "gate_proj": (card.hidden, card.mlp),
        "up_proj": (card.hidden, card.mlp),
        "down_proj": (card.mlp, card.hidden),
    }
    yield from ((name, *every[name]) for name in targets)


def linear_parameters(card: ModelCard) -> int:
    """Weights in the linear layers of all blocks."""
    return card.layers * sum(into * out for _, into, out in shapes(card))


def lora_parameters(
    card: ModelCard, rank: int, targets: Sequence[str] = TARGETS, *, dora: bool = False
) -> int:
    """A (rank, in) and B (out, rank) for each layer; DoRA adds a norm for each output."""
    one = sum(rank * (into + out) + dora * out for _, into, out in shapes(card, targets))
    return card.layers * one


def adapter_bytes(
    card: ModelCard, rank: int, dtype: str, targets: Sequence[str] = TARGETS, *, dora: bool = False
) -> int:
    """The size of adapter_model.safetensors, to the byte: 8, its header of JSON padded to 8, the numbers."""
    kind, size = ("F32", 4) if dtype == "float32" else ("F16", 2)
    tensors: dict[str, list[int]] = {}
    for layer in range(card.layers):
        for name, into, out in shapes(card, targets):
            part = "self_attn" if name in ATTENTION else "mlp"
            path = f"base_model.model.model.layers.{layer}.{part}.{name}"
            tensors[f"{path}.lora_A.weight"] = [rank, into]
            tensors[f"{path}.lora_B.weight"] = [out, rank]
            if dora:
                tensors[f"{path}.lora_magnitude_vector"] = [out]
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(tensors):
        start, end = end, end + size * prod(tensors[name])
        header[name] = {"dtype": kind, "shape": tensors[name], "data_offsets": [start, end]}
    written = len(json.dumps(header, separators=(",", ":")).encode())
    return 8 + -(-written // 8) * 8 + end


def room(machine: Machine) -> float:
    """Bytes that training may take: of the GPU, else of the machine."""
    gpu = machine.gpu_memory_bytes > 0
    return USABLE[gpu] * (machine.gpu_memory_bytes if gpu else machine.memory_bytes)


def weights_bytes(card: ModelCard, bits: int) -> float:
    """The base's weights in memory. In 4 bits, embeddings and norms stay in 16."""
    if bits != 4:
        return card.parameters * bits / 8
    linear = linear_parameters(card)
    return linear * NF4_BITS / 8 + (card.parameters - linear) * 2


def fixed_bytes(card: ModelCard, machine: Machine, bits: int, rank: int) -> float:
    """What is there whatever the row: libraries, weights, and the adapter being learnt."""
    unpacked = 2 * card.hidden * card.mlp if bits == 4 else 0  # one layer at a time, made 16-bit again
    learning = LEARNING_BYTES * lora_parameters(card, rank)
    return LIBRARIES_BYTES[machine.gpu_memory_bytes > 0] + weights_bytes(card, bits) + unpacked + learning


def choose_weights(card: ModelCard, machine: Machine, rank: int) -> Weights:
    """The finest form that leaves room to train: 32 bits, then 16, then 4 where CUDA can."""
    gpu = machine.gpu_memory_bytes > 0
    half = "bfloat16" if machine.bf16 or not gpu else "float16"
    whole = weights_bytes(card, 32)
    if whole <= (SMALL_SHARE if gpu else USABLE[False] / 2) * (
        machine.gpu_memory_bytes or machine.memory_bytes
    ):
        return Weights(32, "float32", whole)
    token = row_bytes(card, 1, 2, dropout=True, checkpointing=True, learnt_share=0.5)
    if machine.cuda and fixed_bytes(card, machine, 16, rank) + 512 * token > room(machine):
        return Weights(4, half, weights_bytes(card, 4))
    return Weights(16, half, weights_bytes(card, 16))


def row_bytes(
    card: ModelCard, tokens: int, size: int, *, dropout: bool, checkpointing: bool, learnt_share: float
) -> float:
    """What a row keeps until its gradients are there; with checkpointing, their inputs and one of them."""
    hidden, mlp, wide = KEPT[size, dropout]
    block = hidden * card.hidden + mlp * card.mlp + wide * card.heads * card.head_dim
    blocks = card.layers * card.hidden * size + block if checkpointing else card.layers * block
    return tokens * (blocks + learnt_share * card.vocabulary * SCORE_BYTES)


def choose_row(
    card: ModelCard,
    weights: Weights,
    free: float,
    most: int,
    *,
    dropout: bool,
    learnt_share: float,
    longest: int,
    filled: int,
) -> Row:
    """The longest rows that fit in `free` bytes; without checkpointing where that leaves dialogues whole.

    `longest` and `filled` are tokens: of the longest dialogue, and of the fullest group. Whole means up to
    1,024 tokens: beyond, a dialogue is better cut in windows than everything computed twice.
    """
    wanted = min(most, max(512, min(longest, 1024)))
    for checkpointing in (False, True):
        token = row_bytes(
            card, 1, weights.size, dropout=dropout, checkpointing=checkpointing, learnt_share=learnt_share
        )
        tokens = max(min(most, int(free / token)) // 32 * 32, 32)
        if tokens >= wanted:
            break
    return Row(tokens, checkpointing, token * min(tokens, filled or tokens))
