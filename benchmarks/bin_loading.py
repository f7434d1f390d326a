"""How much memory the two .bin files of Vigostral take to be read and quantised: Colab's machine has 12 GB.

    python -m benchmarks.bin_loading FOLDER [--limit 12] [--layers 32]

Writes 14.5 GB in FOLDER, of the names, shapes and sizes of the files on the hub, with noise in them, as a
snapshot of the hub's own cache; reads them in a process of its own through models/load.py, and deletes them.
The limit, in GB, is a memory cgroup (version 1, root): page cache counts in it and is given back. On a
machine without a card the 4-bit model is in this memory too; on Colab it goes to the card, tensor by tensor.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import torch
import transformers
from torch.serialization import skip_data

from sosie.models import catalogue, load, sentencepiece_tokenizer

BASE = catalogue.find("vigostral")
CGROUP = Path("/sys/fs/cgroup/memory/sosie-bin-loading")
FIRST_FILE = 9_942_000_000  # bytes, as on the hub: 9.94 and 4.54 GB
BLOCK = 32 << 20  # numbers of noise, written again and again


def write_fake(folder: Path, layers: int) -> None:
    """config.json, tokenizer and two .bin files with their index, in `folder`."""
    folder.mkdir(parents=True)
    config = transformers.MistralConfig(num_hidden_layers=layers, vocab_size=32000, dtype="float16")
    config.architectures = ["MistralForCausalLM"]
    config.save_pretrained(folder)
    sentencepiece_tokenizer.convert(sentencepiece_tokenizer.mistral_v1()).save_pretrained(folder)
    with torch.device("meta"):
        shapes = {name: weight.shape for name, weight in model_of(config).state_dict().items()}
    parts: list[dict[str, torch.Size]] = [{}, {}]
    size = 0
    for name, shape in shapes.items():
        size += 2 * shape.numel()
        parts[size > FIRST_FILE][name] = shape
    names = [f"pytorch_model-{number:05}-of-00002.bin" for number in (1, 2)]
    for name, part in zip(names, parts, strict=True):
        write_part(folder / name, part)
    index = {weight: name for name, part in zip(names, parts, strict=True) for weight in part}
    told = {"metadata": {"total_size": size}, "weight_map": index}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(told))


def model_of(config: transformers.MistralConfig) -> torch.nn.Module:
    maker: type = transformers.AutoModelForCausalLM
    return maker.from_config(config)


def write_part(path: Path, shapes: dict[str, torch.Size]) -> None:
    """A file as torch writes it, its numbers filled in afterwards so that they are never all in memory."""
    tensors = {name: torch.empty(shape, dtype=torch.float16) for name, shape in shapes.items()}
    with skip_data():
        torch.save(tensors, path)
    noise = memoryview((0.02 * torch.randn(BLOCK)).half().numpy()).cast("B")
    reader = torch._C.PyTorchFileReader(str(path))
    with path.open("r+b") as file:
        for record in reader.get_all_records():
            if record.startswith("data/"):
                file.seek(reader.get_record_offset(record))
                left = 2 * list(shapes.values())[int(record.removeprefix("data/"))].numel()
                while left:
                    left -= file.write(noise[: min(left, len(noise))])


def read(keep: bool) -> None:
    """The measure itself, in a process of its own: one JSON line."""
    before, started = peak(), time.monotonic()
    loaded = load.load(BASE, bits=4, keep=keep)
    told = {
        "seconds": round(time.monotonic() - started),
        "before_gb": round(before, 2),
        "peak_gb": round(peak(), 2),
        "model_gb": round(sum(w.nbytes for w in loaded.model.parameters()) / 1e9, 2),
        "kept": keep,
        "device": str(loaded.model.device),
    }
    if CGROUP.is_dir():
        told["cgroup_peak_gb"] = round(int((CGROUP / "memory.max_usage_in_bytes").read_text()) / 1e9, 2)
        told["cgroup_limit_gb"] = round(int((CGROUP / "memory.limit_in_bytes").read_text()) / 1e9, 2)
    print(json.dumps(told), flush=True)


def peak() -> float:
    """The most that this process has had in memory, mapped files included, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=float, default=12)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--keep", action="store_true", help="with the copy in the cache")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        CGROUP.is_dir() and (CGROUP / "cgroup.procs").write_text(str(os.getpid()))
        read(asked.keep)
        return 0
    name = f"models--{BASE.where.replace('/', '--')}"
    revision = BASE.card.revision if BASE.card else ""
    environment = {**os.environ, "HF_HUB_CACHE": str(asked.folder), "SOSIE_CACHE": str(asked.folder / "kept")}
    try:
        write_fake(asked.folder / name / "snapshots" / revision, asked.layers)
        if os.access(CGROUP.parent, os.W_OK):
            CGROUP.mkdir(exist_ok=True)
            (CGROUP / "memory.limit_in_bytes").write_text(str(int(asked.limit * 1e9)))
        command = [sys.executable, "-m", "benchmarks.bin_loading", "--read", *sys.argv[1:]]
        return subprocess.run(command, env=environment).returncode
    finally:
        shutil.rmtree(asked.folder / name, ignore_errors=True)
        shutil.rmtree(asked.folder / "kept", ignore_errors=True)
        CGROUP.is_dir() and CGROUP.rmdir()


if __name__ == "__main__":
    sys.exit(main())
