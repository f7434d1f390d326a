"""What a question is worth, by rules on this machine: refused for a reason, or a score from 0 to 1.

    judge = Judge([piece.text for piece in pieces])
    judge.reason("Alors, ces vacances ?", piece)  ->  "" or why it is refused
    judge.score("Alors, ces vacances ?", piece)   ->  0.4: good, though it could open any text

The score is the share of the question's telling words that the text has, the rare ones counting more, from
0.2 to 1; 0.4 for a question that has no such word. Not covered: a question about the right words that the
text does not answer.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

from sosie.prepare.language import SMALL_WORDS, is_foreign
from sosie.prepare.split import lower_words, six_word_runs
from sosie.recall.stems import stem, stems

EMPTY = "question vide"
TOO_LONG = "question trop longue"
SAID_NO = "le serveur a refusé de répondre"
FOREIGN = "question dans une autre langue"
COPIED = "question recopiée du texte"
NOT_ASKED = "ni question ni demande"
OFF = "question sur un autre sujet"
INVENTED = "masque ou donnée privée inventés"
AGAIN = "question déjà posée"

_LONGEST = 300  # characters
TOO_OFTEN = 3  # times that one question may be asked
_LEAST, _OPEN = 0.2, 0.4  # scores: of a question that shares no word with the text; of « Et alors ? »
_TELLING, _ELSEWHERE = 2, 2  # words: that a question has to have, and that another text has to have
MARK = re.compile(r"\[[^\W\d]+_\d+\]")
_NO = re.compile(
    r"\b(?:je ne peux pas (?:répondre|vous aider|t'aider|traiter)|désolée?,? (?:mais )?je"
    r"|en tant (?:que|qu') ?(?:modèle|ia|intelligence)|i(?:'m| am) sorry|i can(?:'t|not))\b",
    re.I,
)
_ASKING = re.compile(
    r"(?:raconte|dis|explique|parle|décris|donne|écris|résume|présente|détaille|partage|rappelle)"
    r"(?:s|z|r)?(?:[- ](?:moi|nous))?\b",
    re.I,
)
_IDLE = "fait faire penses dire dis parle raconte chose neuf nouveau passé moment jour sens avis idée"
_SMALL = frozenset(map(stem, [*SMALL_WORDS["français"].split(), *_IDLE.split()]))


class Judge:
    """Knows all the texts: what is rare in them tells what a question is about."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._of = {text: frozenset(stems(text)) for text in texts}
        self._having = Counter(one for found in self._of.values() for one in found)
        self._asked: Counter[str] = Counter()

    def reason(self, question: str, text: str) -> str:
        """Why this question is refused, or "". Called once a question: what was asked before is known."""
        for reason, is_so in (
            (EMPTY, not re.search(r"[^\W\d_]", question)),
            (TOO_LONG, len(question) > _LONGEST),
            (SAID_NO, _NO.search(question)),
            (FOREIGN, is_foreign(question)),
            (COPIED, is_copied(question, text)),
            (NOT_ASKED, not (question.rstrip(" »\"')").endswith("?") or _ASKING.match(question))),
            (INVENTED, not set(MARK.findall(question)) <= set(MARK.findall(text))),
            (OFF, self._is_elsewhere(question, text)),
        ):
            if is_so:
                return reason
        words = " ".join(lower_words(question))
        self._asked[words] += 1
        return AGAIN if self._asked[words] > TOO_OFTEN else ""

    def score(self, question: str, text: str) -> float:
        telling = _telling(question)
        weight = sum(map(self._rarity, telling))
        if not weight:
            return _OPEN
        here = self._stems(text)
        found = sum(self._rarity(one) for one in telling if one in here)
        return round(_LEAST + (1 - _LEAST) * found / weight, 3)

    def _stems(self, text: str) -> frozenset[str]:
        return self._of.get(text) or frozenset(stems(text))

    def _rarity(self, one: str) -> float:
        return math.log((1 + len(self._of)) / (1 + self._having[one])) + 0.1

    def _is_elsewhere(self, question: str, text: str) -> bool:
        """Its telling words stand together in another text, and none of them here."""
        telling = _telling(question)
        if len(telling) < _TELLING or telling & self._stems(text):
            return False
        return any(len(telling & other) >= _ELSEWHERE for other in self._of.values())


def is_copied(question: str, text: str) -> bool:
    """Six words in a row of the text, or a shorter question that stands there whole."""
    if not set(six_word_runs(question)).isdisjoint(six_word_runs(text)):
        return True
    words = lower_words(question)
    return len(words) >= 3 and f" {' '.join(words)} " in f" {' '.join(lower_words(text))} "


def _telling(question: str) -> frozenset[str]:
    """The stems that say what is asked about; masks say nothing."""
    return frozenset(one for one in stems(MARK.sub(" ", question)) if len(one) > 2 and one not in _SMALL)


def histogram(scores: Sequence[float], bars: int = 10) -> list[int]:
    """How many scores in each tenth from 0 to 1; 1 stands in the last."""
    found = Counter(min(bars - 1, int(score * bars)) for score in scores)
    return [found[bar] for bar in range(bars)]
