"""One variant in a process of its own; prints one JSON line.

python -m benchmarks.gpu.child NAME SIZE WORK DEVICE
"""

import importlib
import json
import sys
import time
from pathlib import Path

from benchmarks.gpu.report import versions
from benchmarks.gpu.setting import SIZES, Ground
from benchmarks.gpu.variants import VARIANTS


def main() -> None:
    name, size, work, device = sys.argv[1:]
    variant = next(one for one in VARIANTS if one.name == name)
    started = time.perf_counter()
    side = importlib.import_module(f"benchmarks.gpu.side_{variant.side}")
    imported = time.perf_counter() - started
    if variant.capped and device == "cuda":
        from benchmarks.gpu.meter import play_t4

        play_t4()
    told = side.run(variant, Ground(Path(work), device, SIZES[size]))
    print(json.dumps({"import_seconds": imported, **told, "versions": versions()}))


if __name__ == "__main__":
    main()
