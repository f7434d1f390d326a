"""The lexicon that ships with mini: the words of the texts that it was trained on.

    python -m tools.mini.lexicon [--shared ../shared]      writes src/sosie/models/mini/lexicon.txt.xz

A word stands when it comes at least AT_LEAST times in the sources of tools/mini/corpus.py (whose licences are
in ATTRIBUTION.md: nothing share-alike) or in dialogues of tools/mini/everyday, and in its list of texting.
"""

import argparse
import lzma
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sosie.models.catalogue import MINI
from sosie.models.lexicon import LEXICON, words_of
from tools.mini.corpus import SOURCES, read_source
from tools.mini.everyday import dialogues

AT_LEAST = 3
EVERYDAY, SEED = 12000, 1
TEXTING = Path(__file__).parent / "texting.txt"


def lines(folder: Path) -> Iterator[str]:
    for source in SOURCES:
        for record in read_source(folder, source):
            yield from record.lines
    for record in dialogues(SEED, EVERYDAY):
        yield from record.lines


def words(folder: Path) -> list[str]:
    counts = Counter(word for line in lines(folder) for word in words_of(line))
    texting = words_of(TEXTING.read_text(encoding="utf-8"))
    return sorted({*(word for word, count in counts.items() if count >= AT_LEAST), *texting})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[3] / "shared")
    asked = parser.parse_args()
    found = words(asked.shared / "data" / "fr")
    packed = lzma.compress("\n".join(found).encode(), preset=9 | lzma.PRESET_EXTREME)
    (MINI / LEXICON).write_bytes(packed)
    print(f"{len(found)} words, {len(packed)} bytes")


if __name__ == "__main__":
    main()
