"""Is it still French, and does it hold itself well? Counts over replies, beside the person's own.

    share            of the replies of five words or more, those in French; the detector (py3langid, held to
                     fr, en, es, de, it) is fooled by texting, so little French words overrule it
    loops            a run of four words that comes three times or more in one reply
    template_leaks   signs of a chat format written as letters: « [INST] », « <|im_end|> », « user: »
    role_confusion   answering for the other: their name before the words, or their very message again

Light: red where share is under 98 % of the person's own, loops above 1 %, or any sign leaks. No number here
comes from a single reply.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sosie.evaluate.statistics import Light, wilson
from sosie.style.words import ABBREVIATIONS, LINK, count_words, split_words, tidy, word_set

SHORTEST = 5  # words, under which no language is told
FEWEST_JUDGED = 20  # replies judged, under which there is no light
OF_OWN, LOOPS = 0.98, 0.01  # the gates
LANGUAGES = ("fr", "en", "es", "de", "it")
FRENCHNESS = 0.2  # of the words, from which no detector is believed against them
# Little words that none of the four other languages has: « on », « me », « la », « du », « plus » are in
# several, and « don't », « we », « app » would be read as texting.
FOREIGN = word_set("we wtf omg btw asap app ms mm ns pa me av cb prob bn dem doss c t g d k")
_FRENCH = (ABBREVIATIONS - FOREIGN) | word_set(
    """
    je j' c' d' l' qu' n' jsuis chuis jai cest ça cela au aux les est pas dans avec mais ou où une nous vous
    ils elle elles ce ces cette toi lui leur leurs qui quoi dont donc parce pour moins très trop tout tous
    toute bien rien jamais aussi alors déjà ouais oui bah ben hein voilà quand comment pourquoi ici suis avons
    avez ont sont était étais faire vais peux peut veux dois sais dit être avoir chez sans sous après avant
    demain hier soir matin y
    """
)
SIGNS = re.compile(
    r"\[/?INST\]|<</?SYS>>|<\|\w+\|>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|</?think>"
    r"|^\s*(?:user|assistant|system|human|utilisateur|humain)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
NAMED = re.compile(
    r"^\[[^\W\d]+_\d+\] ?:", re.MULTILINE
)  # « [AMI_1] : », as the other side is named in a group
LOOP, TIMES = 4, 3
REPEATED = 4  # words of the other's message that are no chance


@dataclass(frozen=True, slots=True)
class French:
    """Shares of the replies, but for `template_leaks`, a count. None where nothing could be judged."""

    share: float | None
    low: float | None
    high: float | None
    own_share: float | None
    english: float
    loops: float
    empty: float
    cut: float
    template_leaks: int
    role_confusion: float
    n: int
    judged: int  # of five words or more
    own_judged: int
    gate: Light
    reason: str


@dataclass(frozen=True, slots=True)
class FrenchAndBase(French):
    """The double's, with its base's beside it."""

    base: French


def french(given: Sequence[str], truth: Sequence[str], asked: Sequence[str] = (), cut: int = 0) -> French:
    """`asked[i]`: what given[i] answers. `cut`: how many were stopped for their length."""
    mine, own = languages(given), languages(truth)
    n = max(1, len(given))
    share, own_share = _share(mine), _share(own)
    low, high = wilson(mine["fr"], mine.total())
    loops = sum(map(loops_in, given)) / n
    leaks = sum(SIGNS.search(text) is not None for text in given)
    gate, reason = french_light(share, own_share, loops, leaks, mine.total())
    return French(
        share=share,
        low=None if share is None else low,
        high=None if share is None else high,
        own_share=own_share,
        english=mine["en"] / max(1, mine.total()),
        loops=loops,
        empty=sum(not text.strip() for text in given) / n,
        cut=cut / n,
        template_leaks=leaks,
        role_confusion=sum(map(speaks_for_the_other, given, asked or [""] * len(given))) / n,
        n=len(given),
        judged=mine.total(),
        own_judged=own.total(),
        gate=gate,
        reason=reason,
    )


def _share(languages: Counter[str]) -> float | None:
    return languages["fr"] / languages.total() if languages.total() else None


def french_light(
    share: float | None, own_share: float | None, loops: float, leaks: int, judged: int
) -> tuple[Light, str]:
    own = 1.0 if own_share is None else own_share
    faults = [
        (share is not None and share < OF_OWN * own, "Des réponses ne sont pas en français."),
        (loops > LOOPS, "Des réponses tournent en boucle."),
        (leaks > 0, "Des signes du format de conversation sortent dans les réponses."),
    ]
    reason = " ".join(sentence for wrong, sentence in faults if wrong)
    if reason and (judged >= FEWEST_JUDGED or leaks):
        return "red", reason
    if judged < FEWEST_JUDGED:
        return "unknown", f"Moins de {FEWEST_JUDGED} réponses de {SHORTEST} mots ou plus."
    return "green", ""


def languages(texts: Sequence[str]) -> Counter[str]:
    """How many replies are in which language, among those long enough to tell."""
    import py3langid

    py3langid.set_languages(list(LANGUAGES))
    found: Counter[str] = Counter()
    for text in texts:
        bare = LINK.sub("", tidy(text))
        if count_words(bare) >= SHORTEST:
            found["fr" if frenchness(bare) >= FRENCHNESS else str(py3langid.classify(bare)[0])] += 1
    return found


def frenchness(text: str) -> float:
    """The share of words that only French has."""
    words = split_words(text)
    return sum(word in _FRENCH for word in words) / max(1, len(words))


def loops_in(text: str) -> bool:
    words = split_words(text)
    runs = Counter(zip(*(words[k:] for k in range(LOOP)), strict=False))
    return bool(runs) and max(runs.values()) >= TIMES


def speaks_for_the_other(reply: str, asked: str) -> bool:
    """« [AMI_1] : on y va ? », or the other's own message said again."""
    if NAMED.search(reply):
        return True
    words, question = split_words(reply), split_words(asked)
    return len(question) >= REPEATED and words[: len(question)] == question
