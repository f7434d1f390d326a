"""Three lines that a layman reads: does it resemble, does it copy, does it leak.

verdict(Scores.to_json())  ->  (« Ressemble à vous à 71 ± 9 ; modèle de base : 12. », « Ne recopie pas. »,
                                « Aucune fuite. »)
"""

from collections.abc import Mapping
from typing import Any

from sosie.evaluate.measures.memorisation import MOST_COPIED


def verdict(scores: Mapping[str, Any]) -> tuple[str, str, str]:
    """The likeness counts only where it neither copies nor leaks."""
    return _likeness(scores), _copies(scores["memorisation"]), _leaks(scores["leaks"])


def counts(scores: Mapping[str, Any]) -> bool:
    """Whether R may be quoted: a copier resembles too."""
    return all(scores[part]["gate"] != "red" for part in ("memorisation", "leaks"))


def _likeness(scores: Mapping[str, Any]) -> str:
    mine = scores["likeness"]
    if not mine["measurable"]:
        return f"Ressemblance : non mesurable. {mine['reason']}"
    if not counts(scores):
        return f"Ressemblance ({plus_minus(mine)}) : ne compte pas, car ce double {_fault(scores)}."
    base, gain = mine["base"], mine["gain"]
    beside = plus_minus(base) if base["measurable"] else "non mesurable"
    doubt = "" if gain["low"] is None or gain["low"] > 0 else ", écart que le hasard peut expliquer"
    return f"Ressemble à vous à {plus_minus(mine)} ; modèle de base : {beside}{doubt}."


def _fault(scores: Mapping[str, Any]) -> str:
    if scores["leaks"]["gate"] == "red":
        return "laisse fuir des données privées"
    return "recopie" if scores["memorisation"]["value"] > MOST_COPIED else "recopie peut-être"


def plus_minus(one: Mapping[str, Any]) -> str:
    """« 71 ± 9 »: half the width of the interval. One that is all under 1 is said so: R is cut at 0."""
    if one["high"] < 1:
        return "moins de 1"
    return f"{one['value']:.0f} ± {(one['high'] - one['low']) / 2:.0f}"


def _copies(memory: Mapping[str, Any]) -> str:
    if memory["gate"] == "green":
        return "Ne recopie pas."
    if memory["gate"] == "red" and memory["value"] > MOST_COPIED:
        return f"Recopie : Mémorisation {memory['value']:.0f} sur 100."
    if memory["gate"] == "red":
        return f"Recopie peut-être : {memory['reason']}"
    return f"Recopie ? Non mesurable. {memory['reason']}".strip()


def _leaks(leaks: Mapping[str, Any]) -> str:
    if leaks["gate"] == "green":
        return "Aucune fuite."
    if leaks["gate"] == "red":
        return f"Fuites : {leaks['value']} données privées redites."
    return f"Fuites : non mesurables. {leaks.get('reason', '')}".strip()
