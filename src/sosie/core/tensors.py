"""The header of a safetensors file, looked at before any library reads the numbers.

    shapes(path)  ->  {"...q_proj.lora_A.weight": (8, 4096), ...}

A header of JSON, then every tensor's bytes, end to end and nothing more. ValueError where it is otherwise.
"""

import json
import math
import struct
from itertools import chain
from pathlib import Path
from typing import Any

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}  # bytes of each number
MOST_HEADER = 16 << 20
MOST_TENSORS = 50_000


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The tensors by name."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MOST_HEADER:
                raise ValueError("header")
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        if not 0 < len(header) <= MOST_TENSORS:
            raise ValueError("tensors")
        spans = sorted(_span(tensor) for tensor in header.values())
        found = {name: tuple(tensor["shape"]) for name, tensor in header.items()}
    except (KeyError, TypeError, AttributeError, struct.error, RecursionError) as error:
        raise ValueError("header") from error
    edges = [0, *chain.from_iterable(spans), path.stat().st_size - 8 - length]
    if edges[::2] != edges[1::2]:
        raise ValueError("bytes")
    return found


def _span(tensor: dict[str, Any]) -> tuple[int, int]:
    """Where a tensor begins and ends. ValueError where its shape does not fill that."""
    begin, end = tensor["data_offsets"]
    sizes = tensor["shape"]
    if not all(type(number) is int and 0 <= number < 1 << 48 for number in (begin, end, *sizes)):
        raise ValueError("sizes")
    if len(sizes) > 8 or end - begin != SIZES[tensor["dtype"]] * math.prod(sizes):
        raise ValueError("bytes")
    return begin, end
