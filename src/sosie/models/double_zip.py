"""A double in one file, « sosie-léa.zip », opened with care and once.

 LISEZMOI.txt  SHA256SUMS  certificat.json         what it is; what it holds; what was measured
 double/  double.json  adapter_model.safetensors  adapter_config.json  tokenizer files

Opened, it lies in the cache of this machine's user (0700) under the sha256 of the file:
~/.cache/sosie/doubles/0f3a.../sosie-léa/double

Nothing in it can run: no pickle, no Python; the adapter is numbers, and its header is looked at before any
library reads it. Not covered: what the double would say; a chat template is run, but closed in
(models/rendering).
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sosie.core import checked_zip, lora_settings, tensors
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, MANIFEST, Double
from sosie.core.errors import BadData
from sosie.core.given import object_in
from sosie.core.workspace import cache_home, closed_folder, full_disk_told
from sosie.core.writing import in_cache

README, CERTIFICATE = "LISEZMOI.txt", "certificat.json"
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
KNOWN_FILES: checked_zip.Limits = {MANIFEST: MB, ADAPTER: 8 * GB, CONFIG: MB, **TOKENIZER}
LIMITS: checked_zip.Limits = {re.escape(f"double/{name}"): most for name, most in KNOWN_FILES.items()} | {
    re.escape(README): 64 * KB,
    re.escape(CERTIFICATE): MB,
}
FORGED = "Ne l'ouvrez pas autrement : demandez-en un autre, fait par « sosie export bundle »."


def is_bundle(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file()


def read(path: Path) -> Double:
    """The double in a zip. BadData or UnsafeArchive if it is refused."""
    folder = place_of(path)
    if not (folder / "double" / MANIFEST).is_file():
        unpack_double(path, folder)
    return Double.read(folder / "double")


def place_of(path: Path) -> Path:
    """Where a zip is unpacked. « ...zip » is a name too, and what stands before its « .zip » climbs out."""
    return unpacked_doubles() / sha256_of(path)[:32] / (path.stem.strip(".") or "double")


def unpacked_doubles() -> Path:
    """Where doubles that came as one file are kept open: closed to everybody else."""
    return closed_folder(cache_home() / "doubles")


def unpack_double(path: Path, folder: Path) -> None:
    """The bundle in `folder`, checked file by file, whole or not at all."""
    with unpacking(folder, f"double/{MANIFEST}") as draft:
        checked_zip.unpack(path, LIMITS, draft)
        check_double(draft / "double", path.name)


@contextmanager
def unpacking(folder: Path, mark: str) -> Iterator[Path]:
    """A draft that becomes `folder` of the cache; a whole one that another process made meanwhile, known by
    its file `mark`, stays: somebody may be reading it."""
    with in_cache("doubles"):
        draft = Path(tempfile.mkdtemp(prefix=".part-", dir=closed_folder(folder.parent)))
        try:
            yield draft
            with full_disk_told():
                if not (folder / mark).is_file():
                    shutil.rmtree(folder, ignore_errors=True)
                try:
                    os.replace(draft, folder)
                except OSError:
                    if not (folder / mark).is_file():
                        raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def check_double(folder: Path, archive: str) -> Double:
    """Check a double's folder before any library reads it."""
    for name in (MANIFEST, CONFIG, ADAPTER):
        if not (folder / name).is_file():
            raise BadData(f"Il n'y a pas de « {name} » dans « {archive} ».", checked_zip.MEND)
    check_config(folder / CONFIG, archive)
    check_numbers(folder / ADAPTER, archive)
    double = Double.read(folder)
    if sha256_of(folder / ADAPTER) != double.adapter_sha256:
        raise BadData(f"L'adaptateur de « {archive} » n'est pas celui de son « {MANIFEST} ».", FORGED)
    return double


def check_config(path: Path, archive: str) -> None:
    """A LoRA, and none of the ways in which PEFT would import something that a file names."""
    try:
        config = object_in(path, KNOWN_FILES[CONFIG])
        lora_settings.obeyed(config)
    except (ValueError, BadData):
        raise forged(CONFIG, archive) from None
    if any(config.get(name) for name in ("megatron_config", "auto_mapping", "auto_map")):
        raise forged(CONFIG, archive)


def check_numbers(path: Path, archive: str) -> None:
    try:
        tensors.shapes(path)
    except ValueError:
        raise forged(ADAPTER, archive) from None


def forged(name: str, archive: str) -> BadData:
    return BadData(f"« {name} », dans « {archive} », n'est pas ce qu'il dit être.", FORGED)
