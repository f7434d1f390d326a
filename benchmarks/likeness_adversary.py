"""Text tuned on R: does the referee let it pass? One draft of eight is chosen for each message.

    python -m benchmarks.likeness_adversary DRAFTS.json ...      as benchmarks/likeness_drafts.py writes them

The adversary knows how R is computed and the person's training replies, and nothing of the replies held out.
It chooses one draft a message so that the set is nearest to those replies in the energy distance of R, goes
over all messages again until nothing moves, and is judged as any double is. Bar: no green verdict.
"""

from collections.abc import Sequence
from random import Random

import numpy as np

from sosie.evaluate.measures.reference import background_space
from sosie.style.distance import Embedded, distances
from sosie.style.words import SHORTEST_WORDS, count_words, tidy

SWEEPS = 6
LEARNT = 400  # training replies looked at


def herd(drafts: Sequence[Sequence[str]], learnt: Sequence[str], seed: int = 7) -> list[str]:
    """`drafts[k][i]` answers message i -> one answer a message, the set nearest to `learnt` by energy."""
    n, count = len(drafts[0]), len(drafts)
    texts = [tidy(draft[place]) for draft in drafts for place in range(n)]
    usable = np.array([count_words(text) >= SHORTEST_WORDS for text in texts])
    space = background_space()
    placed = space.embed(texts)
    targets = [tidy(text) for text in Random(seed).sample(list(learnt), min(LEARNT, len(learnt)))]
    aim = space.embed([text for text in targets if count_words(text) >= SHORTEST_WORDS])
    to_aim, among = distances(placed, aim).mean(axis=1), within(placed)
    choice = np.random.default_rng(seed).integers(count, size=n) * n + np.arange(n)
    for _ in range(SWEEPS):
        before = choice.copy()
        for place in Random(seed).sample(range(n), n):
            rest = np.delete(choice, place)
            rest = rest[usable[rest]]
            options = np.arange(count) * n + place
            cost = to_aim[options] - among[np.ix_(options, rest)].mean(axis=1)
            cost[~usable[options]] = cost.max() + 1
            choice[place] = options[cost.argmin()]
        if (choice == before).all():
            break
    return [drafts[at // n][at % n] for at in choice]


def within(placed: Embedded) -> "np.ndarray":
    return np.asarray(distances(placed, placed))
