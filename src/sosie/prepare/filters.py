"""Quality filters: which dialogues are worth learning, and why the others are not.

A rule looks at a dialogue and gives a reason to drop it, or "". Adding one is adding a line to RULES.
First rules: at least one reply must hold a word of the person's own.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from sosie.core.dialogue import Dialogue
from sosie.prepare.ledger import DropListener, ignore_drops

Rule = Callable[[Dialogue], str]

NOT_OWN_WORDS = re.compile(r"\[[A-ZÉ]+_\d+\]|https?://\S+|www\.\S+")
A_LETTER = re.compile(r"[^\W\d_]")


def worth_learning(dialogues: Iterable[Dialogue], on_drop: DropListener = ignore_drops) -> Iterator[Dialogue]:
    """The dialogues that no rule refuses; `on_drop` gets the first reason for each other one."""
    for dialogue in dialogues:
        reason = next((reason for rule in RULES if (reason := rule(dialogue))), "")
        if reason:
            on_drop(reason, 1)
        else:
            yield dialogue


def holds_a_word(dialogue: Dialogue) -> str:
    """« 👍 » or « 15 » alone teach nothing about how someone writes."""
    return "" if any(A_LETTER.search(reply) for reply in dialogue.replies) else "aucune réponse avec un mot"


def holds_own_words(dialogue: Dialogue) -> str:
    """« [TÉLÉPHONE_1] » or a link alone would teach to invent them."""
    holds = any(A_LETTER.search(NOT_OWN_WORDS.sub("", reply)) for reply in dialogue.replies)
    return "" if holds else "réponses faites seulement de liens ou de données masquées"


RULES: tuple[Rule, ...] = (holds_a_word, holds_own_words)
