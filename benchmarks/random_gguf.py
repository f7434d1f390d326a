"""A GGUF file of random 4-bit weights in the shape of a real model, with mini's vocabulary: for speed alone.

    write(Path("7b.gguf"), "7b")      4.1 GB; nothing is quantised: its blocks are random bytes

What it says means nothing, and it hardly ever ends by itself.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sosie.models.catalogue import find
from sosie.models.gguf import vocabulary
from sosie.models.gguf.architecture import Architecture
from sosie.models.gguf.files import TEMPLATE
from sosie.models.load import load_tokenizer

ROWS = 32_000  # of the embeddings and of the head
BLOCK, BLOCK_BYTES = 32, 18  # weights of a Q4_0 block; its bytes, of which two are its scale
# layers, hidden, intermediate, heads, heads of keys, context
SHAPES = {
    "small": (6, 256, 704, 4, 2, 1024),  # mini's
    "1b": (16, 2048, 5632, 32, 8, 4096),
    "7b": (32, 4096, 14336, 32, 8, 4096),  # Mistral 7B's
}


class _Blocks:
    """So many Q4_0 blocks as gguf's writer asks for them: bytes to come, written some at a time."""

    def __init__(self, count: int, scale: float) -> None:
        self.count, self.scale, self.nbytes = count, scale, count * BLOCK_BYTES

    def tofile(self, file: BinaryIO) -> None:
        for blocks in self._parts():
            blocks.tofile(file)

    def _parts(self) -> Iterator[Any]:
        chance, step = np.random.default_rng(self.count), 1 << 18
        for begin in range(0, self.count, step):
            blocks = chance.integers(0, 256, (min(step, self.count - begin), BLOCK_BYTES), np.uint8)
            blocks[:, :2] = np.frombuffer(np.float16(self.scale).tobytes(), np.uint8)
            yield blocks


def write(path: Path, shape: str) -> None:
    import gguf

    tokenizer, template = load_tokenizer(find("mini"))
    config, tensors = _config(shape), _tensors(shape)
    with closing(gguf.GGUFWriter(path, "llama")) as writer:
        writer.add_string(TEMPLATE, template.name)
        Architecture("llama", config).describe(writer)
        vocabulary.describe(writer, tokenizer, template, ROWS)
        made = {name: _announce(writer, f"{name}.weight", size) for name, size in tensors.items()}
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for blocks in made.values():
            writer.write_tensor_data(blocks)


def _config(shape: str) -> dict[str, Any]:
    layers, hidden, wide, heads, key_heads, context = SHAPES[shape]
    return {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": wide,
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
        "max_position_embeddings": context,
        "rms_norm_eps": 1e-6,
        "vocab_size": ROWS,
    }


def _tensors(shape: str) -> dict[str, tuple[int, ...]]:
    """{gguf's name: rows and width}"""
    layers, hidden, wide, heads, key_heads, _ = SHAPES[shape]
    keys = hidden // heads * key_heads
    matrices = {
        "attn_q": (hidden, hidden),
        "attn_k": (keys, hidden),
        "attn_v": (keys, hidden),
        "attn_output": (hidden, hidden),
        "ffn_gate": (wide, hidden),
        "ffn_up": (wide, hidden),
        "ffn_down": (hidden, wide),
    }
    tensors: dict[str, tuple[int, ...]] = {"token_embd": (ROWS, hidden), "output": (ROWS, hidden)}
    for layer in range(layers):
        tensors |= {f"blk.{layer}.{name}": size for name, size in matrices.items()}
        tensors |= {f"blk.{layer}.{name}": (hidden,) for name in ("attn_norm", "ffn_norm")}
    return {**tensors, "output_norm": (hidden,)}


def _announce(writer: Any, name: str, size: tuple[int, ...]) -> Any:
    """The tensor's entry in the header; gives what is written later."""
    import gguf

    if len(size) == 1:
        writer.add_tensor_info(name, size, np.dtype(np.float32), 4 * size[0])
        return np.ones(size, np.float32)
    rows, width = size
    blocks = _Blocks(rows * width // BLOCK, scale=0.2 / width**0.5)
    kind = gguf.GGMLQuantizationType.Q4_0
    packed = (rows, width // BLOCK * BLOCK_BYTES)
    writer.add_tensor_info(name, packed, np.dtype(np.uint8), blocks.nbytes, kind)
    return blocks
