"""The referee: a second judge, which looks at nothing that R looks at.

    c2st             how surely a classifier on raw characters tells the model's replies from the person's
                     (classifier_test.py): 0.5 not at all, 1 always; beside it the base's and the person's own
    unknown_words    share of the words that are neither French nor the person's (unknown_words.py)
    shared_words, foreseen     whether it answers what was said to it (pertinence.py)

R can be raised by choosing among drafts those that move it: the text is no more the person's for that. A
verdict is green only where both agree (verdict.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sosie.engines.base import Scorer
from sosie.evaluate.heldout import Context
from sosie.evaluate.measures.classifier_test import MOST_COMPARED, Areas, tell_apart
from sosie.evaluate.measures.pertinence import NOTHING, Excess, foreseen, shared_words
from sosie.evaluate.measures.unknown_words import UnknownWords, unknown_words
from sosie.evaluate.statistics import FEWEST, SEED, TAILS

TOO_FEW = f"Il faut au moins {FEWEST} réponses, prises dans dix conversations (ici {{n}} réponses)."


@dataclass(frozen=True, slots=True)
class Fall:
    """How much lower C2ST is than the base's: surely lower where `low` is above 0."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Referee:
    """`c2st`, `low` and `high` are None where there is too little to judge from; `reason` says why."""

    c2st: float | None
    low: float | None
    high: float | None
    ceiling: float | None  # the person's training replies against those kept aside: no model does better
    ceiling_high: float | None
    base: float | None
    fall: Fall
    unknown_words: float | None
    words: UnknownWords
    shared_words: Excess
    foreseen: Excess
    n: int
    reason: str


def referee(
    given: Sequence[str],
    base: Sequence[str],
    contexts: Sequence[Context],
    training: Sequence[tuple[int, str]],
    scorer: Scorer | None = None,
    seed: int = SEED,
) -> Referee:
    """`given[i]` and `base[i]` answer contexts[i]; `training`: the person's replies, each with the number of
    its conversation; `scorer`: the base model, where it tells how likely a text is."""
    places = sorted(Random(seed).sample(range(len(contexts)), min(MOST_COMPARED, len(contexts))))
    given, base = ([side[place] for place in places] for side in (given, base))
    contexts = [contexts[place] for place in places]
    truth, asked = [one.reply for one in contexts], [one.asked for one in contexts]
    areas, of_base = (against(side, contexts, seed) for side in (given, base))
    own = own_area(training, contexts, seed)
    words = unknown_words(given, truth, [*asked, *(text for _, text in training)])
    low, high = areas.edges if areas else (None, None)
    return Referee(
        c2st=areas.auc if areas else None,
        low=low,
        high=high,
        ceiling=own.auc if own else None,
        ceiling_high=own.edges[1] if own else None,
        base=of_base.auc if of_base else None,
        fall=fall(areas, of_base),
        unknown_words=words.share,
        words=words,
        shared_words=shared_words(given, truth, asked, seed),
        foreseen=foreseen(scorer, contexts, given, seed) if scorer else NOTHING,
        n=len(contexts),
        reason="" if areas else TOO_FEW.format(n=len(contexts)),
    )


def against(given: Sequence[str], contexts: Sequence[Context], seed: int) -> Areas | None:
    """The model's replies against the person's to the same messages."""
    if len(contexts) < FEWEST:
        return None
    groups = [one.conversation for one in contexts]
    return tell_apart(given, [one.reply for one in contexts], groups, groups, seed)


def own_area(training: Sequence[tuple[int, str]], contexts: Sequence[Context], seed: int) -> Areas | None:
    """The person's own older replies, as many, against those kept aside."""
    older = Random(seed).sample(training, min(len(training), len(contexts)))
    if min(len(older), len(contexts)) < FEWEST:
        return None
    truth, groups = [one.reply for one in contexts], [("held", one.conversation) for one in contexts]
    return tell_apart([text for _, text in older], truth, [("learnt", at) for at, _ in older], groups, seed)


def fall(areas: Areas | None, of_base: Areas | None) -> Fall:
    """The same half-samples of the same conversations for both."""
    import numpy as np

    if areas is None or of_base is None:
        return Fall(None, None, None)
    low, high = np.quantile(of_base.halved - areas.halved, TAILS)
    return Fall(of_base.auc - areas.auc, float(low), float(high))
