"""How should words be drawn? Likeness against words that do not exist, on doubles of benchmarks/doubles.py.

    .venv/bin/python -m benchmarks.sampling --out DIR [--shared ../shared] [--only persona-28 ...]

For each voice and way of drawing: R of the double on its person's 200 held-out contexts, the same seeds for
all ways, and the share of its words that stand neither in shared/data/fr (twice at least) nor in what the
person wrote. What raises one raises the other: a way is better where R is higher for as many unknown words.
The last line of each voice is the person's own replies. Prints JSON lines, then the means.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from sosie.core.settings import Evaluate
from sosie.core.workspace import Workspace
from sosie.evaluate import inputs
from sosie.evaluate.answer_cache import Asked, ask
from sosie.evaluate.heldout import held_out
from sosie.evaluate.inputs import other_people
from sosie.evaluate.measures.likeness import measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.models.doubles import need_double, run_of
from tools.mini.real_words import french, share_unknown, words

WAYS = (
    {"temperature": 0.9, "top_p": 0.95},
    *({"temperature": temperature, "min_p": 0.02} for temperature in (1.0, 1.1)),
    *({"temperature": temperature, "min_p": 0.05} for temperature in (1.0, 1.1, 1.2)),
    {"temperature": 1.3, "min_p": 0.07},
)
TOGETHER = 16  # answers written side by side


def answers(engine: Any, asked: Sequence[Asked], way: dict[str, float]) -> list[str]:
    """In the order of `asked`; those of about one length are written together."""
    sampling = replace(engine.sampling, **{"top_p": 1.0, "min_p": 0.0, "repetition_penalty": 1.0, **way})
    order = sorted(range(len(asked)), key=lambda place: sum(len(turn.text) for turn in asked[place].turns))
    given: dict[int, str] = {}
    for start in range(0, len(order), TOGETHER):
        places = order[start : start + TOGETHER]
        group = [asked[place] for place in places]
        texts = engine.answers([one.turns for one in group], sampling, [one.seed for one in group])
        given |= dict(zip(places, texts, strict=True))
    return [given[place] for place in range(len(asked))]


def rows(workspace: Workspace, known: set[str], tell: Callable[[dict[str, Any]], None]) -> None:
    """Every way for one voice."""
    manifest = need_double(workspace, None)
    data = inputs.of_folder(workspace, run_of(manifest))
    options = Evaluate(contexts=200)
    held = held_out(data.held, options.contexts, options.seed)
    reference = make_reference(held.truth, other_people(data), options.seed)
    engine, asked = inputs.subject(manifest).engine, ask(held.contexts, options.seed)
    own = {word for dialogue in data.train for reply in dialogue.replies for word in words(reply)}
    for way in WAYS:
        texts = answers(engine, asked, way)
        score = measure_likeness(reference, texts).to_json()
        found = {name: score[name] for name in ("raw", "raw_low", "raw_high", "n")}
        tell({"way": way, **found, "unknown_words": round(share_unknown(texts, known | own), 4)})
    tell({"way": "person", "unknown_words": round(share_unknown(held.truth, known | own), 4)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="where benchmarks/doubles.py kept its runs")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--only", nargs="*", help="voices; all that are there unless said")
    asked = parser.parse_args()
    known = french(asked.shared / "data" / "fr")
    found: list[dict[str, Any]] = []
    for voice in asked.only or sorted(path.name for path in asked.out.iterdir() if path.is_dir()):

        def tell(row: dict[str, Any], voice: str = voice) -> None:
            found.append({"voice": voice, **row})
            print(json.dumps(found[-1], ensure_ascii=False), flush=True)

        rows(Workspace(asked.out / voice), known, tell)
    for way in WAYS:
        of_way = [row for row in found if row["way"] == way]
        mean, unknown = fmean(row["raw"] for row in of_way), fmean(row["unknown_words"] for row in of_way)
        print(
            json.dumps({"way": way, "voices": len(of_way), "R": round(mean, 1), "unknown": round(unknown, 4)})
        )


if __name__ == "__main__":
    main()
