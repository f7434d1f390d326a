"""Estimates of an adapter's parameters and file size, and of the memory that training it takes.

Exact for the families of models/families: `lora_parameters`, `adapter_bytes`. Predicted: all of memory.

 memory       what the model, its adapter and the training add to a process that has imported its libraries:
              what `Trained.peak_memory_bytes` measures (train/memory_meter.py)
 4 bits       4.127 bits per weight: double-quantised NF4 (QLoRA, arXiv 2305.14314, section 3)
 8 bits       a byte per weight and a float32 scale per output (LLM.int8, arXiv 2208.07339)
 trainable    24 bytes per parameter: itself, its gradient, AdamW's two moments, the mean, the best one
 activations  what autograd keeps per token, counted with torch's saved-tensor hooks: on Mistral's shape, and
              on SmolLM2's with the dropout of a processor (train/dropout.py)
 loading      a file is mapped: its pages count while it is read, beside the weights made from it. Weights of
              the file's own dtype are those pages
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod

from sosie.models.card import ModelCard
from sosie.models.hardware import SMALL_MODEL, Machine, cpu_dtype
from sosie.train.frozen_head import BLOCK_NUMBERS, CHUNK_BYTES
from sosie.train.packed_attention import SHORT_DIALOGUE

NF4_BITS = 4.127
LEARNING_BYTES = 24
# Bytes of activations per token in one layer, by (on a GPU, bytes of a number, dropout): per unit of the
# hidden size, of the mlp and of the attention's width.
ACTIVATION_BYTES = {
    (True, 4, False): (16.0, 16.0, 22.0),
    (True, 4, True): (48.0, 20.0, 26.0),
    (True, 2, False): (19.0, 8.4, 11.2),
    (True, 2, True): (39.0, 12.4, 15.0),
    (False, 4, False): (16.0, 16.0, 22.0),
    (False, 4, True): (33.0, 17.0, 23.0),
    (False, 2, False): (12.0, 8.0, 10.3),
    (False, 2, True): (23.0, 9.0, 11.3),
}
LOGIT_BYTES = 12  # a logit of a target on a GPU: itself, its probability, its gradient, float32
STATE_BYTES = 14  # a number of what the head of a target is given on a CPU: itself, twice, and its gradient
LIBRARIES_BYTES = {False: 500_000_000, True: 900_000_000}  # with a GPU: its context and workspace
RUNTIME_BYTES = 45_000_000  # kernels made on the way and their scratch: a run of a model of 0.1 M, on a CPU
# On a CPU the allocator keeps a small model's freed memory, fragmented (a model 256 wide was then within
# 25 %); a larger one's too where memory is plenty (`Plan.keeps_memory`), else it goes back to the machine.
FRAGMENTATION = 1.5
KEPT = 1.8  # bytes held for each in use: SmolLM2, Qwen 0.5B and Gemma 270M (benchmarks/README.md)
SPARE = 1.7  # a plan that takes so many times less than there is leaves memory plenty
USABLE_SHARE = {False: 0.85, True: 0.92}  # of the memory there is
WHOLE_TOKENS = 1024  # of a dialogue that is kept whole, even where that means computing activations twice
UNEVEN = 1.1  # the longest row of a group beside their mean (train/pack.py)
CPU_ROW_BYTES, CPU_ROW_SHARE = 3.2e9, 0.75  # of activations: 512 tokens of a model of 0.6 B; of the weights
SMALL_SHARE = 0.05  # weights that take less than this of a GPU stay in float32


@dataclass(frozen=True, slots=True)
class BaseWeights:
    """The precision of the base's weights in memory, and the dtype of the arithmetic."""

    bits: int
    dtype: str
    bytes: float

    @property
    def size(self) -> int:
        """Bytes of a number in the layers."""
        return 4 if self.dtype == "float32" else 2


@dataclass(frozen=True, slots=True)
class Row:
    """The length of rows, at most `tokens`, and the memory of the fullest one."""

    tokens: int
    checkpointing: bool
    bytes: float


def linear_parameters(card: ModelCard) -> int:
    """The number of weights in the linear layers of all blocks."""
    return sum(layer.into * layer.out for layer in card.linears)


def lora_parameters(card: ModelCard, rank: int, targets: Sequence[str] = (), *, dora: bool = False) -> int:
    """A (rank, in) and B (out, rank) for each layer, or for those named; DoRA adds a norm for each output."""
    chosen = [layer for layer in card.linears if not targets or layer.name in targets]
    return sum(rank * (layer.into + layer.out) + dora * layer.out for layer in chosen)


def adapter_bytes(card: ModelCard, rank: int, dtype: str, *, dora: bool = False) -> int:
    """The size of adapter_model.safetensors, to the byte: 8, its header of JSON padded to 8, the numbers."""
    kind, size = ("F32", 4) if dtype == "float32" else ("F16", 2)
    tensors: dict[str, list[int]] = {}
    for layer in card.linears:
        path = f"base_model.model.{layer.path}"
        tensors[f"{path}.lora_A.weight"] = [rank, layer.into]
        tensors[f"{path}.lora_B.weight"] = [layer.out, rank]
        if dora:
            tensors[f"{path}.lora_magnitude_vector"] = [layer.out]
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(tensors):
        start, end = end, end + size * prod(tensors[name])
        header[name] = {"dtype": kind, "shape": tensors[name], "data_offsets": [start, end]}
    header_bytes = len(json.dumps(header, separators=(",", ":")).encode())
    return 8 + -(-header_bytes // 8) * 8 + end


def usable_bytes(machine: Machine) -> float:
    """The bytes that training may take beside the libraries: of the GPU, else of the machine."""
    gpu = machine.gpu_memory_bytes > 0
    total = machine.gpu_memory_bytes if gpu else machine.memory_bytes
    return max(0.0, USABLE_SHARE[gpu] * total - LIBRARIES_BYTES[gpu])


def weights_bytes(card: ModelCard, bits: int) -> float:
    """The base's weights in memory. In 4 and 8 bits, embeddings and norms stay in 16."""
    if bits not in (4, 8):
        return card.parameters * bits / 8
    linear = linear_parameters(card)
    rest = (card.parameters - linear) * 2
    if bits == 4:
        return linear * NF4_BITS / 8 + rest
    return linear + 4 * sum(layer.out for layer in card.linears) + rest


def constant_bytes(card: ModelCard, machine: Machine, bits: int, rank: int, *, dora: bool = False) -> float:
    """The memory that does not depend on the row: base, trained adapter, what the first step leaves."""
    unpacked = 2 * card.hidden * card.mlp if bits in (4, 8) else 0  # one layer at a time, dequantised
    if bits == 8:  # bitsandbytes 0.50 holds each int8 weight twice between forward and backward (measured)
        unpacked += linear_parameters(card)
    learning = LEARNING_BYTES * lora_parameters(card, rank, dora=dora)
    runtime = 0 if machine.gpu_memory_bytes else RUNTIME_BYTES
    return weights_bytes(card, bits) + unpacked + learning + runtime


def reference_numbers(card: ModelCard, machine: Machine) -> int:
    """How many numbers the base says of a target of replay data: logits, or on a CPU the head's input."""
    return card.vocabulary if machine.gpu_memory_bytes else card.hidden


def head_bytes(card: ModelCard, weights: BaseWeights, targets: float, replayed: float) -> float:
    """The logits that a head held apart computes at once (train/frozen_head.py), with the base's on replay
    data, of rows of so many targets."""
    logit = card.vocabulary * weights.size
    return sum(min(CHUNK_BYTES, count * logit) for count in (targets, replayed)) + 12 * BLOCK_NUMBERS


def loading_bytes(card: ModelCard, machine: Machine, bits: int) -> float:
    """The peak memory of loading on a CPU: the file's pages, and the weights made from them."""
    made = weights_bytes(card, bits)
    if machine.gpu_memory_bytes or abs(card.bytes / made - 1) < 0.02:
        return made
    return card.bytes + made + RUNTIME_BYTES / 2


def fragmentation(card: ModelCard, machine: Machine, kept: bool = False) -> float:
    """The bytes that the allocator holds for each byte in use; `kept`: it keeps freed memory for later."""
    if machine.gpu_memory_bytes:
        return 1.0
    return FRAGMENTATION if card.parameters < SMALL_MODEL else KEPT if kept else 1.0


def choose_weights(card: ModelCard, machine: Machine, rank: int, bits: int | None = None) -> BaseWeights:
    """The bits asked for; else 16 on a processor that has bfloat16; else the most that leave memory to train:
    32, then 16, then 4 with CUDA."""
    gpu = machine.gpu_memory_bytes > 0
    half = "bfloat16" if machine.bf16 or not gpu else "float16"
    whole = weights_bytes(card, 32)
    if not bits and not gpu and cpu_dtype(card.parameters, machine.bf16) == "bfloat16":
        bits = 16
    if bits:
        return BaseWeights(bits, "float32" if bits == 32 else half, weights_bytes(card, bits))
    if whole <= (SMALL_SHARE if gpu else USABLE_SHARE[False] / 2) * (
        machine.gpu_memory_bytes or machine.memory_bytes
    ):
        return BaseWeights(32, "float32", whole)
    token = row_bytes(card, 1, 2, gpu=gpu, dropout=True, checkpointing=True, learnt_share=0.5)
    if machine.cuda and constant_bytes(card, machine, 16, rank) + 512 * token > usable_bytes(machine):
        return BaseWeights(4, half, weights_bytes(card, 4))
    return BaseWeights(16, half, weights_bytes(card, 16))


def attended_tokens(lengths: Sequence[int]) -> float:
    """How many tokens a token's weights of attention are kept for, at most, on average: in bfloat16 on a CPU
    (train/packed_attention.py)."""
    return sum(length * length for length in lengths if length <= SHORT_DIALOGUE) / max(1, sum(lengths))


def row_bytes(
    card: ModelCard,
    tokens: int,
    size: int,
    *,
    gpu: bool,
    dropout: bool,
    checkpointing: bool,
    learnt_share: float,
    attended: float = 0.0,
) -> float:
    """The activations of a row, until its backward pass. `attended`: as `attended_tokens` gives.

    With checkpointing: the blocks' inputs, and the larger of the head and one block, which come by turns.
    """
    hidden, mlp, wide = ACTIVATION_BYTES[gpu, size, dropout]
    block = hidden * card.hidden + mlp * card.mlp + wide * card.heads * card.head_dim
    block += 0 if gpu or size == 4 else 2 * card.heads * attended
    head = learnt_share * (card.vocabulary * LOGIT_BYTES if gpu else card.hidden * STATE_BYTES)
    if checkpointing:
        return tokens * (card.layers * card.hidden * size + max(block, head))
    return tokens * (card.layers * block + head)


def row_room(machine: Machine, weights: BaseWeights, free: float) -> float:
    """The bytes that a row's activations may take of those that are free.

    On a processor long rows save no time, so that they take no more than the work needs.
    """
    needed = max(CPU_ROW_BYTES, CPU_ROW_SHARE * weights.bytes)
    return free if machine.gpu_memory_bytes else min(free, needed)


def choose_row(
    card: ModelCard,
    weights: BaseWeights,
    free: float,
    most: int,
    *,
    gpu: bool,
    dropout: bool,
    learnt_share: float,
    longest: int,
    filled: int,
    attended: float = 0.0,
    fragmentation: float = 1.0,
) -> Row:
    """The longest rows that fit in `free` bytes; without checkpointing if dialogues then stay whole.

    `longest` and `filled` are tokens: of the longest dialogue, and of the fullest group. Whole means up to
    1,024 tokens: beyond, it is better to cut a dialogue in windows than to compute everything twice.
    """
    wanted = min(most, max(512, min(longest, WHOLE_TOKENS)))
    for checkpointing in (False, True):
        token = fragmentation * row_bytes(
            card,
            1,
            weights.size,
            gpu=gpu,
            dropout=dropout,
            checkpointing=checkpointing,
            learnt_share=learnt_share,
            attended=attended,
        )
        tokens = max(min(most, int(free / token)) // 32 * 32, 32)
        if tokens >= wanted:
            break
    if filled > tokens and not gpu:  # longer than the rows of the fullest group would only take memory
        even = UNEVEN * filled / ceil(filled / tokens)
        tokens = min(tokens, ceil(max(even, longest) / 32) * 32)
    return Row(tokens, checkpointing, token * min(tokens, filled or tokens))
