"""Dialogues in a model's own Jinja template, whoever wrote it.

The template is rendered with a placeholder for each text, so that it decides about frames and never sees
words: signs are looked for in what the template wrote, never in what a person wrote, and the answers are
where their placeholders are. That needs no {% generation %} tag, and gives the same spans as one.

 rendered   <s> [INST] @0@ [/INST] @1@</s>
 pieces     sign <s> · « [INST] salut [/INST] » · answer « coucou » · sign </s>, which ends it

What is kept of a template's habits: where it trims a user's text, the white space goes. What is not: a
template that looks inside a text (for « </think> », say) finds nothing there; an answer is never trimmed.
A template that refuses or forgets a system text gets it inside the first user text.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models.chat_formats import NO_ANSWER, Piece, Template, arrange, fold_system
from sosie.models.rendering import MEND, render
from sosie.models.token_encoder import pen_of

OPEN, CLOSE = "\ue000", "\ue001"  # private use: no template writes them
PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")


def write(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[Piece]:
    """The dialogue as signs and texts. An answer is numbered only where it stands as it would be asked for.

    A thinking model, for instance, writes an empty thought before the last answer only: the earlier ones are
    read and not learnt. BadData where the template cannot say the dialogue, loses a text, or puts no sign
    after the last answer.
    """
    system, body = arrange(turns, template)
    if system:
        body = body or (Turn("user", ""),)
        with_system = (Turn("system", system), *body)
        body = with_system if _rendered(with_system, tokenizer) else fold_system(system, body, template)
    written = _rendered(body, tokenizer)
    if not written:
        raise BadData("Le format de conversation de ce modèle ne sait pas écrire ce dialogue.", MEND)
    pieces = _pieces(written, body, tokenizer)
    last = max(piece.answer for piece in pieces)
    if body[-1].role == "assistant" and not any(piece.sign and piece.answer == last for piece in pieces):
        raise BadData("Le format de conversation de ce modèle ne dit pas où finit une réponse.", MEND)
    return pieces


def _rendered(turns: Sequence[Turn], tokenizer: Any) -> str:
    """The template's text with placeholders; empty where it refuses the dialogue or does not say it all."""
    messages = [{"role": turn.role, "content": _placeholder(at, turn)} for at, turn in enumerate(turns)]
    try:
        template = tokenizer.get_chat_template()
    except ValueError:  # several, none of them the one to take
        return ""
    text = render(template, messages, {**tokenizer.special_tokens_map, "enable_thinking": False})
    places = [int(found) for found in PLACE.findall(text)]
    return text if places == list(range(len(turns))) else ""


def _placeholder(at: int, turn: Turn) -> str:
    """A stand-in for a text. A user's keeps the white space around it, for the template to trim or not."""
    mark = f"{OPEN}{at}{CLOSE}"
    text = turn.text
    if turn.role == "assistant" or not text.strip():
        return mark
    return text[: len(text) - len(text.lstrip())] + mark + text[len(text.rstrip()) :]


def _pieces(written: str, turns: Sequence[Turn], tokenizer: Any) -> list[Piece]:
    """What the template wrote, cut at its placeholders and signs, with the words put in."""
    signs = _sign_pattern(tokenizer)
    pieces: list[Piece] = []
    answer, ends = NO_ANSWER, NO_ANSWER  # the last answer seen; the one still without its end sign
    at = 0
    for number, (turn, place) in enumerate(zip(turns, PLACE.finditer(written), strict=True)):
        before = written[at : place.start()]
        text = turn.text.strip() or turn.text
        if turn.role == "assistant":
            answer += 1
            # A space before an answer is part of its first token, as in « [/INST] coucou ».
            spaces = len(before) - len(before.rstrip(" "))
            before, text = before[: len(before) - spaces], before[len(before) - spaces :] + turn.text
        pieces += _literal(before, signs, ends)
        ends = NO_ANSWER
        if turn.role == "assistant" and _asked_as(written[: place.start()], turns[: number + 1], tokenizer):
            ends = answer
        pieces.append(Piece(text, answer=ends))
        at = place.end()
    return pieces + _literal(written[at:], signs, ends)


def _sign_pattern(tokenizer: Any) -> re.Pattern[str]:
    """Any sign of the tokenizer, the longest first where one begins another."""
    names = sorted(pen_of(tokenizer).signs, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)) or r"(?!)")


def _literal(text: str, signs: re.Pattern[str], ends: int) -> list[Piece]:
    """What a template wrote between two texts; its first sign ends the answer `ends`, if there is one."""
    pieces: list[Piece] = []
    at = 0
    for found in signs.finditer(text):
        if found.start() > at:
            pieces.append(Piece(text[at : found.start()]))
        pieces.append(Piece(found.group(), sign=True, answer=ends))
        ends, at = NO_ANSWER, found.end()
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return pieces


def _asked_as(before: str, turns: Sequence[Turn], tokenizer: Any) -> bool:
    """Whether the last of these turns would have the same text in front if the dialogue ended with it.

    That is what `prompt` gives when this answer is asked for.
    """
    alone = _rendered(turns, tokenizer)
    return bool(alone) and alone[: alone.rfind(OPEN)] == before
