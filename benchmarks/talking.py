"""How should a double draw its words to be read? Sense against likeness, on folders with a double of mini.

    .venv/bin/python -m benchmarks.talking FOLDER... [--answers 500] [--ways 0.7/0.1/1.15 ...]

A way is TEMPERATURE/MIN_P/REPETITION_PENALTY. For each folder and way of drawing, the same contexts and
seeds, as told and with openings as cold as the rest: R of the double on its held-out contexts, and, over so
many answers, the share of words that stand neither in mini's lexicon nor in what the person wrote, of answers
that end by themselves, and of those that turn in circles. The first way is that of the measures, without the
lexicon. « base » is mini alone, drawn as in `sosie chat`. Prints JSON lines.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sosie.core.sampling import TALKING, Sampling, to_be_read
from sosie.core.settings import Evaluate
from sosie.core.workspace import Workspace
from sosie.evaluate import inputs
from sosie.evaluate.heldout import held_out
from sosie.evaluate.inputs import other_people
from sosie.evaluate.measures.likeness import measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.models.catalogue import MINI
from sosie.models.doubles import need_double, run_of
from sosie.models.lexicon import lexicon_of, words_of
from tools.mini.evaluate import loops

TOGETHER = 16  # answers written side by side
DRAWN = ("temperature", "min_p", "repetition_penalty")
SHOWN = (*DRAWN, "opening_scale", "real_words")
WAYS = ("0.6/0.1/1.15", "0.7/0.1/1.0", "0.7/0.1/1.15", "0.8/0.1/1.15", "0.8/0.2/1.15", "0.9/0.1/1.15")


def answers(engine: Any, turns: Sequence[Any], sampling: Sampling) -> list[str]:
    """In the order of `turns`; those of about one length are written together."""
    order = sorted(range(len(turns)), key=lambda place: sum(len(turn.text) for turn in turns[place]))
    said = [""] * len(turns)
    for start in range(0, len(order), TOGETHER):
        places = order[start : start + TOGETHER]
        for place, text in zip(
            places, engine.answers([turns[p] for p in places], sampling, places), strict=True
        ):
            said[place] = text
    return said


def shares(engine: Any, texts: Sequence[str], known: set[str], most: int) -> dict[str, float]:
    said = [word for text in texts for word in words_of(text)]
    return {
        "answers": len(texts),
        "unknown_words": round(sum(word not in known for word in said) / max(1, len(said)), 4),
        "ended": round(sum(engine.tokens(text) < most for text in texts) / len(texts), 4),
        "loops": round(sum(map(loops, texts)) / len(texts), 4),
    }


def rows(folder: Path, count: int, ways: Sequence[str]) -> None:
    """Every way for one folder, and the base as it talks."""
    manifest = need_double(Workspace(folder), None)
    data = inputs.of_folder(Workspace(folder), run_of(manifest))
    options = Evaluate(contexts=200)
    held = held_out(data.held, options.contexts, options.seed)
    reference = make_reference(held.truth, other_people(data), options.seed)
    engine = inputs.subject(manifest).engine
    turns = list(islice(cycle(context.turns for context in held.contexts), max(count, len(held.contexts))))
    lexicon = lexicon_of(MINI)
    assert lexicon is not None, "mini ships its lexicon"
    french = {*lexicon.words}
    known = french | {
        word for dialogue in data.train for reply in dialogue.replies for word in words_of(reply)
    }
    numbers = [dict(zip(DRAWN, map(float, way.split("/")), strict=True)) for way in ways]
    talking = [replace(to_be_read(manifest.sampling), **drawn) for drawn in numbers]
    talking += [replace(way, opening_scale=1.0) for way in talking]
    for way in (manifest.sampling, *talking):
        texts = answers(engine, turns, way)
        score = measure_likeness(reference, texts[: len(held.contexts)]).to_json()
        row = {name: score[name] for name in ("raw", "raw_low", "raw_high", "n")}
        drawn = {name: getattr(way, name) for name in SHOWN}
        print(
            json.dumps(
                {"folder": folder.name, **drawn, **row, **shares(engine, texts, known, way.max_tokens)}
            ),
            flush=True,
        )
    texts = answers(engine.base, turns, TALKING)
    print(json.dumps({"folder": folder.name, "base": shares(engine, texts, french, 256)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--answers", type=int, default=500)
    parser.add_argument("--ways", nargs="+", default=WAYS)
    asked = parser.parse_args()
    for folder in asked.folders:
        rows(folder, asked.answers, asked.ways)


if __name__ == "__main__":
    main()
