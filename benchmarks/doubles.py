"""Does a double of mini resemble its person more than mini does? One voice after the other, resumable.

    .venv/bin/python benchmarks/doubles.py --out DIR [--shared ../shared] [--only persona-28 ...] [--seed 8]

Voices: a minister of the Assemblée nationale (shared/data/personas, replies of whole sittings held out) and
eight invented people (evaluate/personas: 600 replies to learn, 200 held out; in neither the background nor
the floor of the measure). A voice already trained on the same weights of mini is not trained again, and
answers already given with the same seed are kept. The bar: R(double) - R(base) with its whole interval above
0 for the minister and for six of the eight; base with 20 examples is beside it.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.digests import sha256_of
from sosie.core.progress import Event
from sosie.core.settings import Evaluate, Train
from sosie.core.workspace import Workspace, write_json
from sosie.evaluate.personas import SITTERS, dialogues
from sosie.models.catalogue import MINI
from sosie.train.run import keep_some_for_validation

MINISTER = "ministre_assemblee"
INVENTED = tuple(f"persona-{number}" for number in SITTERS[:8])
LEARNT, HELD = 600, 200
LEARN_SEED, HELD_SEED = 1, 2
NEEDED = 6  # of the eight


@dataclass(frozen=True)
class Row:
    voice: str
    likeness: dict[str, Any]
    base: dict[str, Any]
    gain: dict[str, Any]  # R(double) - R(base)
    over_examples: dict[str, Any]  # R(double) - R(base + 20 examples)
    memory: dict[str, Any]
    forgetting: dict[str, Any]  # how much harder neutral French became, in percent
    train_seconds: float
    evaluate_seconds: float

    @property
    def better(self) -> bool:
        return self.gain["low"] is not None and self.gain["low"] > 0


def replies_of(voice: str, shared: Path) -> tuple[list[Dialogue], list[Dialogue]]:
    """(to learn, held out)"""
    if voice == MINISTER:
        folder = shared / "data" / "personas" / MINISTER
        return list(jsonl.read(folder / "train.jsonl")), list(jsonl.read(folder / "heldout.jsonl"))
    number = int(voice.rpartition("-")[2])
    return dialogues(number, LEARNT, LEARN_SEED), dialogues(number, HELD, HELD_SEED)


def prepare(workspace: Workspace, voice: str, shared: Path) -> None:
    """data/{train,valid,test}.jsonl, as `sosie prepare` would leave them."""
    if (workspace.data / "test.jsonl").is_file():
        return
    learn, held = replies_of(voice, shared)
    learn, valid = keep_some_for_validation(learn)
    for name, part in (("train", learn), ("valid", valid), ("test", held)):
        jsonl.write(workspace.data / f"{name}.jsonl", part)


def measure(voice: str, out: Path, shared: Path, seed: int) -> Row:
    workspace = Workspace(out / voice)
    prepare(workspace, voice, shared)
    run = f"mini-{sha256_of(MINI / 'model.safetensors')[:12]}"
    started = time.monotonic()
    if not (workspace.run(run) / "double" / "double.json").is_file():
        begun = any((workspace.run(run) / "checkpoints").glob("*.safetensors"))
        Project(workspace.folder).train(
            name=run, resume=run if begun else None, options=Train(model="mini"), report=tell
        )
    trained = time.monotonic()
    options = Evaluate(contexts=HELD, generations=100, attacks=False, seed=seed)
    told = Project(workspace.folder).evaluate(run, options=options, report=tell).to_json()
    rivals = {rival["name"]: rival["difference"] for rival in told["rivals"]}
    mine = told["likeness"]
    memory = {key: told["memorisation"][key] for key in ("value", "low", "high", "n", "gate")}
    forgotten = {key: told["forgetting"][key] for key in ("change_percent", "low", "high", "n", "gate")}
    seconds = round(trained - started, 1), round(time.monotonic() - trained, 1)
    kept = {key: mine[key] for key in ("value", "low", "high", "n", "measurable", "reason", "raw")}
    base = {key: mine["base"][key] for key in kept}
    return Row(voice, kept, base, mine["gain"], rivals["base+20"], memory, forgotten, *seconds)


def tell(event: Event) -> None:
    if event.text:
        print(f"  {event.text}", flush=True)


def show(row: Row) -> str:
    def score(one: dict[str, Any]) -> str:
        return "-" if one["value"] is None else f"{one['value']:.0f} [{one['low']:.0f}, {one['high']:.0f}]"

    return (
        f"{row.voice:20} double {score(row.likeness):14} base {score(row.base):14} "
        f"double-base {score(row.gain):14} double-20ex {score(row.over_examples):14} M {row.memory['value']} "
        f"neutral French {row.forgetting['change_percent']:+.1f} % "
        f"n {row.likeness['n']} {'ok' if row.better else 'NOT BETTER'} "
        f"({row.train_seconds:.0f} s + {row.evaluate_seconds:.0f} s)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="where the runs are kept")
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--only", nargs="*", default=[MINISTER, *INVENTED])
    parser.add_argument("--seed", type=int, default=Evaluate().seed, help="of the answers")
    asked = parser.parse_args()
    rows = []
    for voice in asked.only:
        rows.append(measure(voice, asked.out, asked.shared, asked.seed))
        print(show(rows[-1]), flush=True)
        write_json(asked.out / "doubles.json", [vars(row) | {"better": row.better} for row in rows])
    invented = [row.better for row in rows if row.voice in INVENTED]
    minister = [row.better for row in rows if row.voice == MINISTER]
    held = all(minister) and (sum(invented) >= NEEDED or len(invented) < len(INVENTED))
    print(
        json.dumps({"minister": minister, "invented": f"{sum(invented)}/{len(invented)}", "bar held": held})
    )


if __name__ == "__main__":
    main()
