"""How much memory `sosie export merged` and `gguf` take on a model of the shape of Mistral 7B.

    python -m benchmarks.merging [--layers 32] [--only merged gguf]

The base is a file of zeros that takes no place on the disk, with the names and shapes of the real one; the
adapter, on every linear layer, is random. Tensors are read and written one by one, so fewer layers change the
time, not the peak. Each export runs in a process of its own, whose peak is the kernel's (VmHWM: what it has
mapped of files counts). The bar: at most 1.5 times the largest tensor, and 500 MB.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from benchmarks.train import write_result
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.models import sentencepiece_tokenizer

HIDDEN, MLP, NARROW, VOCABULARY, RANK = 4096, 14336, 1024, 32000, 16
LINEARS = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (NARROW, HIDDEN),
    "self_attn.v_proj": (NARROW, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (MLP, HIDDEN),
    "mlp.up_proj": (MLP, HIDDEN),
    "mlp.down_proj": (HIDDEN, MLP),
}
LARGEST = 2 * VOCABULARY * HIDDEN  # bytes
BAR = 1.5 * LARGEST + 500e6
CHILD = """
import re, sys
from pathlib import Path
from sosie import Project
Project(sys.argv[1]).export(sys.argv[2])
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def shapes_of(layers: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "lm_head.weight": (VOCABULARY, HIDDEN),
        "model.norm.weight": (HIDDEN,),
    }
    for layer in range(layers):
        block = f"model.layers.{layer}"
        shapes |= {f"{block}.{name}.weight": shape for name, shape in LINEARS.items()}
        for norm in ("input_layernorm", "post_attention_layernorm"):
            shapes[f"{block}.{norm}.weight"] = (HIDDEN,)
    return shapes


def write_base(folder: Path, layers: int) -> None:
    from transformers import MistralConfig

    folder.mkdir()
    config = MistralConfig(num_hidden_layers=layers, vocab_size=VOCABULARY, dtype="bfloat16")
    config.architectures = ["MistralForCausalLM"]
    config.save_pretrained(folder)
    sentencepiece_tokenizer.convert(sentencepiece_tokenizer.mistral_v1()).save_pretrained(folder)
    told, at = {}, 0
    for name, shape in shapes_of(layers).items():
        size = 2 * torch.Size(shape).numel()
        told[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(told).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        file.truncate(8 + len(head) + at)


def write_double(folder: Path, base: Path, layers: int) -> None:
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    tensors = {}
    for layer in range(layers):
        for name, (out, into) in LINEARS.items():
            stem = f"base_model.model.model.layers.{layer}.{name}"
            tensors[f"{stem}.lora_A.weight"] = torch.randn(RANK, into) / 64
            tensors[f"{stem}.lora_B.weight"] = torch.randn(out, RANK) / 64
    save_file(tensors, folder / ADAPTER)
    modules = sorted({name.partition(".")[2] for name in LINEARS})
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": RANK, "target_modules": modules}
    (folder / "adapter_config.json").write_text(json.dumps({**config, "task_type": "CAUSAL_LM"}))
    Double(base=str(base), template="mistral", adapter_sha256=sha256_of(folder / ADAPTER)).write(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--only", nargs="+", choices=("merged", "gguf"), default=["merged", "gguf"])
    given = parser.parse_args()
    rows = {}
    for kind in given.only:
        with tempfile.TemporaryDirectory() as made:
            work = Path(made)
            write_base(work / "base", given.layers)
            write_double(work / "moi" / "runs" / "lea" / "double", work / "base", given.layers)
            started = time.perf_counter()
            words = [sys.executable, "-c", CHILD, str(work / "moi"), kind]
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr[-3000:])
            peak = 1024 * int(re.findall(r"\d+", done.stdout)[-1])
            row = {"layers": given.layers, "peak_bytes": peak, "bar_bytes": BAR, "held": peak <= BAR}
            rows[kind] = {**row, "largest_tensor": LARGEST, "seconds": time.perf_counter() - started}
            print(kind, json.dumps(rows[kind]), flush=True)
    write_result("merging", rows)
    sys.exit(not all(row["held"] for row in rows.values()))


if __name__ == "__main__":
    main()
