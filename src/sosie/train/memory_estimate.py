"""How many numbers a LoRA learns, how many bytes it is kept in, and what training it weighs in memory.

Exact for the shapes of models/shapes.py: `lora_parameters`, `adapter_bytes`. Predicted: everything of memory.

 « memory »   what the model, its adapter and the training add to a process that has imported its libraries:
              what `trained().peak_memory_bytes` measures (train/memory.py)
 4 bits       4.127 bits a weight: NF4 with its constants quantised too (QLoRA, arXiv 2305.14314, section 3)
 8 bits       a byte a weight and a scale for each output, float32 (LLM.int8, arXiv 2208.07339)
 learning     24 bytes a number learnt: itself, its gradient, AdamW's two memories, the mean, the best one
 a token      what autograd keeps of the layers, counted with torch's saved-tensor hooks on Mistral's shape
 loading      a file is mapped: its pages count while it is read, beside the weights made from it. Weights of
              the file's own dtype are those pages
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from sosie.models.catalogue import ModelCard
from sosie.models.hardware import Machine
from sosie.models.lora_targets import BLOCKS, linears

NF4_BITS = 4.127
LEARNING_BYTES = 24
# Bytes that one token keeps in one layer, by (size of a number, dropout): per unit of the hidden, the mlp and
# the attention's width.
KEPT = {
    (4, False): (16.0, 16.0, 22.0),
    (4, True): (48.0, 20.0, 26.0),
    (2, False): (19.0, 8.4, 11.2),
    (2, True): (39.0, 12.4, 15.0),
}
SCORE_BYTES = 12  # a score of a learnt place: itself, its share, its gradient, float32
LIBRARIES_BYTES = {False: 500_000_000, True: 900_000_000}  # with a GPU: its context and workspace
RUNTIME_BYTES = 45_000_000  # kernels made on the way and their scratch: a run of a model of 0.1 M, on a CPU
# On a CPU a small model's memory is cut in pieces that are kept for later (seen at 50 M parameters before
# memory.py gave them back; a model 256 wide was then within 25 %); a larger one's goes back to the machine.
HOLES = 1.5
STEADY_PARAMETERS = 30_000_000
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


def linear_parameters(card: ModelCard) -> int:
    """Weights in the linear layers of all blocks."""
    return card.layers * sum(layer.into * layer.out for layer in linears(card))


def lora_parameters(card: ModelCard, rank: int, targets: Sequence[str] = (), *, dora: bool = False) -> int:
    """A (rank, in) and B (out, rank) for each layer, or for those named; DoRA adds a norm for each output."""
    chosen = [layer for layer in linears(card) if not targets or layer.name in targets]
    return card.layers * sum(rank * (layer.into + layer.out) + dora * layer.out for layer in chosen)


def adapter_bytes(card: ModelCard, rank: int, dtype: str, *, dora: bool = False) -> int:
    """The size of adapter_model.safetensors, to the byte: 8, its header of JSON padded to 8, the numbers."""
    kind, size = ("F32", 4) if dtype == "float32" else ("F16", 2)
    tensors: dict[str, list[int]] = {}
    for number in range(card.layers):
        for layer in linears(card):
            path = f"base_model.model.{BLOCKS[card.family]}.{number}.{layer.path}"
            tensors[f"{path}.lora_A.weight"] = [rank, layer.into]
            tensors[f"{path}.lora_B.weight"] = [layer.out, rank]
            if dora:
                tensors[f"{path}.lora_magnitude_vector"] = [layer.out]
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(tensors):
        start, end = end, end + size * prod(tensors[name])
        header[name] = {"dtype": kind, "shape": tensors[name], "data_offsets": [start, end]}
    written = len(json.dumps(header, separators=(",", ":")).encode())
    return 8 + -(-written // 8) * 8 + end


def room(machine: Machine) -> float:
    """Bytes that training may take beside the libraries: of the GPU, else of the machine."""
    gpu = machine.gpu_memory_bytes > 0
    there = machine.gpu_memory_bytes if gpu else machine.memory_bytes
    return max(0.0, USABLE[gpu] * there - LIBRARIES_BYTES[gpu])


def weights_bytes(card: ModelCard, bits: int) -> float:
    """The base's weights in memory. In 4 and 8 bits, embeddings and norms stay in 16."""
    if bits not in (4, 8):
        return card.parameters * bits / 8
    linear = linear_parameters(card)
    rest = (card.parameters - linear) * 2
    if bits == 4:
        return linear * NF4_BITS / 8 + rest
    return linear + 4 * card.layers * sum(layer.out for layer in linears(card)) + rest


def fixed_bytes(card: ModelCard, machine: Machine, bits: int, rank: int, *, dora: bool = False) -> float:
    """What is there whatever the row: weights, the adapter being learnt, and what the first step leaves."""
    unpacked = 2 * card.hidden * card.mlp if bits in (4, 8) else 0  # one layer at a time, made 16-bit again
    if bits == 8:  # bitsandbytes 0.50 holds each int8 weight twice between forward and backward (measured)
        unpacked += linear_parameters(card)
    learning = LEARNING_BYTES * lora_parameters(card, rank, dora=dora)
    runtime = 0 if machine.gpu_memory_bytes else RUNTIME_BYTES
    return weights_bytes(card, bits) + unpacked + learning + runtime


def said_bytes(card: ModelCard, targets: float) -> float:
    """What the base says in neutral French, kept for the steps that will be held to it: float32."""
    return targets * card.vocabulary * 4


def loading_bytes(card: ModelCard, machine: Machine, bits: int) -> float:
    """The most that loading takes, on a CPU: the file's pages, and the weights made from them."""
    made = weights_bytes(card, bits)
    if machine.gpu_memory_bytes or abs(card.bytes / made - 1) < 0.02:
        return made
    return card.bytes + made + RUNTIME_BYTES / 2


def holes(card: ModelCard, machine: Machine) -> float:
    """Bytes that the allocator holds for each byte in use."""
    return HOLES if card.parameters < STEADY_PARAMETERS and not machine.gpu_memory_bytes else 1.0


def choose_weights(card: ModelCard, machine: Machine, rank: int, bits: int | None = None) -> Weights:
    """The bits asked for; else the finest form that leaves room to train: 32, then 16, then 4 with CUDA."""
    gpu = machine.gpu_memory_bytes > 0
    half = "bfloat16" if machine.bf16 or not gpu else "float16"
    whole = weights_bytes(card, 32)
    if bits:
        return Weights(bits, "float32" if bits == 32 else half, weights_bytes(card, bits))
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
    """What a row keeps until its gradients are there.

    With checkpointing: the blocks' inputs, and the larger of the scores and one block, which come by turns.
    """
    hidden, mlp, wide = KEPT[size, dropout]
    block = hidden * card.hidden + mlp * card.mlp + wide * card.heads * card.head_dim
    scores = learnt_share * card.vocabulary * SCORE_BYTES
    if checkpointing:
        return tokens * (card.layers * card.hidden * size + max(block, scores))
    return tokens * (card.layers * block + scores)


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
    holes: float = 1.0,
) -> Row:
    """The longest rows that fit in `free` bytes; without checkpointing where that leaves dialogues whole.

    `longest` and `filled` are tokens: of the longest dialogue, and of the fullest group. Whole means up to
    1,024 tokens: beyond, a dialogue is better cut in windows than everything computed twice.
    """
    wanted = min(most, max(512, min(longest, 1024)))
    for checkpointing in (False, True):
        token = holes * row_bytes(
            card, 1, weights.size, dropout=dropout, checkpointing=checkpointing, learnt_share=learnt_share
        )
        tokens = max(min(most, int(free / token)) // 32 * 32, 32)
        if tokens >= wanted:
            break
    return Row(tokens, checkpointing, token * min(tokens, filled or tokens))
