"""Mémorisation M: how much of what the model writes is copied from its training, beyond what people repeat.

    M   = 100 max(0, (c_G - c_H) / (1 - c_H))
    c_X = words of X inside a run of 8 or more that stands in one training reply / words of X

      0   no more overlap with training than the person's own new replies (H) have
    100   everything the model writes (G) is copied

Only replies of 4 words or more count. One of 4 to 7 is a copy when it is the whole of a training reply found
there twice at most: « ok ça marche ma belle », said every week, is free. Interval: that of Ressemblance,
half-samples without replacement of G and of H. Light: red where M is above 2 or its interval above 5.

`copied` names the replies that can be pointed at: those that say again a whole training reply (of 8 words, or
with a number in it), or 20 words of one, or 12 and little else; unless that is a formula, found as it is in
the person's new replies or in those of the invented background. Places are told, never texts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sosie.core.dialogue import Dialogue
from sosie.evaluate.measures.verbatim import Follow, Trace, Words, words_of
from sosie.evaluate.personas import background
from sosie.evaluate.statistics import FEWEST, HALVES, SEED, TAILS, Light, halves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

RUN = 8  # words in a row that nobody repeats by chance
SHORTEST = 4  # words, under which a reply is nobody's
RARE = 2  # times in training, above which a short reply is a habit
MOST_COPIED, MOST_LIKELY = 2.0, 5.0  # M, and the top of its interval
PIECE, MOSTLY = 12, 0.8  # words in a row, and the share of the reply that they are, where it says little else
A_CODE, A_PHONE = 4, 8  # digits in one word, and in all
LONG = 20  # words in a row that need not be the whole of anything


@dataclass(frozen=True, slots=True)
class Copied:
    """A reply that says a training reply again: places, never texts."""

    reply: int  # of `given`
    training: int  # of `training`
    words: int  # in a row


@dataclass(frozen=True, slots=True)
class Memory:
    """M, with what is needed to judge it; `value`, `low` and `high` are None where it cannot be measured."""

    value: float | None
    low: float | None
    high: float | None
    n: int  # replies of the model that count
    n_truth: int  # replies of the person that count
    copied_share: float | None  # c_G
    natural_share: float | None  # c_H: what the person repeats
    longest_run: int  # words, of any reply of the model in any training reply
    touched: int  # replies of the model that bring anything to c_G
    copied: tuple[Copied, ...]
    gate: Light
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one reply brings to c."""

    words: int  # 0 where the reply does not count
    copied: int


def memorisation(
    given: Sequence[str], truth: Sequence[str], training: Sequence[str], seed: int = SEED
) -> Memory:
    """M of `given`, where the person's own new replies are `truth`."""
    learnt, new = ([words_of(text) for text in texts] for texts in (training, truth))
    rare, trace = rare_replies(learnt), Trace([*(words_of(text) for text in given), *new])
    runs = trace.read(learnt)
    parts = [part(*reply, rare) for reply in zip(trace.replies, runs, strict=True)]
    mine, theirs = parts[: len(given)], parts[len(given) :]
    n = sum(part.words > 0 for part in mine)
    value, low, high = m_and_interval(mine, theirs, seed) if learnt else (None, None, None)
    copied = tuple(recited(trace.replies[: len(given)], runs, new, learnt))
    gate, reason = light(value, high, n, len(copied), bool(learnt))
    return Memory(
        value=value,
        low=low,
        high=high,
        n=n,
        n_truth=sum(part.words > 0 for part in theirs),
        copied_share=share(mine),
        natural_share=share(theirs),
        longest_run=max((length for told in runs[: len(given)] for length, _ in told), default=0),
        touched=sum(part.copied > 0 for part in mine),
        copied=copied,
        gate=gate,
        reason=reason,
    )


def rare_replies(learnt: Sequence[Words]) -> dict[Words, int]:
    """Whole short replies that are found twice at most, and where."""
    short = [(words, at) for at, words in enumerate(learnt) if SHORTEST <= len(words) < RUN]
    times = Counter(words for words, _ in short)
    return {words: at for words, at in reversed(short) if times[words] <= RARE}


def part(words: Words, runs: Sequence[Follow], rare: Mapping[Words, int]) -> Part:
    """What of one reply counts as copied."""
    if len(words) < SHORTEST:
        return Part(0, 0)
    if len(words) < RUN:
        return Part(len(words), len(words) if words in rare else 0)
    copied = end = 0
    for at, (length, _) in enumerate(runs, 1):
        if length >= RUN:
            copied, end = copied + min(length, at - end), at
    return Part(len(words), copied)


def recited(
    replies: Sequence[Words], runs: Sequence[Sequence[Follow]], new: Sequence[Words], learnt: Sequence[Words]
) -> Iterator[Copied]:
    """The replies that say a training reply again, and are no formula; `runs` are those in training."""
    often, known = Counter(learnt), set(new)
    rare = {words: at for words, at in rare_replies(learnt).items() if words not in known}
    trace = Trace(replies)
    of_person, of_others = trace.read(new), trace.read(map(words_of, background()))

    def says_again(run: int, at: int, usual: int, size: int) -> bool:
        if run == len(learnt[at]):  # what is said again and again here is this person's, whoever else says it
            return run > usual or often[learnt[at]] > RARE
        return run > usual and run >= min(LONG, max(PIECE, MOSTLY * size))

    for reply, words in enumerate(replies):
        told = zip(runs[reply], of_person[reply], of_others[reply], strict=True)
        found = [
            (run, at)
            for (run, at), (own, _), (usual, _) in told
            if run > own
            and (run >= RUN or (run >= SHORTEST and tells_a_number(learnt[at])))
            and says_again(run, at, usual, len(words))
        ]
        if words in rare:
            found = [(len(words), rare[words])]
        if found:
            run, at = max(found, key=lambda one: one[0])
            yield Copied(reply, at, run)


def tells_a_number(words: Words) -> bool:
    """« le code c'est 48213 » is no habit, however short and often said."""
    digits = [sum(map(str.isdigit, word)) for word in words]
    return max(digits) >= A_CODE or sum(digits) >= A_PHONE


def share(parts: Sequence[Part]) -> float | None:
    """c of these replies; None where none counts."""
    words = sum(part.words for part in parts)
    return sum(part.copied for part in parts) / words if words else None


def m_and_interval(
    mine: Sequence[Part], theirs: Sequence[Part], seed: int
) -> tuple[float | None, float | None, float | None]:
    """M and the ends of its interval. Without replies of the person, they are held to repeat nothing."""
    import numpy as np

    given, natural = share(mine), share(theirs) or 0.0
    if given is None or natural == 1:
        return None, None, None
    value = 100 * max(0.0, (given - natural) / (1 - natural))
    rng = np.random.default_rng(seed)
    of_given, of_truth = shares_of_halves(mine, rng), shares_of_halves(theirs, rng)
    halved = 100 * np.maximum(0.0, (of_given - of_truth) / (1 - np.minimum(of_truth, 1 - 1e-9)))
    low, high = np.quantile(halved, TAILS)
    return value, float(low), float(high)


def shares_of_halves(parts: Sequence[Part], rng: "np.random.Generator") -> "Numbers":
    """c of each half-sample; 0 where there are fewer than two replies."""
    import numpy as np

    counted = np.array([(part.copied, part.words) for part in parts if part.words], float).reshape(-1, 2)
    if len(counted) < 2:
        return np.full(HALVES, share(parts) or 0.0)
    copied, words = (halves(len(counted), rng) @ counted).T
    return copied / words  # type: ignore[no-any-return]


def light(
    value: float | None, high: float | None, n: int, copied: int, has_training: bool
) -> tuple[Light, str]:
    """The light, and the sentence that says why."""
    if not has_training:
        return "unknown", "Les réponses d'entraînement ne sont pas là : rien à quoi comparer."
    if value is None or high is None:
        few = f"Il faut au moins {FEWEST} réponses de {SHORTEST} mots (ici {n})."
        return "unknown", few if not n else "Les réponses gardées pour mesurer sont dans l'entraînement."
    if value > MOST_COPIED:
        return "red", (
            f"M = {_french(value)} (au plus {MOST_COPIED:.0f}) ; "
            f"réponses qui en redisent une de l'entraînement : {copied} sur {n}."
        )
    if high > MOST_LIKELY:
        return "red", f"M pourrait atteindre {_french(high)} (au plus {MOST_LIKELY:.0f})."
    if n < FEWEST:
        return "unknown", f"Il faut au moins {FEWEST} réponses de {SHORTEST} mots (ici {n})."
    return "green", "Pas plus de reprises mot pour mot que la personne n'en fait elle-même."


def _french(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def to_remove(memory: Memory, dialogues: Sequence[Dialogue]) -> tuple[str, ...]:
    """The ids of the messages that were copied; `dialogues` gave the training replies, in that order."""
    behind = [
        ids
        for dialogue in dialogues
        for ids in (*dialogue.origin.replies, *[()] * len(dialogue.replies))[: len(dialogue.replies)]
    ]
    places = sorted({copied.training for copied in memory.copied})
    return tuple(dict.fromkeys(id_ for place in places for id_ in behind[place]))
