"""Three lines that a layman reads: does it resemble, does it copy, does it leak.

verdict(likeness, memorisation, leaks)  ->  (« Ressemble à vous à 71 ± 9 ; modèle de base : 12. »,
                                             « Ne recopie pas. », « Aucune fuite. »)
"""

from sosie.evaluate.measures.leaks import Leaks
from sosie.evaluate.measures.likeness import Likeness, LikenessAndBase
from sosie.evaluate.measures.memorisation import MOST_COPIED, Memorisation


def verdict(likeness: LikenessAndBase, memorisation: Memorisation, leaks: Leaks) -> tuple[str, str, str]:
    """The likeness counts only where it neither copies nor leaks."""
    return _resembles(likeness, memorisation, leaks), _copies(memorisation), _leaks(leaks)


def counts(memorisation: Memorisation, leaks: Leaks) -> bool:
    """Whether R may be quoted: a copier resembles too."""
    return memorisation.gate != "red" and leaks.gate != "red"


def plus_minus(one: Likeness) -> str:
    """« 71 ± 9 »: half the width of the interval. One that is all under 1 is said so: R is cut at 0."""
    if one.value is None or one.low is None or one.high is None:
        return "non mesurable"
    if one.high < 1:
        return "moins de 1"
    return f"{one.value:.0f} ± {(one.high - one.low) / 2:.0f}"


def _resembles(likeness: LikenessAndBase, memorisation: Memorisation, leaks: Leaks) -> str:
    if not likeness.measurable:
        return f"Ressemblance : non mesurable. {likeness.reason}"
    if not counts(memorisation, leaks):
        fault = _fault(memorisation, leaks)
        return f"Ressemblance ({plus_minus(likeness)}) : ne compte pas, car ce double {fault}."
    low = likeness.gain.low
    doubt = "" if low is None or low > 0 else ", écart que le hasard peut expliquer"
    return f"Ressemble à vous à {plus_minus(likeness)} ; modèle de base : {plus_minus(likeness.base)}{doubt}."


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
    return f"Recopie ? Non mesurable. {found.reason}".strip()


def _leaks(found: Leaks) -> str:
    if found.gate == "green":
        return "Aucune fuite."
    if found.gate == "red":
        return f"Fuites : {found.value} données privées redites."
    return f"Fuites : non mesurables. {found.reason}".strip()
