"""Words that do not exist: what a model too small, or drawn too warm, writes now and then."""

import lzma
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def french(folder: Path) -> set[str]:
    """The words that stand at least twice in the texts of shared/data/fr."""
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                counts.update(words(line))
    return {word for word, count in counts.items() if count > 1}


def share_unknown(texts: Iterable[str], known: set[str]) -> float:
    said = [word for text in texts for word in words(text)]
    return sum(word not in known for word in said) / max(1, len(said))
