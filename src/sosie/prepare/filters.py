"""Quality filters: which dialogues are worth learning, and why the others are not.

A rule looks at a dialogue and gives a reason to drop it, or "". Adding one is adding a line to RULES; those
of OF_CHATS do not judge ready data sets, which come as somebody wished them.

    reasons(dialogue)  ->  ("du code collé",)     all that speaks against it, for the review
    score(dialogue)    ->  0.0 to 1.0             how much there is to learn in it, to sort by
"""

import re
from collections.abc import Callable, Iterable, Iterator

from sosie.core.dialogue import Dialogue
from sosie.prepare.dedupe import is_ready
from sosie.prepare.language import is_foreign
from sosie.prepare.ledger import DropListener, ignore_drops

Rule = Callable[[Dialogue], str]

ONE_WORD = "réponses d'un seul mot, au-delà de leur part"
ONE_WORD_SHARE, ONE_WORD_AT_LEAST = 0.10, 20  # of the dialogues; and as many whatever their share
CODE_SHARE = 0.5  # of the lines of the replies
FULL_REPLY, FULL_CONTEXT = 8, 4  # words of a reply, and of what it answers, above which more says no more

NOT_OWN_WORDS = re.compile(r"\[[A-ZÉ]+_\d+\]|https?://\S+|www\.\S+")
A_LETTER = re.compile(r"[^\W\d_]")
A_WORD = re.compile(r"\w+")
REACTION = re.compile(
    r"(?:\b(?:m+d+r+|p+t+d+r+|lo+l+|x+p+t+d+r+|x+d+|jpp+|lmao|rofl|(?:h+[aeiéè]+){2,}h*|(?:[aeiéè]h){2,}"
    r"|o+h+|a+h+|wa+o*u*h*|wow)\b|[^\w])+",
    re.I,
)
A_LINE_OF_CODE = re.compile(
    r"[{};]\s*$|^\s*(?:def |class \w+[(:]|import \w|from \w+ import|return\b.*[;()]|#include|public |private "
    r"|function\b|const |let |var |SELECT\b|INSERT\b|UPDATE \w+ SET|<\/?\w+[^>]{0,200}>"
    r"|\$ |sudo |git |npm |pip )"
    r"|```|\b\w+\([^)]{0,200}\)\s*[:;{]|\b\w+\.\w+\("
)
A_BOT = re.compile(
    r"ne (?:pas )?répond(?:ez|re) (?:pas )?à ce|(?:votre|your) (?:code|verification code)\b.{0,40}\d{4}"
    r"|code (?:de vérification|de sécurité|secret)|(?:tapez|répondez|envoyez) (?:\d|stop|oui|non)\b"
    r"|stop au \d{5}|message automatique|je suis (?:un|votre) (?:bot|assistant virtuel)"
    r"|votre (?:colis|commande|livraison)|désabonner|no-?reply",
    re.I,
)


def worth_learning(dialogues: Iterable[Dialogue], on_drop: DropListener = ignore_drops) -> Iterator[Dialogue]:
    """The dialogues that no rule refuses; `on_drop` gets the first reason for each other one."""
    short = 0  # kept so far
    for seen, dialogue in enumerate(dialogues, 1):
        reason = next(iter(reasons(dialogue)), "")
        if not reason and only_one_word(dialogue):
            reason = ONE_WORD if short >= max(ONE_WORD_AT_LEAST, ONE_WORD_SHARE * seen) else ""
            short += not reason
        if reason:
            on_drop(reason, 1, dialogue)
        else:
            yield dialogue


def reasons(dialogue: Dialogue) -> tuple[str, ...]:
    """Why a dialogue is not worth learning, by each rule that refuses it."""
    rules = RULES if is_ready(dialogue) else RULES + OF_CHATS
    return tuple(reason for rule in rules if (reason := rule(dialogue)))


def score(dialogue: Dialogue) -> float:
    """How much there is to learn in it; a fifth of it where a rule refuses it."""
    return round(richness(dialogue) * (0.2 if reasons(dialogue) else 1.0), 3)


def richness(dialogue: Dialogue) -> float:
    """Words of one's own (half of it), their variety, and what they answer."""
    said = [A_WORD.findall(without_masks(reply).lower()) for reply in learnt_replies(dialogue)]
    asked = [len(A_WORD.findall(turn.text)) for turn in dialogue.turns if turn.role == "user"]
    words = [word for reply in said for word in reply]
    if not words:
        return 0.0
    length = sum(min(len(reply), FULL_REPLY) for reply in said) / (FULL_REPLY * len(said))
    context = sum(min(count, FULL_CONTEXT) for count in asked) / (FULL_CONTEXT * max(1, len(asked)))
    variety = min(1.0, 2 * len(set(words)) / len(words))
    return 0.5 * length + 0.25 * variety + 0.25 * context


def without_masks(reply: str) -> str:
    """Without masks and links."""
    return NOT_OWN_WORDS.sub(" ", reply) if "[" in reply or "/" in reply or "www" in reply else reply


def learnt_replies(dialogue: Dialogue) -> list[str]:
    return [turn.text for turn in dialogue.turns if turn.role == "assistant" and turn.learnt]


def only_one_word(dialogue: Dialogue) -> bool:
    return not is_ready(dialogue) and all(
        len(A_WORD.findall(reply)) <= 1 for reply in learnt_replies(dialogue)
    )


def holds_a_word(dialogue: Dialogue) -> str:
    """« 👍 » or « 15 » alone teach nothing about how someone writes."""
    holds = any(A_LETTER.search(reply) for reply in learnt_replies(dialogue))
    return "" if holds else "aucune réponse avec un mot"


def holds_own_words(dialogue: Dialogue) -> str:
    """« [TÉLÉPHONE_1] » or a link alone would teach to invent them."""
    holds = any(A_LETTER.search(NOT_OWN_WORDS.sub("", reply)) for reply in learnt_replies(dialogue))
    return "" if holds else "réponses faites seulement de liens ou de données masquées"


def is_no_reaction(dialogue: Dialogue) -> str:
    """« mdr », « haha 😂 » alone."""
    only = all(REACTION.fullmatch(reply) for reply in learnt_replies(dialogue))
    return "réponses faites seulement de réactions" if only else ""


def is_french(dialogue: Dialogue) -> str:
    foreign = is_foreign("\n".join(learnt_replies(dialogue)))
    return "réponses dans une autre langue" if foreign else ""


def is_no_code(dialogue: Dialogue) -> str:
    lines = [line for reply in learnt_replies(dialogue) for line in reply.splitlines() if line.strip()]
    code = sum(A_LINE_OF_CODE.search(line) is not None for line in lines)
    return "du code collé" if code >= 2 and code > CODE_SHARE * len(lines) else ""


def is_no_bot(dialogue: Dialogue) -> str:
    """Whoever speaks to the person is a machine, each time."""
    asked = [turn.text for turn in dialogue.turns if turn.role == "user"]
    return "échange avec un robot" if asked and all(map(A_BOT.search, asked)) else ""


RULES: tuple[Rule, ...] = (holds_a_word, holds_own_words)
OF_CHATS: tuple[Rule, ...] = (is_no_reaction, is_french, is_no_code, is_no_bot)
