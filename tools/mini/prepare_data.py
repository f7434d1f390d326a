"""From the raw sources to the text that sosie-mini learns, and the text that it never sees.

    python -m tools.mini.prepare_data --fr ../shared/data/fr --voices ../shared/data/personas --to work/mini

Order: held-out split first, then what shares text with a voice is dropped (both sides), then training records
that repeat the held-out side, then duplicates. Writes heldout.jsonl, train.jsonl and data.json (the counts).
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tools.mini.corpus import EVERY, SOURCES, Record, read_source
from tools.mini.everyday import dialogues
from tools.mini.overlap import all_runs, plain, runs, shared

VOICE_RUN, VOICE_LIMIT = 7, 3  # three runs of seven words in common with one file of a voice: out
HELD_OUT_RUN = 13
EVERYDAY_SEED, EVERYDAY_COUNT = 1, 20_000
LONG_LINE = 6  # words: a shorter line of a document (« Oui. ») may well come twice


def main() -> None:
    options = arguments()
    kept = list(
        without_voices(read_all(options.fr), voice_runs(options.voices), excluded_ids(options.voices))
    )
    held = [record for record in kept if record.held_out]
    train = list(without_copies(without_held_out((r for r in kept if not r.held_out), held), held))
    options.to.mkdir(parents=True, exist_ok=True)
    write(options.to / "heldout.jsonl", held)
    write(options.to / "train.jsonl", train)
    counts = {"heldout": tally(held), "train": tally(train)}
    (options.to / "data.json").write_text(json.dumps(counts, ensure_ascii=False, indent=1), encoding="utf-8")
    for source in EVERY:
        print(f"{source:18} train {counts['train'].get(source)}  held out {counts['heldout'].get(source)}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fr", type=Path, default=Path("../shared/data/fr"), help="folder of the sources")
    parser.add_argument(
        "--voices", type=Path, default=Path("../shared/data/personas"), help="voices left out"
    )
    parser.add_argument("--to", type=Path, default=Path("work/mini"))
    return parser.parse_args()


def read_all(folder: Path) -> Iterator[Record]:
    for source in SOURCES:
        yield from read_source(folder, source)
    yield from dialogues(seed=EVERYDAY_SEED, count=EVERYDAY_COUNT)


def voice_runs(folder: Path) -> list:
    """The 7-word runs of each file (train, heldout) of each voice."""
    files = sorted(folder.glob("*/*.jsonl"))
    return [all_runs(map(messages_text, file.read_text("utf-8").splitlines()), VOICE_RUN) for file in files]


def messages_text(line: str) -> str:
    return "\n".join(message["content"] for message in json.loads(line)["messages"])


def excluded_ids(folder: Path) -> tuple[str, ...]:
    return tuple(json.loads((folder / "exclude_ids.json").read_text("utf-8"))["id_prefixes"])


def without_voices(records: Iterable[Record], voices: list, prefixes: tuple[str, ...]) -> Iterator[Record]:
    for record in records:
        found = runs("\n".join(record.lines), VOICE_RUN)
        known = bool(prefixes) and record.id.startswith(prefixes)
        if not known and all(shared(found, voice) < VOICE_LIMIT for voice in voices):
            yield record


def without_held_out(records: Iterable[Record], held: list[Record]) -> Iterator[Record]:
    known = all_runs(("\n".join(record.lines) for record in held), HELD_OUT_RUN)
    return (r for r in records if not shared(runs("\n".join(r.lines), HELD_OUT_RUN), known))


def without_copies(records: Iterable[Record], held: list[Record]) -> Iterator[Record]:
    """Each line once over all sources: a dialogue is dropped whole, a document loses the line.

    The dialogues of the novels are also in the novels: they are compared among themselves only.
    """
    seen = {plain(line) for record in held for line in record.lines}
    seen_dialogues = {plain(" ".join(r.lines)) for r in held if r.turns}
    for record in records:
        if record.turns:
            whole = plain(" ".join(record.lines))
            if whole not in seen_dialogues:
                seen_dialogues.add(whole)
                yield record
        elif text := "\n".join(new_lines(record.text.split("\n"), seen)):
            yield replace(record, text=text)


def new_lines(lines: list[str], seen: set[str]) -> Iterator[str]:
    for line in lines:
        known = plain(line)
        if known in seen and (len(lines) == 1 or known.count(" ") >= LONG_LINE - 1):
            continue
        seen.add(known)
        yield line


def write(path: Path, records: list[Record]) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.writelines(record.to_json() + "\n" for record in records)


def tally(records: list[Record]) -> dict[str, dict[str, int]]:
    count, size = Counter[str](), Counter[str]()
    for record in records:
        count[record.source] += 1
        size[record.source] += sum(len(line.encode()) for line in record.lines)
    return {source: {"records": count[source], "bytes": size[source]} for source in EVERY if count[source]}


if __name__ == "__main__":
    main()
