"""A GGUF that was just written, read back by gguf's own reader and compared with what it was made from."""

from pathlib import Path

from sosie.models.gguf.architecture import Architecture
from sosie.models.gguf.files import gguf_names
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.weights import Weights

ROWS = 64  # of each tensor: its first ones and its last
# Root mean square of what rounding may change, for a root mean square of 1.
TOLERATED = {"F32": 1e-6, "F16": 2e-3, "Q8_0": 2e-2, "Q4_0": 0.2}


def compare(path: Path, folder: Path, lora: Lora | None) -> str:
    """The first tensor that differs by more than its rounding; empty where there is none."""
    import gguf
    import numpy as np

    shape, weights = Architecture.of(folder), Weights.of(folder)
    names = gguf_names(shape, weights)
    written = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    for key, name in names.items():
        if (tensor := written.get(name)) is None:
            return name
        meant = weights.read(key)
        meant = shape.ordered(key, lora.merged(key, meant) if lora else meant)
        for rows in (slice(0, ROWS), slice(-ROWS, None)):
            found = gguf.dequantize(tensor.data[rows], tensor.tensor_type).reshape(meant[rows].shape)
            spread = float(np.sqrt(np.mean(meant[rows] ** 2))) or 1.0
            off = float(np.sqrt(np.mean((found - meant[rows]) ** 2)))
            if not off <= TOLERATED[tensor.tensor_type.name] * spread:
                return name
    return ""
