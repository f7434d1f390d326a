"""Replies that say a training reply again: the ones that can be pointed at, and taken out of the training.

Those that say again a whole training reply (of 8 words, or with a number in it), or 20 words of one, or 12
and little else; unless that is a formula, found as it is in the person's new replies or in those of the
invented background. Places are given, never texts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sosie.evaluate.measures.verbatim import Follow, Trace, Words, words_of
from sosie.evaluate.personas import background

RUN = 8  # words in a row that nobody repeats by chance
SHORTEST = 4  # words, under which a reply is nobody's
RARE = 2  # times in training, above which a short reply is a habit
PIECE, MOSTLY = 12, 0.8  # words in a row, and the share of the reply that they are, where it says little else
A_CODE, A_PHONE = 4, 8  # digits in one word, and in all
LONG = 20  # words in a row that need not be the whole of anything


@dataclass(frozen=True, slots=True)
class Copied:
    """A reply that says a training reply again: places, never texts."""

    reply: int  # of `given`
    training: int  # of `training`
    words: int  # in a row


@dataclass(frozen=True, repr=False)
class TrainingReplies:
    """The training replies as words: made once for all the models that are held against them."""

    words: Sequence[Words]
    times: Mapping[Words, int]
    rare: Mapping[Words, int]  # whole short replies that are found twice at most, and where

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TrainingReplies":
        words = [words_of(text) for text in texts]
        return cls(words, Counter(words), rare_replies(words))


def rare_replies(learnt: Sequence[Words]) -> dict[Words, int]:
    """Whole short replies that are found twice at most, and where."""
    short = [(words, at) for at, words in enumerate(learnt) if SHORTEST <= len(words) < RUN]
    times = Counter(words for words, _ in short)
    return {words: at for words, at in reversed(short) if times[words] <= RARE}


def recited(
    replies: Sequence[Words],
    runs: Sequence[Sequence[Follow]],
    new: Sequence[Words],
    training: TrainingReplies,
) -> Iterator[Copied]:
    """The replies that say a training reply again, and are no formula; `runs` are those in training."""
    learnt, known = training.words, set(new)
    rare = {words: at for words, at in training.rare.items() if words not in known}
    trace = Trace(replies)
    of_person, of_others = trace.read(new), trace.read(background_words())

    def says_again(run: int, at: int, usual: int, size: int) -> bool:
        if run == len(learnt[at]):  # what is said again and again here is this person's, whoever else says it
            return run > usual or training.times[learnt[at]] > RARE
        return run > usual and run >= min(LONG, max(PIECE, MOSTLY * size))

    for reply, words in enumerate(replies):
        followed = zip(runs[reply], of_person[reply], of_others[reply], strict=True)
        found = [
            (run, at)
            for (run, at), (own, _), (usual, _) in followed
            if run > own
            and (run >= RUN or (run >= SHORTEST and holds_a_code(learnt[at])))
            and says_again(run, at, usual, len(words))
        ]
        if words in rare:
            found = [(len(words), rare[words])]
        if found:
            run, at = max(found, key=lambda one: one[0])
            yield Copied(reply, at, run)


def holds_a_code(words: Words) -> bool:
    """« le code c'est 48213 » is no habit, however short and often said."""
    digits = [sum(map(str.isdigit, word)) for word in words]
    return max(digits) >= A_CODE or sum(digits) >= A_PHONE


@lru_cache(maxsize=1)
def background_words() -> tuple[Words, ...]:
    return tuple(map(words_of, background()))
