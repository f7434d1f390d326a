"""Tools whose results are put before a model, where the person wants them: a calculator, the date and hour.

    consult("combien font 12,5 × 3 ?", now)  ->  ("12,5 × 3 = 37,5",)
    consult("il est quelle heure ?", now)    ->  ("lundi 30 novembre 2026, 17 h 50",)
    consult("tu viens à 18-19 h ?", now)     ->  ()

No model asks for them: what is in the message does. Whoever shows the answer shows what was consulted.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sosie.core.dialogue import Turn
from sosie.core.french_text import day
from sosie.engines.calculator import calculate

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
TIMES = re.compile(r"(?<=[\d)\s])x(?=[\s\d(])")  # « 3 x 4 »
SUM = re.compile(r"[\d\s.,()+*/×÷−-]+")
OPERATION = re.compile(r"\d[\s)]*[-+*/×÷−]")
DATE = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}")
# « 24/7 » and « 10-12 » are sums only where somebody counts.
COUNTS = re.compile(r"combien|calcul|\bfont\b|[=×÷*+]", re.IGNORECASE)
WHEN = re.compile(
    r"quelle heure|heure est[- ]il|quel jour|quelle date|le combien|quelle année|jour est[- ]on",
    re.IGNORECASE,
)
MOST_LETTERS = 500  # of a message that asks for something


def consult(text: str, now: datetime) -> tuple[str, ...]:
    """What the tools say of a message, in French; nothing where it asks for none."""
    if len(text) > MOST_LETTERS:
        return ()
    sums = SUM.findall(TIMES.sub("×", text)) if COUNTS.search(text) else []
    results = [*map(_computed, sums)]
    if WHEN.search(text):
        results.append(f"{DAYS[now.weekday()]} {day(now.isoformat())}, {now.hour} h {now.minute:02d}")
    return tuple(dict.fromkeys(filter(None, results)))


def noting(turns: Sequence[Turn], consulted: Sequence[str]) -> tuple[Turn, ...]:
    """The turns, with what the tools say after the system text."""
    if not consulted:
        return tuple(turns)
    begins = bool(turns) and turns[0].role == "system"
    text = "\n".join([*(turn.text for turn in turns[:1] if begins), *consulted])
    return (Turn("system", text), *turns[1 if begins else 0 :])


def _computed(expression: str) -> str:
    """« 12,5 × 3 = 37,5 »; empty where it is no sum."""
    written = expression.strip(" \t\n.,")
    if not OPERATION.search(written) or DATE.fullmatch(written):
        return ""
    result = calculate(written, french=True)
    return f"{written} = {result}" if result is not None else ""
