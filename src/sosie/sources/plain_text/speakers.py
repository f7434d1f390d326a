"""« Nom : texte »: who is a speaker, and what only looks like one.

    ANNE : Bonjour, entrez.              ->  ("ANNE", "Bonjour, entrez.")
    Paul: miam                           ->  ("Paul", "miam")
    Rappel : on part à 8 h               ->  no speaker: that is no name
    C’est la soupe : poireaux            ->  no speaker: a sentence

A name is short, begins with a capital (or is a phone number) and comes back; one that speaks once must look
like a person's, in a text where most lines have their speaker.
"""

import re
from collections import Counter
from collections.abc import Iterable

_LONGEST_NAME = 40
_SIGN = r"(?:[^:\n\"«»!?;<>{}=/\\|]|:(?=\d))"
_NAMED = re.compile(
    r"[ \t]*(?:[-–—*•][ \t]?)?(?:\[[\d:.,]{4,12}\]\s*|\(?\d{1,2}:\d{2}(?::\d{2})?\)?\s+)?\**"
    rf"(?P<name>(?:[^\W_]|\+\d){_SIGN}{{0,60}}?)\**[ \t\u00a0\u202f\u2009]*:\**(?![/\\\d])(?P<text>.*)",
    re.DOTALL,
)
_PHONE = re.compile(r"\+?\d[\d .\u00a0\u202f-]{5,}")
_ONE_WORD = re.compile(r"(?:[^\W\d_][\w.'’-]*|\+?\d[\d .\u00a0\u202f-]{5,})")
_OTHER_WORDS = (
    "rappel note notes nb ps attention exemple resultat résultat conclusion objet date lieu heure titre"
    " sujet adresse prix total bilan important urgent info infos remarque astuce source sources http https"
    " mailto tel tél email mail from to subject cc re tr fwd fw de à envoyé sent error warning todo debug"
    " version name description author license import export url id type key value ingrédients préparation"
    " chapitre partie scène acte bref donc enfin sinon ensuite après avant alors pourtant parce"
)
_NEVER = frozenset(_OTHER_WORDS.split())


def split_speaker(line: str) -> tuple[str, str] | None:
    """(what stands before the first colon, what follows), where that may be a name."""
    found = _NAMED.match(line)
    if not found:
        return None
    name = re.sub(r"\s*[\[(][\d:.]+[\])]\Z", "", " ".join(found["name"].split()))  # « Léa (00:12) »
    words = _ONE_WORD.findall(name)
    long = len(name) > _LONGEST_NAME or len(name.split()) > 5 and not _PHONE.fullmatch(name)
    if not words or long or name.lower() in _NEVER:
        return None
    return name, found["text"].strip()


def count_speakers(lines: Iterable[str], most: int = 100_000) -> tuple["Counter[str]", int]:
    """(how often each possible name begins a line, how many lines are not empty)"""
    found: Counter[str] = Counter()
    written = 0
    for line in lines:
        if line.strip():
            written += 1
            if (split := split_speaker(line)) and (split[0] in found or len(found) < most):
                found[split[0]] += 1
    return found, written


def speakers(found: "Counter[str]", written: int) -> frozenset[str]:
    """Who speaks, in a text of `written` lines."""
    often = {name for name, times in found.items() if times > 1 and _capital(name)}
    once = {name for name, times in found.items() if times == 1 and _personal(name)}
    spoken = sum(found[name] for name in often | once)
    crowded = len(once) > max(3, spoken // 4)  # so many names that speak once are no names
    return frozenset(often if crowded or spoken * 3 < written else often | once)


def _capital(name: str) -> bool:
    return name[0].isupper() or not name[0].isalpha() or len(name.split()) == 1


def _personal(name: str) -> bool:
    """« Marie-Laure D. », « Dr Petit »: every word begins with a capital, three words at most."""
    words = name.split()
    return len(words) <= 3 and all(word[0].isupper() or word in ("de", "du", "la", "le") for word in words)
