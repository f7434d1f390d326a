"""The mean of several trained folders: nearer to French than each of them, at no cost.

    python -m tools.mini.average work/mini_a work/mini_b --to src/sosie/models/mini [--weights 1 2]

Runs that branched from the same weights lie in one valley; their mean is flatter and has forgotten what each
had learnt by heart (model soups, arXiv 2203.05482). Everything but the weights is the last folder's.
"""

import argparse
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--weights", type=float, nargs="+", help="one a folder; equal by default")
    options = parser.parse_args()
    average(options.folders, options.weights or [1.0] * len(options.folders), options.to)


def average(folders: list[Path], weights: list[float], to: Path) -> None:
    parts = [load_file(folder / WEIGHTS) for folder in folders]
    shares = [weight / sum(weights) for weight in weights]
    mean = {
        name: sum(share * part[name].float() for share, part in zip(shares, parts, strict=True))
        for name in parts[-1]
    }
    if to != folders[-1]:
        shutil.copytree(folders[-1], to, dirs_exist_ok=True)
    kept = {name: tensor.to(parts[-1][name].dtype).contiguous() for name, tensor in mean.items()}
    save_file(kept, to / WEIGHTS, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
