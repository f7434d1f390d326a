"""The rows of a GGUF's tensors, back in float32, a few in memory at a time."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.models.gguf.header import Tensor
from sosie.models.gguf.reading import damaged

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

BLOCK_NUMBERS = 4 << 20  # in memory at once
COMPARED = 256  # rows
SAME = 0.2  # of the spread: what 4 bits change is below a tenth, two matrices that are not one differ by 1.4


def blocks(part: Path, tensor: Tensor, step: int = 0) -> "Iterator[Array]":
    """Some rows at a time, or `step` of them; a vector is one row.

    BadData where the file ends before them, UnknownModel where they are stored in a way not known here.
    """
    gguf, numpy = need("gguf", extra="gguf"), need("numpy", extra="gguf")
    rows, width = (
        (tensor.shape[0], prod(tensor.shape[1:])) if len(tensor.shape) > 1 else (1, prod(tensor.shape))
    )
    kind = stored_kind(gguf, part, tensor.kind)
    per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    row_bytes = width // per_block * block_bytes
    step = step or max(1, BLOCK_NUMBERS // max(1, width))
    with part.open("rb") as opened:
        opened.seek(tensor.begin)
        for begin in range(0, rows, step):
            count = min(step, rows - begin)
            content = opened.read(count * row_bytes)
            if len(content) != count * row_bytes or width % per_block:
                raise damaged(part)
            stored = numpy.frombuffer(content, numpy.uint8).reshape(count, row_bytes)
            try:
                yield gguf.dequantize(stored, kind).astype(numpy.float32, copy=False).reshape(count, width)
            except NotImplementedError:
                raise _unreadable(part, kind.name) from None


def stored_kind(gguf: Any, part: Path, number: int) -> Any:
    """gguf's name of how weights are stored. UnknownModel for one that is newer than the library."""
    try:
        return gguf.GGMLQuantizationType(number)
    except ValueError:
        raise _unreadable(part, str(number)) from None


def _unreadable(part: Path, kind: str) -> UnknownModel:
    return UnknownModel(
        f"sosie ne sait pas relire les poids de « {part.name} » ({kind}).",
        "Prenez ce modèle en Q4_K_M, Q8_0 ou F16, ou son dossier au format de transformers.",
    )


def are_one(first: tuple[Path, Tensor], second: tuple[Path, Tensor]) -> bool:
    """Whether two matrices are one, rounded twice, by their first rows."""
    import numpy as np

    if first[1].shape != second[1].shape:
        return False
    one, other = (next(blocks(*each, step=COMPARED)) for each in (first, second))
    gap, spread = (float(np.sqrt(np.mean(numbers**2))) for numbers in (one - other, one))
    return gap < SAME * spread
