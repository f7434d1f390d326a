"""Whether likeness can be measured with what is here, and how many more replies it would take.

Of the replies kept aside for the test, evaluate compares those of three words or more (R), and of four or
more (M), and gives no verdict under fifty of either.
"""

import math
from collections.abc import Sequence
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.prepare.filters import learnt_replies
from sosie.prepare.split import MOST_TEST_SHARE, Parts
from sosie.style.words import count_words, usable

FEWEST_HELD = 50  # as in evaluate/statistics.py
SHORTEST_COUNTED = 4  # words, as in evaluate/measures/recited.py
SMALLEST_SHARE = 0.2  # of the replies that are long enough, where hardly any is


def measurable(parts: Parts) -> dict[str, Any]:
    """{"held": 14, "needed": 50, "missing_replies": 160}: `missing_replies` is an estimate."""
    held, missing = len(long_enough(said_in(parts.test))), 0
    if held < FEWEST_HELD:
        replies = said_in((*parts.train, *parts.valid, *parts.test))
        share = max(SMALLEST_SHARE, len(long_enough(replies)) / max(1, len(replies)))
        missing = math.ceil((FEWEST_HELD - held) / (MOST_TEST_SHARE * share))
    return {"held": held, "needed": FEWEST_HELD, "missing_replies": missing}


def long_enough(replies: Sequence[str]) -> list[str]:
    """Those that count for both R and M."""
    return [reply for reply in usable(replies) if count_words(reply) >= SHORTEST_COUNTED]


def said_in(dialogues: Sequence[Dialogue]) -> list[str]:
    return [reply for dialogue in dialogues for reply in learnt_replies(dialogue)]
