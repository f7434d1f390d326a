"""A base's weights with an adapter added, written as safetensors a few rows at a time.

 for each tensor, for each block of rows:  read -> float32 -> W + scale B A -> round -> write

Memory holds one block, whatever the model's size. bfloat16 is the upper half of a float32, rounded to the
nearest, ties to even.
"""

import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sosie.core.errors import BadData
from sosie.core.progress import Event, Report, silent
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.weights import Weights

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

MergedKind = Literal["f32", "bf16", "f16"]
STORED_AS: Mapping[MergedKind, str] = {"f32": "F32", "bf16": "BF16", "f16": "F16"}  # safetensors' names
SHARD_BYTES = 5_000_000_000
INDEX = "model.safetensors.index.json"
FIT = "Vérifiez sur quel modèle il a été appris."


@dataclass(frozen=True, slots=True)
class Merge:
    """The tensors of a base, with an adapter added to some of them."""

    weights: Weights
    lora: Lora

    @classmethod
    def of(cls, folder: Path, lora: Lora) -> "Merge":
        """BadData where the adapter does not fit the base."""
        try:
            weights = Weights.of(folder)
        except ValueError:  # 8-bit numbers, or a damaged header
            raise BadData(
                f"Les poids de « {folder.name} » ne sont pas en 16 ou 32 bits.",
                "Prenez le modèle tel que ses auteurs l'ont publié.",
            ) from None
        for name, (a, b) in lora.pairs.items():
            place = weights.places.get(name)
            if place is None or place.shape != (b.shape[0], a.shape[1]):
                raise BadData("L'adaptateur ne va pas avec ce modèle.", FIT)
        return cls(weights, lora)

    def blocks(self, name: str) -> "Iterator[Array]":
        """The rows of a merged tensor in float32, some at a time."""
        for begin, rows in self.weights.blocks(name):
            yield self.lora.merged(name, rows, begin)


def rounded(block: "Array", kind: MergedKind) -> Any:
    """The numbers as they are stored. BadData where one is too large for them."""
    import numpy as np

    if kind == "f32":
        return np.ascontiguousarray(block, dtype="<f4")
    if kind == "f16":
        with np.errstate(over="ignore"):
            half = block.astype("<f2")
        if not np.isfinite(half).all():
            raise BadData("Un poids de ce modèle est trop grand pour f16.", "Donnez --weights bf16.")
        return half
    bits = np.ascontiguousarray(block).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def write_merged(
    merge: Merge, kind: MergedKind, folder: Path, report: Report = silent, shard_bytes: int = SHARD_BYTES
) -> None:
    """model.safetensors, or its shards and their index."""
    places = merge.weights.places
    size = 4 if kind == "f32" else 2
    sizes = {name: size * prod(place.shape) for name, place in places.items()}
    shards = split_in_shards(sizes, shard_bytes)
    if len(shards) == 1:
        files = {"model.safetensors": shards[0]}
    else:
        count = len(shards)
        files = {f"model-{at:05}-of-{count:05}.safetensors": shard for at, shard in enumerate(shards, 1)}
        index = {
            "metadata": {"total_size": sum(sizes.values())},
            "weight_map": {name: file for file, shard in files.items() for name in shard},
        }
        (folder / INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")
    done = 0
    for file, shard in files.items():
        with (folder / file).open("wb") as target:
            target.write(header_of({name: (places[name].shape, sizes[name]) for name in shard}, kind))
            for name in shard:
                for block in merge.blocks(name):
                    target.write(rounded(block, kind).data)
                done += 1
                report(Event("export", done=done, total=len(places)))
            target.flush()
            os.fsync(target.fileno())


def split_in_shards(sizes: Mapping[str, int], most: int) -> list[list[str]]:
    """The tensors in order, each shard as full as `most` bytes allow and never empty."""
    shards: list[list[str]] = [[]]
    room = most
    for name, size in sizes.items():
        if size > room and shards[-1]:
            shards.append([])
            room = most
        shards[-1].append(name)
        room -= size
    return shards


def header_of(tensors: Mapping[str, tuple[tuple[int, ...], int]], kind: MergedKind) -> bytes:
    """The beginning of a safetensors file: {name: (shape, bytes)} end to end, in this order."""
    told: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (shape, size) in tensors.items():
        told[name] = {"dtype": STORED_AS[kind], "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(told).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def first_difference(merge: Merge, kind: MergedKind, folder: Path) -> str:
    """The first tensor whose stored numbers are not the merged ones; empty where there is none."""
    import numpy as np

    try:
        stored = Weights.of(folder)
    except (ValueError, OSError):
        return "model.safetensors"
    for name, place in merge.weights.places.items():
        found = stored.places.get(name)
        if found is None or (found.shape, found.kind) != (place.shape, STORED_AS[kind]):
            return name
        for block, (_, again) in zip(merge.blocks(name), stored.blocks(name), strict=True):
            if not np.array_equal(rounded(block, kind), rounded(again, kind)):
                return name
    return ""
