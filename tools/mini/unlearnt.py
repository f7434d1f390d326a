"""Takes out of a byte-level BPE tokenizer the pieces that its model never met.

    python -m tools.mini.unlearnt src/sosie/models/mini

The texting words and emoji of texting.txt have a piece each, and some never came in the training texts. LoRA
leaves embeddings as they are, so that a double cannot learn to write such a piece, however often its person
does. Without its merge, « hihi » is « hi » and « hi », which both are learnt: ids stay what they are, and so
do the weights, and texts without those pieces are read as before.

A row of the (tied) embedding that nothing ever pulled on only drifts: it is longer than LONGEST, where every
learnt one is shorter. A merge that makes a part of a learnt piece stays.
"""

import argparse
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

LONGEST = 5.0
Merge = list[str]


def without_merges(merges: Iterable[Merge], unlearnt: Collection[str]) -> list[Merge]:
    """The merges but those that make an unlearnt piece, unless a learnt one is made of it."""
    merges = list(merges)
    parts = {first + second: (first, second) for first, second in merges}
    needed, left = set(), [piece for piece in parts if piece not in unlearnt]
    while left:
        for part in set(parts.get(left.pop(), ())) - needed:
            needed.add(part)
            left.append(part)
    return [merge for merge in merges if "".join(merge) not in unlearnt or "".join(merge) in needed]


def unlearnt_pieces(folder: Path, vocabulary: dict[str, int]) -> set[str]:
    lengths = load_file(folder / "model.safetensors")["model.embed_tokens.weight"].float().norm(dim=1)
    return {piece for piece, number in vocabulary.items() if lengths[number] >= LONGEST}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    path = folder / "tokenizer.json"
    made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    model, before = made["model"], len(made["model"]["merges"])
    model["merges"] = without_merges(model["merges"], unlearnt_pieces(folder, model["vocab"]))
    path.write_text(json.dumps(made, ensure_ascii=False, indent=2), encoding="utf-8")
    print(f"{before - len(model['merges'])} merges of {before} taken out")


if __name__ == "__main__":
    main()
