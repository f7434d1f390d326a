"""How many planted private strings the masks miss, and how many ordinary sentences they touch.

    python -m benchmarks.masks [--shared ../shared]    ->    benchmarks/results/masks-DATE.json

400 strings of each class of mask_plants.py, drawn anew by each of --seeds; 20,000 ordinary sentences of
the shared French text (left out where it is not here); the sentences of hard_negatives.txt, which look
private and are not.
Seconds of processor are of `find` on 200,000 ordinary sentences, one thread.
"""

import argparse
import json
import lzma
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.mask_plants import CLASSES, is_masked, planted
from sosie.prepare.pii.detectors import find

HERE = Path(__file__).parent
PLANTED, ORDINARY, TIMED = 400, 20_000, 200_000


def recall(seed: int) -> dict[str, float]:
    """The share masked, by class."""
    shares = {}
    for name in CLASSES:
        pairs = list(planted(name, Random(f"{name} {seed}"), PLANTED))
        hidden = [is_masked(text, secret, [(f.start, f.end) for f in find(text)]) for text, secret in pairs]
        shares[name] = sum(hidden) / len(hidden)
    return shares


def ordinary(folder: Path) -> Iterator[str]:
    """The lines of the shared French text."""
    for path in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for record in map(json.loads, file):
                texts = [record["text"]] if "text" in record else [m["content"] for m in record["messages"]]
                yield from (line for text in texts for line in text.splitlines() if line.strip())


def hard_negatives() -> list[str]:
    return (HERE / "hard_negatives.txt").read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Measures, prints and keeps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    options = parser.parse_args()
    result: dict[str, object] = {
        "planted": PLANTED,
        "recall": {seed: recall(seed) for seed in options.seeds},
        "hard_negatives": len(hard_negatives()),
        "hard_negatives_altered": [text for text in hard_negatives() if find(text)],
    }
    if lines := list(ordinary(options.shared / "data" / "fr")):
        Random(7).shuffle(lines)
        start = time.process_time()
        altered = [bool(find(text)) for text in lines[:TIMED]]
        result |= {
            "seconds_for_200000": round(time.process_time() - start, 2),
            "ordinary": ORDINARY,
            "ordinary_altered": sum(altered[:ORDINARY]),
            "altered_of_200000": sum(altered),
        }
    text = json.dumps(result, ensure_ascii=False, indent=1)
    path = HERE / "results" / f"masks-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
