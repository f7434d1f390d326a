"""A GGUF that was just written, read back by gguf's own reader and compared with what it was made from."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sosie.models.gguf.architecture import Architecture
from sosie.models.gguf.files import gguf_names, ordered_blocks
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.weights import Weights

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

ROWS = 64  # of each tensor: its first ones and its last
# Root mean square of what rounding may change, for a root mean square of 1.
TOLERATED = {"F32": 1e-6, "F16": 2e-3, "Q8_0": 2e-2, "Q6_K": 4e-2, "Q4_K": 0.15, "Q4_0": 0.2}


def compare(path: Path, folder: Path, lora: Lora | None) -> str:
    """The first tensor that differs by more than its rounding; empty where there is none.

    Rows are read, not mapped: what was looked at of a large file does not stay in memory.
    """
    import gguf
    import numpy as np

    shape, weights = Architecture.of(folder), Weights.of(folder)
    names = gguf_names(shape, weights)
    written = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    with path.open("rb") as file:
        for key, name in names.items():
            if (tensor := written.get(name)) is None:
                return name
            for at, meant in both_ends(shape, weights, lora, key):
                stored = rows_of(tensor, file, at, len(meant))
                found = gguf.dequantize(stored, tensor.tensor_type).reshape(meant.shape)
                spread = float(np.sqrt(np.mean(meant**2))) or 1.0
                off = float(np.sqrt(np.mean((found - meant) ** 2)))
                if not off <= TOLERATED[tensor.tensor_type.name] * spread:
                    return name
    return ""


def rows_of(tensor: Any, file: BinaryIO, begin: int, count: int) -> "Array":
    """Some rows of a GGUFReader's tensor, as they are stored."""
    import numpy as np

    each = tensor.data.nbytes // len(tensor.data)
    file.seek(tensor.data_offset + begin * each)
    stored = np.frombuffer(file.read(count * each), tensor.data.dtype)
    return stored.reshape(count, *tensor.data.shape[1:])


def both_ends(
    shape: Architecture, weights: Weights, lora: Lora | None, name: str
) -> "Iterator[tuple[int, Array]]":
    """(the first row, some rows) of a merged tensor in llama.cpp's order: its first ones and its last."""
    count = weights.places[name].rows
    last = max(0, count - ROWS)
    if shape.permutes(name):
        (whole,) = ordered_blocks(shape, weights, lora, name)
        yield from ((0, whole[:ROWS]), (last, whole[last:]))
        return
    for begin, end in ((0, min(ROWS, count)), (last, count)):
        rows = weights.rows(name, begin, end)
        yield begin, lora.merged(name, rows, begin) if lora else rows
