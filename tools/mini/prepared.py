"""What training needs from the prepared text, made once and kept beside it: tokenizer and token streams."""

from hashlib import sha256
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from tools.mini.corpus import EVERY, VOICES, Record, from_json
from tools.mini.packing import Stream, to_stream
from tools.mini.recipe import Recipe
from tools.mini.tokenizer import corpus_lines, save_tokenizer, train_tokenizer

TEXTING = Path(__file__).with_name("texting.txt")


def load_tokenizer(data: Path, recipe: Recipe, start: Path | None = None) -> Tokenizer:
    """That of the weights to go on from, else the one of these texts."""
    path = (start or data / "tokenizer") / "tokenizer.json"
    if start is None and not path.exists():
        tokenizer = train_tokenizer(corpus_lines(data / "train.jsonl", TEXTING), recipe.model["vocabulary"])
        save_tokenizer(tokenizer, path.parent, recipe.model["context"])
    return Tokenizer.from_file(str(path))


def read_records(path: Path) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    with path.open(encoding="utf-8") as lines:
        for record in map(from_json, lines):
            found.setdefault(record.source, []).append(record)
    return found


def load_streams(data: Path, tokenizer: Tokenizer, recipe: Recipe) -> dict[str, Stream]:
    """Token streams of every source that a phase names."""
    wanted = sorted({source for phase in recipe.phases for source in phase.shares})
    records = read_records(data / "train.jsonl")
    if VOICES in wanted:
        records |= read_records(data / f"{VOICES}.jsonl")
    return {
        source: kept_stream(data, tokenizer, source, records.get(source, []), recipe) for source in wanted
    }


def kept_stream(
    data: Path, tokenizer: Tokenizer, source: str, records: list[Record], recipe: Recipe
) -> Stream:
    mark = sha256((tokenizer.to_str() + "".join(r.to_json() for r in records)).encode()).hexdigest()[:16]
    path = data / "streams" / f"{source}-{mark}.npz"
    if path.exists():
        return Stream(**np.load(path))
    stream = to_stream(tokenizer, records, recipe.seed + (*EVERY, VOICES).index(source))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, ids=stream.ids, learn=stream.learn)
    return stream
