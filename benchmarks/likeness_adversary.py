"""Text tuned on R: does the verdict let it pass? One draft of eight is chosen for each message.

    python -m benchmarks.likeness_adversary WORKSPACE ... [--run one] [--drafts 8] [--cases 4]

The adversary knows how R is computed and the person's training replies, and nothing of the replies held out.
It chooses one draft a message so that the set is nearest to those replies in the energy distance of R, goes
over all messages again until nothing moves, and is judged as any double is. Each case is another set of
drafts of the double, or another draw of the training replies that it looks at. Bar: 20 of 20 not green.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.train import HERE, commit
from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.workspace import Workspace, write_json
from sosie.engines.base import open_engine
from sosie.evaluate.heldout import Context, Held, held_out
from sosie.evaluate.measures.leaks import Secrets, scan
from sosie.evaluate.measures.likeness import likeness_and_base
from sosie.evaluate.measures.memorisation import memorisation
from sosie.evaluate.measures.referee import referee
from sosie.evaluate.measures.reference import background_space, make_reference
from sosie.evaluate.verdict import headline, light
from sosie.style.distance import distances
from sosie.style.words import SHORTEST_WORDS, count_words, tidy

SWEEPS = 6
LEARNT = 400  # training replies looked at


def herd(drafts: Sequence[Sequence[str]], learnt: Sequence[str], seed: int = 7) -> list[str]:
    """`drafts[k][i]` answers message i -> one answer a message, the set nearest to `learnt` by energy."""
    n, count = len(drafts[0]), len(drafts)
    texts = [tidy(draft[place]) for draft in drafts for place in range(n)]
    usable = np.array([count_words(text) >= SHORTEST_WORDS for text in texts])
    space, chance = background_space(), Random(seed)
    placed = space.embed(texts)
    targets = [tidy(text) for text in chance.sample(list(learnt), min(LEARNT, len(learnt)))]
    aim = space.embed([text for text in targets if count_words(text) >= SHORTEST_WORDS])
    to_aim, among = distances(placed, aim).mean(axis=1), distances(placed, placed)
    choice = np.array([chance.randrange(count) for _ in range(n)]) * n + np.arange(n)
    for _ in range(SWEEPS):
        before = choice.copy()
        for place in chance.sample(range(n), n):
            rest = np.delete(choice, place)
            rest = rest[usable[rest]]
            options = np.arange(count) * n + place
            cost = to_aim[options] - among[np.ix_(options, rest)].mean(axis=1)
            cost[~usable[options]] = cost.max() + 1
            choice[place] = options[cost.argmin()]
        if (choice == before).all():
            break
    return [drafts[at // n][at % n] for at in choice]


@dataclass(frozen=True)
class Examined:
    """What the verdict needs of a person, whatever the answers."""

    contexts: tuple[Context, ...]
    learnt: list[str]
    base: list[str]

    def judge(self, given: Sequence[str]) -> dict[str, Any]:
        truth = [context.reply for context in self.contexts]
        judged = (
            likeness_and_base(make_reference(truth), given, self.base),
            referee(given, self.base, self.contexts, list(enumerate(self.learnt))),
            memorisation(given, truth, self.learnt),
            scan(list(given), Secrets.of([])),
        )
        return {
            "verdict": light(*judged),
            "headline": headline(*judged),
            "R": judged[0].raw and round(judged[0].raw, 1),
            "c2st": judged[1].c2st and round(judged[1].c2st, 3),
            "high": judged[1].high and round(judged[1].high, 3),
            "unknown": judged[1].unknown_words,
            "M": judged[2].value and round(judged[2].value, 1),
        }


def drafts_of(workspace: Workspace, run: str, held: Held, count: int) -> dict[str, list[Any]]:
    """`count` answers of the double to each message and one of its base; kept, as they take minutes."""
    path = workspace.folder / "drafts.json"
    kept: dict[str, list[Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    kept.setdefault("drafts", [])
    if len(kept["drafts"]) < count or "base" not in kept:
        double = Double.read(workspace.run(run) / "double")
        engine, turns = open_engine(double), [context.turns for context in held.contexts]
        for draw in range(len(kept["drafts"]), count):
            seeds = [1000 * draw + place for place in range(len(turns))]
            kept["drafts"].append(engine.answers(turns, double.sampling, seeds))
        if "base" not in kept:
            seeds = [777 + place for place in range(len(turns))]
            kept["base"] = engine.base.answers(turns, double.sampling, seeds)  # type: ignore[attr-defined]
        write_json(path, kept)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--run", default="one")
    parser.add_argument("--drafts", type=int, default=8)
    parser.add_argument("--cases", type=int, default=4, help="of each folder")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for folder in asked.folders:
        workspace = Workspace(folder)
        held = held_out(list(jsonl.read(workspace.data / "test.jsonl")), 200, 7)
        learnt = [reply for talk in jsonl.read(workspace.data / "train.jsonl") for reply in talk.replies]
        kept = drafts_of(workspace, asked.run, held, asked.drafts)
        seen = Examined(held.contexts, learnt, kept["base"])
        rows.append({"voice": folder.name, "case": "one draft", **seen.judge(kept["drafts"][0])})
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
        for case in range(asked.cases):
            given = herd(kept["drafts"][: asked.drafts], learnt, seed=case)
            rows.append({"voice": folder.name, "case": f"tuned {case}", **seen.judge(given)})
            print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    tuned = [row["verdict"] for row in rows if row["case"] != "one draft"]
    told = {
        "commit": commit(),
        "drafts": asked.drafts,
        "rows": rows,
        "green": tuned.count("green"),
        "of": len(tuned),
    }
    write_json(
        HERE / "results" / f"likeness-adversary-{datetime.now(UTC):%Y%m%d-%H%M%S}.json", told, mode=0o644
    )
    print(f"green: {told['green']} of {told['of']}")


if __name__ == "__main__":
    main()
