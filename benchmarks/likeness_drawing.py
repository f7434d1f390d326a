"""How a double is drawn: what more of the adapter, or of what it changes, brings to R and to the referee.

    python -m benchmarks.likeness_drawing WORKSPACE ... [--run one] [--draws 2]

strength w    the adapter's weights times w
contrast w    log-probabilities base + w (double - base), among the tokens that the double finds at least
              a tenth as likely as its likeliest (Li et al., "Contrastive decoding", ACL 2023): two forwards a
              token

On the validation replies of a folder, so that the best value is not chosen on the test. Results go to
results/likeness-drawing-*.json.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.train import HERE, commit
from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.workspace import Workspace, write_json
from sosie.engines.base import open_engine
from sosie.engines.local import Local
from sosie.evaluate.heldout import Held, held_out
from sosie.evaluate.measures.classifier_test import tell_apart
from sosie.evaluate.measures.likeness import measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.evaluate.measures.unknown_words import unknown_words

PLAUSIBLE = 0.1  # of the likeliest token's probability


@dataclass(frozen=True)
class Way:
    strength: float = 1.0
    contrast: float = 1.0
    temperature: float | None = None  # that of the double
    real_words: bool = False


WAYS = {
    "as learnt": Way(),
    "real words": Way(real_words=True),
    "strength 0.8": Way(0.8),
    "strength 1.1": Way(1.1),
    "strength 1.2": Way(1.2),
    "strength 1.5": Way(1.5),
    "strength 1.2, temperature 1": Way(1.2, temperature=1.0),
    "strength 1.2, real words": Way(1.2, real_words=True),
    "contrast 1.25": Way(contrast=1.25),
    "contrast 1.5": Way(contrast=1.5),
    "temperature 1": Way(temperature=1.0),
}


class TwoViews:
    """A model's runner whose next logits are those of the double, pushed away from the base's."""

    def __init__(self, runner: Any, weight: float) -> None:
        self._runner, self._weight = runner, weight

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    def new_cache(self) -> Any:
        cache = self._runner.new_cache()
        cache.of_base = self._runner.new_cache()
        keep = cache.batch_select_indices

        def select(indices: Any) -> None:
            keep(indices)
            cache.of_base.batch_select_indices(indices)

        cache.batch_select_indices = select
        return cache

    def next_logits(self, rows: Any, cache: Any, strength: float, attention_mask: Any = None) -> Any:
        import torch

        double = self._runner.next_logits(rows, cache, strength, attention_mask).log_softmax(-1)
        base = self._runner.next_logits(rows, cache.of_base, 0.0, attention_mask).log_softmax(-1)
        pushed = base + self._weight * (double - base)
        least = double.max(-1, keepdim=True).values + torch.log(torch.tensor(PLAUSIBLE))
        return torch.where(double >= least, pushed, torch.full_like(pushed, -1e9))


def drawn(engine: Local, way: Way, turns: Sequence[Any], double: Double, draw: int) -> list[str]:
    warm = double.sampling.temperature if way.temperature is None else way.temperature
    sampling = replace(double.sampling, temperature=warm, real_words=way.real_words)
    view = engine.at(way.strength)
    if way.contrast != 1:
        view._runner = TwoViews(engine._runner, way.contrast)  # type: ignore[assignment]
    return view.answers(turns, sampling, [1000 * draw + place for place in range(len(turns))])


def measured(given: Sequence[str], held: Held, reference: Any, around: Sequence[str]) -> dict[str, Any]:
    groups = [context.conversation for context in held.contexts]
    likeness, area = measure_likeness(reference, given), tell_apart(given, held.truth, groups, groups)
    words = unknown_words(given, held.truth, around)
    return {
        "R": round(likeness.raw or 0, 1),
        "c2st": area and round(area.auc, 3),
        "unknown": words.share and round(words.share, 4),
        "own_unknown": words.own_share and round(words.own_share, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--run", default="one")
    parser.add_argument("--part", default="test")
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--only", nargs="*", choices=WAYS, default=list(WAYS))
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    path = HERE / "results" / f"likeness-drawing-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    for folder in asked.folders:
        workspace = Workspace(folder)
        held = held_out(list(jsonl.read(workspace.data / f"{asked.part}.jsonl")), 200, 7)
        learnt = [reply for talk in jsonl.read(workspace.data / "train.jsonl") for reply in talk.replies]
        reference, turns = make_reference(held.truth), [context.turns for context in held.contexts]
        around = [*learnt, *(context.asked for context in held.contexts)]
        double = Double.read(workspace.run(asked.run) / "double")
        engine = open_engine(double)
        for name in asked.only:
            for draw in range(asked.draws):
                started = time.process_time()
                texts = drawn(engine, WAYS[name], turns, double, draw)
                seconds = round(time.process_time() - started, 1)
                row = {"voice": folder.name, "way": name, "draw": draw, "cpu_seconds": seconds}
                rows.append(row | measured(texts, held, reference, around))
                print(json.dumps(rows[-1]), flush=True)
        write_json(path, {"commit": commit(), "part": asked.part, "rows": rows}, mode=0o644)


if __name__ == "__main__":
    main()
