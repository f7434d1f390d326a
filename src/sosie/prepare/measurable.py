"""Whether likeness can be measured with what is here, and how many more replies it would take.

Of the replies kept aside for the test, evaluate compares those of three words or more, and refuses to do so
under fifty.
"""

import math
from collections.abc import Sequence
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.prepare.filters import learnt_replies
from sosie.prepare.split import MOST_TEST_SHARE, Parts
from sosie.style.words import usable

FEWEST_HELD = 50  # as in evaluate/statistics.py
SMALLEST_SHARE = 0.2  # of the replies that are long enough, where hardly any is


def measurable(parts: Parts) -> dict[str, Any]:
    """{"held": 14, "needed": 50, "missing_replies": 160}: `missing_replies` is an estimate."""
    held, missing = len(usable(said_in(parts.test))), 0
    if held < FEWEST_HELD:
        replies = said_in((*parts.train, *parts.valid, *parts.test))
        share = max(SMALLEST_SHARE, len(usable(replies)) / max(1, len(replies)))
        missing = math.ceil((FEWEST_HELD - held) / (MOST_TEST_SHARE * share))
    return {"held": held, "needed": FEWEST_HELD, "missing_replies": missing}


def said_in(dialogues: Sequence[Dialogue]) -> list[str]:
    return [reply for dialogue in dialogues for reply in learnt_replies(dialogue)]
