"""Answers, kept on disk as they come: an evaluation that was stopped goes on, a second one is instant.

runs/NAME/evaluate/answers-double.jsonl   0600: {"key", "context", "text", "cut", "origin"}

`key` is a mark of everything that made the answer: the weights, what was asked, the sampling, the seed. It is
an HMAC, as `context` is, with the project's secret: no word of what was asked can be guessed from them. Where
one of them changes it is asked again, and the old line goes once all are there. Each question has its own
seed, or all answers would begin alike. The same ones are always asked together, so that a machine that rounds
otherwise in another company gives the same answers after a stop.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.core.workspace import closed_folder, full_disk_told, own_file, whole
from sosie.engines.base import Engine
from sosie.engines.few_shot import FewShotEngine
from sosie.evaluate.heldout import Context

TOGETHER = 64  # questions between two writings


@counted
@dataclass(frozen=True, slots=True)
class Asked:
    turns: tuple[Turn, ...]
    seed: int
    context: str  # its mark, by which another run's answer is found
    secret: bytes = field(default=b"", repr=False)


@counted
@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    cut: bool = False  # stopped by max_tokens, not by the model


@counted
@dataclass(frozen=True, slots=True)
class Speaker:
    """Whoever answers. `weights` is a mark of its weights: the same one, the same answers."""

    name: str  # double, base, base+5: of the file too
    label: str  # in French
    engine: Engine
    weights: str


def ask(contexts: Sequence[Context], seed: int, turn: int = 0) -> list[Asked]:
    """Each context with its own seed, the same in whatever order; another `turn` gives other seeds."""
    return [Asked(c.turns, seed_of(seed, turn, c.id), f"{c.mark}/{turn}", c.secret) for c in contexts]


def seed_of(seed: int, turn: int, mark: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {turn} {mark}".encode()).digest()[:4], "big")


def answers(
    speaker: Speaker,
    asked: Sequence[Asked],
    sampling: Sampling,
    folder: Path,
    tell: Callable[[int], None] = lambda count: None,
) -> list[Answer]:
    """One answer each, in order; `tell` hears how many more are there."""
    path = folder / f"answers-{speaker.name}.jsonl"
    keys = [key(speaker, one, sampling) for one in asked]
    kept = {line["key"]: line for line in lines(path)}
    for places in _together(asked):
        if not all(keys[place] in kept for place in places):
            for place, line in zip(places, _say(speaker, [asked[p] for p in places], sampling), strict=True):
                kept[keys[place]] = {"key": keys[place], **line}
            _append(path, [kept[keys[place]] for place in places])
        tell(len(places))
    wanted = dict.fromkeys(keys[place] for places in _together(asked) for place in places)
    # Lines of other weights, of what was asked otherwise, or half-written go.
    if wanted and path.read_bytes().count(b"\n") != len(wanted):
        _append(path, [kept[one] for one in wanted], anew=True)
    return [Answer(kept[one]["text"], kept[one]["cut"]) for one in keys]


def key(speaker: Speaker, asked: Asked, sampling: Sampling) -> str:
    engine = speaker.engine  # of a prompted one, what stands in front is asked too
    turns = engine.turns(asked.turns) if isinstance(engine, FewShotEngine) else asked.turns
    prompt = [(turn.role, turn.text) for turn in turns]
    sampled = asdict(replace(sampling, seed=asked.seed))
    made = json.dumps([speaker.weights, prompt, sampled], ensure_ascii=False)
    return hmac.digest(asked.secret, made.encode("utf-8", "surrogatepass"), "sha256").hex()[:24]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """What was kept; a line half-written by a machine that stopped is left out."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and {"key", "context", "text", "cut"} <= set(record):
            yield record


def _together(asked: Sequence[Asked]) -> Iterator[list[int]]:
    """Places in groups, those of one length side by side: the least padding."""
    order = sorted(range(len(asked)), key=lambda p: (sum(len(t.text) for t in asked[p].turns), p))
    for start in range(0, len(order), TOGETHER):
        yield order[start : start + TOGETHER]


def _say(speaker: Speaker, asked: Sequence[Asked], sampling: Sampling) -> Iterator[dict[str, Any]]:
    texts = speaker.engine.answers([one.turns for one in asked], sampling, [one.seed for one in asked])
    for one, text in zip(asked, texts, strict=True):
        cut = speaker.engine.tokens(text) >= sampling.max_tokens
        origin = "double" if speaker.name == "double" else "model"
        yield {"context": one.context, "text": text, "cut": cut, "origin": origin}


def _append(path: Path, records: Sequence[dict[str, Any]], anew: bool = False) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    if anew:
        with whole(path, mode=0o600) as draft:
            draft.write_text(text, encoding="utf-8")
        return
    closed_folder(path.parent)
    with full_disk_told():
        half = own_file(path).stat().st_size and not path.read_bytes().endswith(b"\n")
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" * bool(half) + text)
