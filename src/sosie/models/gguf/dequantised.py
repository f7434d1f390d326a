"""A GGUF file as a model to learn on: its weights, dequantised once into the cache.

    folder_of(path)    $SOSIE_CACHE/bf16/NAME-3f9c21d07ab4: config.json, model.safetensors, the tokenizer

Tensor by tensor: in memory there are never more than a few rows, or one matrix of the attention. Weights that
were not quantised keep their own dtype; the others become bf16, whose rounding is far below theirs.
"""

import json
import struct
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sosie.core.errors import NoRoom
from sosie.core.french_text import size
from sosie.models import quantised_cache
from sosie.models.gguf.architecture import Architecture
from sosie.models.gguf.header import Tensor
from sosie.models.gguf.naming import begins_as_one
from sosie.models.gguf.reading import GgufFile, damaged, parts_of
from sosie.models.gguf.rows import blocks
from sosie.models.gguf.shape import config_of, tensors_of
from sosie.models.quantised_cache import Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sosie.models.gguf.weights import Array

QUANTISED = ("BF16", "<u2", 2)  # what they become: safetensors' name, numpy's, bytes
KEPT = {0: ("F32", "<f4", 4), 1: ("F16", "<f2", 2)}  # by ggml's number
BITS = 16  # the cache's name of them


def origin_of(path: Path) -> Origin:
    """What the weights of this file are: a changed file is another origin, a missing one any."""
    seen = [(part.name, part.stat()) for part in parts_of(path)] if path.is_file() else []
    return Origin(str(path), files=tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in seen))


def cached_folder(path: Path) -> Path | None:
    """Where its dequantised weights are, if they are; the file itself may be gone."""
    entry = quantised_cache.find_entry(origin_of(path), BITS)
    return entry.folder if entry else None


def is_gguf(path: Path) -> bool:
    """Whether this path is, or was, that of a GGUF file."""
    return begins_as_one(path) or (not path.exists() and cached_folder(path) is not None)


def folder_of(path: Path) -> Path:
    """The model's folder, made in the cache if it is not there.

    UnknownModel where sosie does not know how to read the weights back, BadData where the file is damaged,
    NoRoom where the disk is too small.
    """
    if found := cached_folder(path):
        return found
    file = GgufFile.read(path)
    file.check_chat()
    config, tokenizer = config_of(file), file.tokenizer()
    needed = dequantised_bytes(file, config)

    def write(draft: Path) -> None:
        write_weights(file, config, draft / "model.safetensors")
        (draft / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
        tokenizer.save_pretrained(draft)

    try:
        quantised_cache.write_entry(
            path.stem[:60], origin_of(path), BITS, needed, write, original_bytes=needed
        )
    except OSError:
        raise NoRoom(
            f"Il n'y a pas la place de déquantifier « {path.name} » ({size(needed)}) dans le cache.",
            "Libérez de la place, ou donnez un autre disque avec SOSIE_CACHE.",
        ) from None
    if (made := cached_folder(path)) is None:
        raise damaged(path)
    return made


def dequantised_bytes(file: GgufFile, config: dict[str, Any]) -> int:
    """Of the weights in the cache."""
    return sum(
        prod(tensor.shape) * KEPT.get(tensor.kind, QUANTISED)[2]
        for _, tensor in tensors_of(file, config).values()
    )


def write_weights(file: GgufFile, config: dict[str, Any], path: Path) -> None:
    """model.safetensors: a header of JSON, then the numbers."""
    shape, wanted = Architecture(file.architecture, config), tensors_of(file, config)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (_, tensor) in wanted.items():
        dtype, _, bytes_ = KEPT.get(tensor.kind, QUANTISED)
        begin, end = end, end + prod(tensor.shape) * bytes_
        header[name] = {"dtype": dtype, "shape": tensor.shape, "data_offsets": [begin, end]}
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(told)) + told)
        for name, (part, tensor) in wanted.items():
            whole = tensor.shape[0] if shape.permutes(name) else 0
            for rows in blocks(part, tensor, step=whole):
                write_rows(out, shape.as_published(name, rows), tensor)


def write_rows(out: BinaryIO, rows: "Array", tensor: Tensor) -> None:
    """In the dtype that the tensor is kept in; bf16 is rounded to the nearest, ties to even."""
    import numpy as np

    dtype, form, _ = KEPT.get(tensor.kind, QUANTISED)
    numbers: NDArray[Any] = np.ascontiguousarray(rows)
    if dtype == "BF16":
        bits = numbers.view(np.uint32)
        numbers = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    out.write(numbers.astype(form).tobytes())
