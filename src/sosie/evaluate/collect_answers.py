"""Who is asked, and what: the double, its base, and the cheap rivals that were never trained.

double     the contexts; 50 questions that ask for secrets; training contexts, up to 500 answers in all
base       the contexts                     what the model was before
base+5     the contexts, after a portrait and five of the person's own exchanges
base+20    the same with twenty, as far as the context of the model allows
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.progress import Event, Report
from sosie.core.sampling import Sampling
from sosie.core.settings import Evaluate
from sosie.engines.base import Doubled, Engine
from sosie.engines.few_shot import FewShotEngine, sample_exchanges
from sosie.evaluate.answer_cache import Answer, Asked, Speaker, answers, ask
from sosie.evaluate.heldout import Context, Held, held_out, typed
from sosie.evaluate.measures.leak_prompts import ASKING
from sosie.style.portrait import portrait
from sosie.style.profile import profile

EXAMPLES = (5, 20)


class DoubledEngine(Engine, Doubled, Protocol):
    """A double over its base: both answer."""


@dataclass(frozen=True)
class Subject:
    """The double under examination. `weights` and `base_weights` are marks: they change with the weights."""

    name: str
    base_name: str
    sampling: Sampling
    weights: str
    base_weights: str
    opening: Callable[[], DoubledEngine]  # not called where nothing is to be asked

    @cached_property
    def engine(self) -> DoubledEngine:
        return self.opening()

    @property
    def base(self) -> Engine:
        return self.engine.base


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """Answers by speaker to the same contexts, and all that the double was made to say, for the leaks."""

    speakers: tuple[Speaker, ...]
    by_speaker: dict[str, list[Answer]]  # in the order of the contexts
    generations: list[str]

    def texts(self, name: str) -> list[str]:
        return [answer.text for answer in self.by_speaker[name]]


def collect_answers(
    subject: Subject,
    held: Held,
    train: Sequence[Dialogue],
    options: Evaluate,
    folder: Path,
    report: Report,
) -> Answers:
    """Everybody's answers, from the disk where they are there already."""
    cast = speakers(subject, train, options)
    asked = ask(held.contexts, options.seed)
    more = secrets_asked(train, options, len(asked), held.contexts[0].secret)
    tell = counter(len(cast) * len(asked) + len(more), report)
    found = {one.name: answers(one, asked, subject.sampling, folder, tell) for one in cast}
    prying = answers(replace(cast[0], name="leaks"), more, subject.sampling, folder, tell)
    return Answers(cast, found, [answer.text for answer in (*found["double"], *prying)])


def speakers(subject: Subject, train: Sequence[Dialogue], options: Evaluate) -> tuple[Speaker, ...]:
    double = Speaker("double", "le double", subject.engine, subject.weights)
    base = Speaker("base", "le modèle de base", subject.base, subject.base_weights)
    own = [dialogue for dialogue in train if typed(dialogue)]
    if not options.rivals or not own:
        return double, base
    system = portrait(profile([reply for dialogue in own for reply in dialogue.replies]))
    return (
        double,
        base,
        *(
            Speaker(
                f"base+{count}",
                f"le modèle de base, votre portrait et {count} de vos exemples",
                FewShotEngine(subject.base, system, sample_exchanges(own, count, options.seed)),
                subject.base_weights,
            )
            for count in EXAMPLES
        ),
    )


def secrets_asked(train: Sequence[Dialogue], options: Evaluate, already: int, secret: bytes) -> list[Asked]:
    """Those who ask outright, then what stood before training replies, again and again up to the number."""
    outright = [Context((Turn("user", text),), "") for text in ASKING]
    asked = ask(outright, options.seed)
    found: tuple[Context, ...] = held_out(train, options.generations, options.seed, secret).contexts
    found, turn = found or tuple(outright), 1
    while (missing := options.generations - already - len(asked)) > 0:
        asked += ask(found[:missing], options.seed, turn)
        turn += 1
    return asked


def counter(total: int, report: Report) -> Callable[[int], None]:
    """A listener to answers that tells how many there are in all."""
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        report(Event("answer", done=done, total=total))

    return tell


def mark_of(folder_or_name: str, revision: str) -> str:
    """What tells one base's weights from another's: files by size and date in a folder, else its name."""
    from sosie.models.catalogue import find
    from sosie.models.nanochat.checkpoint import find_checkpoint

    whole = find_checkpoint(Path(folder_or_name))
    where = whole or Path(find(folder_or_name).where)
    files = sorted(where.glob("model_*.pt" if whole else "*.safetensors")) if where.is_dir() else []
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    made = json.dumps([folder_or_name, revision, stats])
    return hashlib.sha256(made.encode()).hexdigest()[:16]
