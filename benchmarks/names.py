"""How many names the masks miss in texting French, and how many ordinary sentences they touch.

    python -m benchmarks.names [--shared ../shared]    ->    benchmarks/results/names-DATE.json

400 lines of each set of name_lines/, drawn anew by each of --seeds, half of them in small letters: set a was
written before the rules, set b after them and never looked at while they were made; d and e with no look at
the rules, which d then mended and e first met so. 30 % of the names are also words (« Rose »). `known`: the
same lines where each name is an author's of the export.
20,000 sentences of Tatoeba and of Framabook (left out where the shared text is not here): `raw` counts every
altered one, true names among them; `altered` writes the altered ones to a file, to be judged by hand.
Microseconds are of processor for a message of texting length, one thread: both passes.
"""

import argparse
import json
import lzma
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.names.names import Names, listed_names

HERE = Path(__file__).parent
LINES, ORDINARY, HOMOGRAPHS = 400, 20_000, 0.3


def words_of(name: str) -> list[str]:
    return (HERE / "name_lines" / f"{name}.txt").read_text(encoding="utf-8").split()


def planted(kind: str, chance: Random) -> Iterator[tuple[str, int, int, bool]]:
    """(line, start, end, whether the name is a word too); every second line in small letters."""
    templates = (HERE / "name_lines" / f"templates_{kind}.txt").read_text(encoding="utf-8").splitlines()
    plain, homographs = words_of(f"names_{kind}"), words_of(f"homographs_{kind}")
    for number in range(LINES):
        word_too = chance.random() < HOMOGRAPHS
        name = chance.choice(homographs if word_too else plain)
        template = chance.choice(templates)
        start = template.index("{}")
        line = template.replace("{}", name)
        yield (line.lower() if number % 2 else line), start, start + len(name), word_too


def recall(kind: str, seed: int, known: bool) -> dict[str, float]:
    """The shares found: all, plain names, names that are words too."""
    lines = list(planted(kind, Random(f"{kind} {seed}")))
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for line, start, end, word_too in lines:
        names = listed_names()
        if known:
            names = _of_authors([line[start:end].title()])
        hits[word_too].append(any(f.start <= start and f.end >= end for f in names.find(line)))
    shares = {"all": hits[True] + hits[False], "plain": hits[False], "homographs": hits[True]}
    return {name: round(sum(found) / len(found), 4) for name, found in shares.items()}


def missed(kind: str, seed: int) -> list[str]:
    """The lines whose name is missed."""
    lines = planted(kind, Random(f"{kind} {seed}"))
    return [
        line
        for line, start, _, _ in lines
        if not any(f.start <= start < f.end for f in listed_names().find(line))
    ]


def _of_authors(authors: Sequence[str]) -> Names:
    heard = ExportNames()
    heard.authors.update(dict.fromkeys(authors))
    return heard.names()


def ordinary(folder: Path, name: str) -> list[str]:
    """The sentences of one file of the shared French text."""
    with lzma.open(folder / f"docs_{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    pieces = (
        piece.strip()
        for text in texts
        for line in text.splitlines()
        for piece in re.split(r"(?<=[.!?…]) +", line)
    )
    return [piece for piece in pieces if piece]


def altered(sentences: Sequence[str], names: Names) -> list[str]:
    """Those that change, with what changes in brackets."""
    shown = []
    for sentence in sentences:
        if found := names.find(sentence):
            for one in reversed(found):
                sentence = f"{sentence[: one.start]}[{sentence[one.start : one.end]}]{sentence[one.end :]}"
            shown.append(sentence)
    return shown


def speed(sentences: Sequence[str]) -> float:
    """Microseconds a message, to hear what the export tells and to find its names."""
    start = time.process_time()
    heard = ExportNames()
    for sentence in sentences:
        heard.hear(sentence)
    names = heard.names()
    for sentence in sentences:
        names.find(sentence)
    return round((time.process_time() - start) / len(sentences) * 1e6, 1)


def main() -> None:
    """Measures, prints and keeps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--sets", nargs="+", default=["a", "b"])
    parser.add_argument("--altered", type=Path, help="a file for the altered sentences")
    parser.add_argument("--missed", action="store_true", help="print the lines whose name is missed")
    options = parser.parse_args()
    if options.missed:
        print(*(line for kind in options.sets for line in missed(kind, options.seeds[0])), sep="\n")
        return
    result: dict[str, object] = {
        "lines": LINES,
        "listed": len({e.person for e in listed_names().entries.values()}),
    }
    for kind in options.sets:
        for known in (False, True):
            result[f"{kind}{' known' if known else ''}"] = {s: recall(kind, s, known) for s in options.seeds}
    folder = options.shared / "data" / "fr"
    if folder.is_dir():
        shown: list[str] = []
        for name in ("tatoeba_phrases", "framabook_cc0"):
            sentences = ordinary(folder, name)
            Random(7).shuffle(sentences)
            changed = altered(sentences[: ORDINARY // 2], listed_names())
            result[f"raw {name}"] = len(changed)
            shown += changed
        result["microseconds"] = speed(ordinary(folder, "tatoeba_phrases")[:ORDINARY])
        if options.altered:
            options.altered.write_text("\n".join(shown) + "\n", encoding="utf-8")
    text = json.dumps(result, ensure_ascii=False, indent=1)
    path = HERE / "results" / f"names-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
