"""One question, one answer, and what is told of an answer that is not whole."""

from typing import Any

from sosie.cli.typed import is_blank
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings
from sosie.core.sampling import Sampling
from sosie.engines.base import Engine, complete
from sosie.engines.few_shot import UntrainedDouble

CUT = "coupée : elle a atteint la longueur maximale"


def ask_once(engine: Engine, text: str, system: str, sampling: Sampling) -> dict[str, Any]:
    """One question, one answer: what `chat --once` prints as JSON. BadSettings for a blank one."""
    if is_blank(text):
        raise BadSettings("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")
    turns = (*opening(system), Turn("user", text))
    answer, usage = complete(engine.stream(turns, sampling))
    used = [passage.to_json() for passage in engine.used] if isinstance(engine, UntrainedDouble) else None
    return {
        "answer": answer,
        "tokens": usage.tokens,
        "seconds": round(usage.seconds, 3),
        "tokens_per_second": round(usage.tokens_per_second, 1),
        "ending": usage.ending,
        "unread": usage.unread,
        **({} if used is None else {"own_words": used}),
    }


def too_long(unread: int) -> str:
    return f"message trop long : ses {unread} premiers caractères n'ont pas été lus"


def opening(system: str) -> tuple[Turn, ...]:
    """The turns that stand before the conversation."""
    return (Turn("system", system),) if system else ()
