"""What would more data bring? mini, trained on 25 to 400 replies of two voices, measured on held-out ones.

    python benchmarks/learning_curve.py --shared ../shared [--voices oral_h23 cyrano] [--sizes 25 50 100 200]

A voice's dialogues are cut into pieces of a few replies, shuffled, and taken until the size is reached: the
smaller sizes are parts of the larger ones. The default recipe; held-out replies choose the epoch kept, as the
validation set does for a user. What train/learning_curve.py says comes from here.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.digests import sha256_of
from sosie.core.settings import Train
from sosie.core.workspace import write_json
from sosie.models.catalogue import MINI, find
from sosie.train.run import train

HERE = Path(__file__).parent
PIECE_TURNS = 8
HELD_REPLIES = 120
SEED = 7


def pieces(dialogues: Sequence[Dialogue]) -> list[Dialogue]:
    """Every dialogue in parts of at most 8 turns that begin with the other person, in one fixed disorder."""

    def cut(dialogue: Dialogue) -> Iterator[Dialogue]:
        turns = dialogue.turns[dialogue.turns[0].role == "system" :]
        for start in range(0, len(turns), PIECE_TURNS):
            part = turns[start : start + PIECE_TURNS]
            if any(turn.role == "assistant" for turn in part):
                yield Dialogue(part)

    made = [part for dialogue in dialogues for part in cut(dialogue)]
    Random(SEED).shuffle(made)
    return made


def first(dialogues: Sequence[Dialogue], replies: int) -> list[Dialogue]:
    """As many dialogues as it takes to have that many replies."""
    taken: list[Dialogue] = []
    for dialogue in dialogues:
        if sum(len(d.replies) for d in taken) >= replies:
            break
        taken.append(dialogue)
    return taken


def measured(voice: str, shared: Path, sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    folder = shared / "data" / "personas" / voice
    learn = pieces(list(jsonl.read(folder / "train.jsonl")))
    held = first(pieces(list(jsonl.read(folder / "heldout.jsonl"))), HELD_REPLIES)
    for size in sizes:
        own = first(learn, size)
        with tempfile.TemporaryDirectory() as place:
            done = train(own, held, find("mini"), Train(model="mini", seed=SEED), Path(place) / "run")
        yield {
            "voice": voice,
            "replies": sum(len(d.replies) for d in own),
            "held": sum(len(d.replies) for d in held),
            "before": done.valid_loss_before,
            "after": done.valid_loss,
            "steps": done.steps,
            "seconds": done.seconds,
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--voices", nargs="+", default=["oral_h23", "cyrano"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[25, 50, 100, 200, 400])
    asked = parser.parse_args()
    rows = []
    for voice in asked.voices:
        for row in measured(voice, asked.shared, asked.sizes):
            rows.append(row)
            print(json.dumps(row), flush=True)
    result = {"mini": sha256_of(MINI / "model.safetensors"), "seed": SEED, "rows": rows}
    write_json(HERE / "results" / f"learning-curve-{datetime.now(UTC):%Y%m%d-%H%M%S}.json", result)


if __name__ == "__main__":
    main()
