"""A double in one file, « sosie-léa.zip », opened with care and once.

 LISEZMOI.txt  SHA256SUMS                          what it is; what it holds
 double/  double.json  adapter_model.safetensors  adapter_config.json  tokenizer files

Opened, it lies in the cache of this machine's user (0700) under the sha256 of the file:
~/.cache/sosie/doubles/0f3a.../sosie-léa/double

Nothing in it can run: no pickle, no Python; the adapter is numbers, and its header is looked at before any
library reads it. Not covered: what the double would say; a chat template (transformers runs it in a sandbox).
"""

import json
import math
import os
import re
import shutil
import struct
import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

from sosie.core import checked_zip
from sosie.core.double import ADAPTER, MANIFEST, Double
from sosie.core.errors import BadData
from sosie.core.workspace import cache_home, closed_folder, full_disk_told

README = "LISEZMOI.txt"
CONFIG = "adapter_config.json"
KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
TOKENIZER: checked_zip.Limits = {
    "tokenizer.json": 64 * MB,
    "tokenizer_config.json": 16 * MB,
    "special_tokens_map.json": MB,
    "added_tokens.json": 16 * MB,
    "generation_config.json": MB,
    "vocab.json": 64 * MB,
    "merges.txt": 64 * MB,
    "chat_template.jinja": MB,
    "tokenizer.model": 16 * MB,
}
FILES: checked_zip.Limits = {MANIFEST: MB, ADAPTER: 8 * GB, CONFIG: MB, **TOKENIZER}
LIMITS: checked_zip.Limits = {re.escape(f"double/{name}"): most for name, most in FILES.items()} | {
    re.escape(README): 64 * KB
}
NUMBERS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}  # bytes of each
MOST_HEADER = 16 * MB
FORGED = "Ne l'ouvrez pas autrement : demandez-en un autre, fait par « sosie export bundle »."


def is_bundle(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file()


def read(path: Path) -> Double:
    """The double in a zip. BadData or UnsafeArchive where it must not or cannot be opened."""
    kept = doubles() / checked_zip.digest(path)[:32] / path.stem
    if not (kept / "double" / MANIFEST).is_file():
        closed_folder(kept.parent)
        unpack(path, kept)
    return Double.read(kept / "double")


def doubles() -> Path:
    """Where doubles that came as one file are kept open: closed to everybody else."""
    return closed_folder(cache_home() / "doubles")


def unpack(path: Path, folder: Path) -> None:
    """The bundle in `folder`, checked file by file, whole or not at all."""
    draft = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        checked_zip.unpack(path, LIMITS, draft)
        check(draft / "double", path.name)
        with full_disk_told():
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check(folder: Path, archive: str) -> Double:
    """What a double's folder must be before any library reads it."""
    for name in (MANIFEST, CONFIG, ADAPTER):
        if not (folder / name).is_file():
            raise BadData(f"Il n'y a pas de « {name} » dans « {archive} ».", checked_zip.MEND)
    check_config(folder / CONFIG, archive)
    check_numbers(folder / ADAPTER, archive)
    double = Double.read(folder)
    if not well_typed(double):
        raise forged(MANIFEST, archive)
    if checked_zip.digest(folder / ADAPTER) != double.adapter_sha256:
        raise BadData(f"L'adaptateur de « {archive} » n'est pas celui de son « {MANIFEST} ».", FORGED)
    return double


def well_typed(double: Double) -> bool:
    """Whether the manifest's values are of the kinds that they should be: JSON holds whatever it is given."""
    drawn = double.sampling
    texts = (double.base, double.template, double.revision, double.portrait, *drawn.stop)
    numbers = (drawn.temperature, drawn.top_p, drawn.min_p, drawn.repetition_penalty)
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(number, int | float) and 0 <= number <= 10 for number in numbers)
        and drawn.min_p <= 1
        and isinstance(drawn.max_tokens, int)
        and isinstance(drawn.seed, int | None)
        and double.bits in (None, 4, 8)
        and double.base.isprintable()
        and isinstance(double.data, dict)
        and isinstance(double.versions, dict)
    )


def check_config(path: Path, archive: str) -> None:
    """A LoRA, and none of the ways in which PEFT would import something that a file names."""
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        good = (
            told["peft_type"] == "LORA" and not told.get("megatron_config") and not told.get("auto_mapping")
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        good = False
    if not good:
        raise forged(CONFIG, archive)


def check_numbers(path: Path, archive: str) -> None:
    """A safetensors file: a header of JSON, then every tensor's bytes, end to end and nothing more."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MOST_HEADER:
                raise ValueError("header")
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        spans = sorted(span(tensor) for tensor in header.values())
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
        raise forged(ADAPTER, archive) from None
    edges = [0, *chain.from_iterable(spans), path.stat().st_size - 8 - length]
    if not spans or edges[::2] != edges[1::2]:
        raise forged(ADAPTER, archive)


def span(tensor: dict[str, Any]) -> tuple[int, int]:
    """Where a tensor begins and ends. ValueError where its shape does not fill that."""
    begin, end = tensor["data_offsets"]
    sizes = tensor["shape"]
    if not all(isinstance(number, int) and number >= 0 for number in (begin, end, *sizes)):
        raise ValueError("sizes")
    if end - begin != NUMBERS[tensor["dtype"]] * math.prod(sizes):
        raise ValueError("bytes")
    return begin, end


def forged(name: str, archive: str) -> BadData:
    return BadData(f"« {name} », dans « {archive} », n'est pas ce qu'il dit être.", FORGED)
