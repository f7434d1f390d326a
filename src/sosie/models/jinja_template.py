"""Dialogues in a model's own Jinja template, whoever wrote it.

The template is rendered with a placeholder for each text, so that it decides about the format and never sees
words: special tokens are looked for in the template's output, never in a person's words, and each answer is
where its placeholder is. That needs no {% generation %} tag, and gives the same spans as one.

 rendered   <s> [INST] @0@ [/INST] @1@</s>
 segments   special <s> · « [INST] salut [/INST] » · answer « coucou » · special </s>, which ends it

Followed: a template that trims a user's text. Not followed: a template that looks inside a text (for
« </think> », say) finds nothing there; an answer is never trimmed.
A template that refuses or drops a system text gets it inside the first user text. One that writes its own
where none is given (« You are Qwen... ») gets an empty one: a person is nobody's assistant.
"""

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models.chat_formats import NO_ANSWER, Segment, Template, alternate_turns, fold_system
from sosie.models.rendering import TEMPLATE_MEND, render_jinja
from sosie.models.token_encoder import encoder_of

OPEN, CLOSE = "\ue000", "\ue001"  # private use: no template writes them
PLACEHOLDER = re.compile(f"{OPEN}(\\d+){CLOSE}")


def render_segments(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[Segment]:
    """The dialogue as segments. An answer is numbered only if it is written as when it is asked for.

    A thinking model, for instance, writes an empty thought before the last answer only: the earlier ones are
    read and not learnt. BadData if the template refuses the dialogue, drops a text, or puts no special token
    after the last answer.
    """
    system, body = alternate_turns(turns, template)
    if system:
        body = body or (Turn("user", ""),)
        with_system = (Turn("system", system), *body)
        body = with_system if _rendered(with_system, tokenizer) else fold_system(system, body, template)
    elif _has_default_system(*_template_and_variables(tokenizer)):
        body = (Turn("system", ""), *body)
    written = _rendered(body, tokenizer)
    if not written:
        raise BadData("Le format de conversation de ce modèle ne sait pas écrire ce dialogue.", TEMPLATE_MEND)
    segments = _split(written, body, tokenizer)
    last = max(segment.answer for segment in segments)
    if body[-1].role == "assistant" and not any(
        segment.special and segment.answer == last for segment in segments
    ):
        raise BadData(
            "Le format de conversation de ce modèle ne dit pas où finit une réponse.", TEMPLATE_MEND
        )
    return segments


def _rendered(turns: Sequence[Turn], tokenizer: Any) -> str:
    """The template's output with placeholders; empty if it refuses the dialogue or drops some of it."""
    messages = [{"role": turn.role, "content": _placeholder(at, turn)} for at, turn in enumerate(turns)]
    template, variables = _template_and_variables(tokenizer)
    text = render_jinja(template, messages, json.loads(variables)) if template else ""
    numbers = [int(found) for found in PLACEHOLDER.findall(text)]
    return text if numbers == list(range(len(turns))) else ""


def _template_and_variables(tokenizer: Any) -> tuple[str, str]:
    """The template, empty where there are several and none to take, and as JSON what it may name."""
    variables = json.dumps({**tokenizer.special_tokens_map, "enable_thinking": False}, default=str)
    try:
        return tokenizer.get_chat_template(), variables
    except ValueError:
        return "", variables


@lru_cache(maxsize=64)
def _has_default_system(template: str, variables: str) -> bool:
    """Whether a template writes a system text of its own where none is given, before the user's:

    <|im_start|>system\\n { S             } <|im_end|>\\n<|im_start|>user\\n      with the system text S
    <|im_start|>system\\n { You are Qwen. } <|im_end|>\\n<|im_start|>user\\n      with none
    """
    user, system = {"role": "user", "content": CLOSE}, {"role": "system", "content": OPEN}
    with_system = render_jinja(template, [system, user], json.loads(variables)).partition(CLOSE)[0]
    without = render_jinja(template, [user], json.loads(variables)).partition(CLOSE)[0]
    before, found, after = with_system.partition(OPEN)
    longer = len(without) > len(before) + len(after)
    return bool(found) and longer and without.startswith(before) and without.endswith(after)


def _placeholder(at: int, turn: Turn) -> str:
    """A placeholder for a text. A user's keeps the white space around it, for the template to trim or not."""
    mark = f"{OPEN}{at}{CLOSE}"
    text = turn.text
    if turn.role == "assistant" or not text.strip():
        return mark
    return text[: len(text) - len(text.lstrip())] + mark + text[len(text.rstrip()) :]


def _split(written: str, turns: Sequence[Turn], tokenizer: Any) -> list[Segment]:
    """The template's output split at placeholders and special tokens, with the texts put in."""
    special_tokens = _special_token_pattern(tokenizer)
    segments: list[Segment] = []
    answer, ends = NO_ANSWER, NO_ANSWER  # the last answer seen; the one still without its end token
    at = 0
    for number, (turn, placeholder) in enumerate(zip(turns, PLACEHOLDER.finditer(written), strict=True)):
        before = written[at : placeholder.start()]
        text = turn.text.strip() or turn.text
        if turn.role == "assistant":
            answer += 1
            # A space before an answer is part of its first token, as in « [/INST] coucou ».
            spaces = len(before) - len(before.rstrip(" "))
            before, text = before[: len(before) - spaces], before[len(before) - spaces :] + turn.text
        segments += _literal(before, special_tokens, ends)
        ends = NO_ANSWER
        if turn.role == "assistant" and _matches_prompt(
            written[: placeholder.start()], turns[: number + 1], tokenizer
        ):
            ends = answer
        segments.append(Segment(text, answer=ends))
        at = placeholder.end()
    return segments + _literal(written[at:], special_tokens, ends)


def _special_token_pattern(tokenizer: Any) -> re.Pattern[str]:
    """A pattern of the tokenizer's special tokens, the longest first where one begins another."""
    names = sorted(encoder_of(tokenizer).special_tokens, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)) or r"(?!)")


def _literal(text: str, special_tokens: re.Pattern[str], ends: int) -> list[Segment]:
    """The template's output between two texts; its first special token ends the answer `ends`, if any."""
    segments: list[Segment] = []
    at = 0
    for found in special_tokens.finditer(text):
        if found.start() > at:
            segments.append(Segment(text[at : found.start()]))
        segments.append(Segment(found.group(), special=True, answer=ends))
        ends, at = NO_ANSWER, found.end()
    if at < len(text):
        segments.append(Segment(text[at:]))
    return segments


def _matches_prompt(before: str, turns: Sequence[Turn], tokenizer: Any) -> bool:
    """Whether the last of these turns follows the very text that `prompt` gives when it is asked for."""
    alone = _rendered(turns, tokenizer)
    return bool(alone) and alone[: alone.rfind(OPEN)] == before
