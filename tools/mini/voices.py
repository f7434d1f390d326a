"""Does sosie-mini learn a voice, and that voice rather than another?

    python -m tools.mini.voices --voices ../shared/data/personas --work work/voices

Trains one double a voice with the default recipe on its train.jsonl, then prints the matrix of losses on
the held-out replies (mean nats a learnt token): a row is a voice's held-out file, a column its reader.
Each voice should be best read by its own double.
"""

import argparse
import json
import shutil
import time
from pathlib import Path

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.settings import Train
from sosie.engines.base import open_engine
from sosie.models.truncation import make_examples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--voices", type=Path, default=Path("../shared/data/personas"))
    parser.add_argument("--work", type=Path, default=Path("work/voices"), help="made anew")
    parser.add_argument("--model", default="mini")
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    voices = sorted(path.name for path in options.voices.iterdir() if path.is_dir())
    seconds = {voice: learn(options, voice) for voice in voices}
    losses = matrix(options, voices)
    show(voices, losses, seconds)
    print(json.dumps({"losses": losses, "seconds": seconds}, ensure_ascii=False))


def learn(options, voice: str) -> float:
    started = time.perf_counter()
    data = options.voices / voice / "train.jsonl"
    Project(options.work).train(data, name=voice, options=Train(model=options.model))
    return round(time.perf_counter() - started, 1)


def matrix(options, voices: list[str]) -> dict[str, dict[str, float]]:
    """losses[voice][reader]; the readers are the base and every voice's double."""
    found: dict[str, dict[str, float]] = {voice: {} for voice in voices}
    for reader in voices:
        engine = open_engine(Double.read(options.work / "runs" / reader / "double"))
        for voice in voices:
            held = held_out(options.voices / voice / "heldout.jsonl", engine)
            found[voice][reader] = mean(engine.losses(held))
            if reader == voices[0]:
                found[voice]["base"] = mean(engine.base.losses(held))
    return found


def held_out(path: Path, engine):
    return [
        example
        for dialogue in jsonl.read(path)
        for example in make_examples(dialogue.turns, engine.tokenizer, engine.template, 1024)
    ]


def mean(losses) -> float:
    return round(sum(loss.nats for loss in losses) / sum(loss.tokens for loss in losses), 4)


def show(voices: list[str], losses: dict[str, dict[str, float]], seconds: dict[str, float]) -> None:
    print(f"{'':20}" + "".join(f"{name[:11]:>12}" for name in ("base", *voices)) + "        gain   seconds")
    gains, right = [], 0
    for voice in voices:
        row = losses[voice]
        gains.append(1 - row[voice] / row["base"])
        right += min(voices, key=lambda reader: row[reader]) == voice
        cells = "".join(f"{row[name]:12.3f}" for name in ("base", *voices))
        print(f"{voice:20}{cells}{gains[-1]:11.1%}{seconds[voice]:10.0f}")
    print(f"best read by its own double: {right} of {len(voices)}; mean gain {sum(gains) / len(gains):.1%}")


if __name__ == "__main__":
    main()
