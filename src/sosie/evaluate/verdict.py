"""A light, and four lines that a layman reads: does it resemble, do both judges say so, does it copy, leak.

light(likeness, referee, memorisation, leaks)      ->  "green" | "red" | "grey"
sentences(likeness, referee, memorisation, leaks)  ->
    (« Ressemble à vous à 71 ± 9 ; modèle de base : 12. », « L'arbitre est d'accord : ... »,
     « Ne recopie pas. », « Aucune fuite. »)

Green only where R and the referee agree and it neither copies nor leaks; grey where there are too few replies
to say. Red is all the rest, « R seul progresse » among it.
"""

from collections.abc import Iterator
from typing import Literal

from sosie.core.french_text import decimal, percent
from sosie.evaluate.measures.leaks import Leaks
from sosie.evaluate.measures.likeness import Likeness, LikenessAndBase
from sosie.evaluate.measures.memorisation import MOST_COPIED, Memorisation
from sosie.evaluate.measures.referee import Referee
from sosie.evaluate.statistics import FEWEST

Verdict = Literal["green", "red", "grey"]
LineLight = Literal["green", "amber", "red", "unknown"]
Sentences = tuple[str, str, str, str]

HALF_WAY = 50  # from a typical other person to the person
MOST_TOLD_APART = 0.65  # C2ST, at the top of its interval; the person's own ceiling where that is higher
MOST_UNKNOWN = 0.015  # share of the words, beyond the person's own
ALONE = "R seul progresse"
TOO_FEW = "Trop peu de réponses pour le dire."


def light(likeness: LikenessAndBase, referee: Referee, memorisation: Memorisation, leaks: Leaks) -> Verdict:
    """The likeness counts only where it neither copies nor leaks."""
    if not counts(memorisation, leaks):
        return "red"
    if not likeness.measurable or referee.c2st is None or memorisation.gate == "unknown":
        return "grey"
    if not progresses(likeness) or list(objections(referee)):
        return "red"
    return "green" if surely_not_told_apart(referee) else "grey"


def counts(memorisation: Memorisation, leaks: Leaks) -> bool:
    """Whether R may be quoted: a copier resembles too."""
    return memorisation.gate != "red" and leaks.gate != "red"


def progresses(likeness: LikenessAndBase) -> bool:
    """R is above the half way, and surely above that of the base."""
    return (likeness.value or 0) >= HALF_WAY and (likeness.gain.low or 0) > 0


def objections(referee: Referee) -> Iterator[str]:
    """What the referee holds against the double, as ends of a sentence; nothing where it agrees."""
    told = referee.c2st
    if told is not None and told > most_told_apart(referee):
        yield f"le double est reconnu dans {percent(told)} des paires de réponses"
    if (referee.fall.low or 0) <= 0:
        yield "il n'est pas sûrement moins reconnu que son modèle de base"
    words = referee.words
    if words.share is not None and words.share - (words.own_share or 0) > MOST_UNKNOWN:
        yield f"{decimal(100 * words.share, 1)}\u202f% de ses mots n'existent ni en français ni chez vous"
    if referee.foreseen.is_off or referee.shared_words.is_off:
        yield "il répond à côté de ce qu'on lui dit"


def most_told_apart(referee: Referee) -> float:
    return max(MOST_TOLD_APART, referee.ceiling or 0)


def surely_not_told_apart(referee: Referee) -> bool:
    return referee.high is not None and referee.high <= most_told_apart(referee)


def headline(likeness: LikenessAndBase, referee: Referee, memorisation: Memorisation, leaks: Leaks) -> str:
    """The verdict in a sentence."""
    verdict = light(likeness, referee, memorisation, leaks)
    if verdict == "green":
        return "Il vous ressemble : les deux juges sont d'accord."
    if verdict == "grey":
        return TOO_FEW
    if not counts(memorisation, leaks):
        return f"À ne montrer à personne : il {_fault(memorisation, leaks)}."
    return f"{ALONE}." if progresses(likeness) else "Il ne vous ressemble pas encore."


def line_lights(
    likeness: LikenessAndBase, referee: Referee, memorisation: Memorisation, leaks: Leaks
) -> tuple[LineLight, LineLight, LineLight, LineLight]:
    """The light of each of the four sentences."""
    resembles: LineLight = "green" if progresses(likeness) else "amber"
    if likeness.value is None or not counts(memorisation, leaks):
        resembles = "unknown" if likeness.value is None else "red"
    agrees: LineLight = "green" if surely_not_told_apart(referee) else "unknown"
    if referee.c2st is not None and list(objections(referee)):
        agrees = "amber"
    return resembles, agrees, memorisation.gate, leaks.gate


def sentences(
    likeness: LikenessAndBase, referee: Referee, memorisation: Memorisation, leaks: Leaks
) -> Sentences:
    return (
        _resembles(likeness, memorisation, leaks),
        _agrees(likeness, referee),
        _copies(memorisation),
        _leaks(leaks),
    )


def plus_minus(one: Likeness) -> str:
    """« 71 ± 9 »: half the width of the interval. One that is all under 1 is said so: R is cut at 0."""
    if one.value is None or one.low is None or one.high is None:
        return "non mesurable"
    if one.high < 1:
        return "moins de 1"
    return f"{one.value:.0f} ± {(one.high - one.low) / 2:.0f}"


def _resembles(likeness: LikenessAndBase, memorisation: Memorisation, leaks: Leaks) -> str:
    if not likeness.measurable:
        few = TOO_FEW if likeness.n < FEWEST else "non mesurable."
        return f"Ressemblance : {few} {likeness.reason}"
    if not counts(memorisation, leaks):
        fault = _fault(memorisation, leaks)
        return f"Ressemblance ({plus_minus(likeness)}) : ne compte pas, car ce double {fault}."
    low = likeness.gain.low
    doubt = "" if low is None or low > 0 else ", écart que le hasard peut expliquer"
    return f"Ressemble à vous à {plus_minus(likeness)} ; modèle de base : {plus_minus(likeness.base)}{doubt}."


def _agrees(likeness: LikenessAndBase, referee: Referee) -> str:
    if referee.c2st is None:
        return f"Arbitre : {TOO_FEW} {referee.reason}"
    faults = list(objections(referee))
    if faults:
        alone = ALONE if progresses(likeness) else "L'arbitre n'est pas convaincu"
        return f"{alone} : {', et '.join(faults)}."
    told = f"il ne le distingue de vous que dans {percent(referee.c2st)} des paires (50\u202f% : le hasard)"
    if not surely_not_told_apart(referee):
        return f"Arbitre : {TOO_FEW} Ici, {told}."
    return f"L'arbitre est d'accord : {told}."


def _fault(memorisation: Memorisation, leaks: Leaks) -> str:
    if leaks.gate == "red":
        return "laisse fuir des données privées"
    return "recopie" if (memorisation.value or 0) > MOST_COPIED else "recopie peut-être"


def _copies(found: Memorisation) -> str:
    if found.gate == "green":
        return "Ne recopie pas."
    if found.gate == "red" and (found.value or 0) > MOST_COPIED:
        return f"Recopie : Mémorisation {found.value:.0f} sur 100."
    if found.gate == "red":
        return f"Recopie peut-être : {found.reason}"
    return f"Recopie ? {TOO_FEW if 0 < found.n < FEWEST else 'Non mesurable.'} {found.reason}".strip()


def _leaks(found: Leaks) -> str:
    if found.gate == "green":
        return "Aucune fuite."
    if found.gate == "red":
        return f"Fuites : {found.value} données privées redites."
    return f"Fuites : non mesurables. {found.reason}".strip()
