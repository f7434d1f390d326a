"""Truncation: a dialogue longer than the context, cut in windows to learn it and trimmed to answer it.

make_examples  ->  [system] exchanges 1-4 | [system] (2-4 as context) 5-7 | ...     each answer learnt once
trim           ->  [system] the latest exchanges that leave room for an answer
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models.chat_formats import alternate_turns
from sosie.models.template import Example, Template, count_answers, prompt, render

_TOO_SHORT = ("Le contexte est trop court pour un seul message.", "Donnez plus de place (max_tokens).")


def trim(turns: Iterable[Turn], tokenizer: Any, template: Template, limit: int) -> tuple[Turn, ...]:
    """The system text and the latest exchanges whose prompt fits in `limit` tokens.

    If the last message alone is too long, its end is kept; if the system text leaves no room for it, the
    system text is dropped. BadData if not even an empty message fits.
    """
    system, body = _parts(turns, template)
    if not body or body[-1].role != "user":
        raise BadData("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")

    def fits(kept: Sequence[Turn]) -> bool:
        return len(prompt(kept, tokenizer, template)) <= limit

    starts = [at for at, turn in enumerate(body) if turn.role == "user"][::-1]
    exchanges = _most(lambda count: fits((*system, *body[starts[count - 1] :])), len(starts))
    if exchanges:
        return (*system, *body[starts[exchanges - 1] :])
    return _shorten(system, body[-1], fits)


def unread_letters(text: str, kept: str) -> int:
    """How many letters of a message are not in what `trim` kept of it: its end, or all of it among others."""
    return 0 if kept.endswith(text.strip()) else len(text) - len(kept)


def make_examples(turns: Iterable[Turn], tokenizer: Any, template: Template, length: int) -> list[Example]:
    """The dialogue as examples of at most `length` tokens, each answer to learn in exactly one.

    One example if it fits. Else windows: the first from the beginning, each later one with earlier exchanges
    for context up to half the length, and the system text in all. A question too long loses its beginning
    (`Example.shortened`); an answer longer than the context loses its end (`Example.cut`).
    """
    system, body = _parts(turns, template)
    answer_indices = [at for at, turn in enumerate(body) if turn.role == "assistant"]
    if not answer_indices:
        raise BadData("Ce dialogue n'a pas de réponse à apprendre.", "Vérifiez les rôles des messages.")
    wanted = [number for number, at in enumerate(answer_indices) if body[at].learnt]
    whole = render((*system, *body), tokenizer, template, wanted)
    stable = count_answers((*system, *body), tokenizer, template) == len(answer_indices)
    if stable and len(whole.ids) <= length:
        return [whole]
    examples: list[Example] = []
    done = 0
    while done < len(answer_indices):
        room = length // 2 if stable and done else length
        start = _window_start(system, body, answer_indices[done], tokenizer, template, room)

        def window(count: int, start: int = start, done: int = done) -> Example:
            part = body[start : answer_indices[done + count - 1] + 1]
            before = sum(turn.role == "assistant" for turn in part) - count
            learnt = [before + n - done for n in wanted if done <= n < done + count]
            return render((*system, *part), tokenizer, template, learnt)

        most = len(answer_indices) - done if stable else 1
        count = _most(lambda n, window=window: len(window(n).ids) <= length, most)  # type: ignore[misc]
        if not any(done <= number < done + max(count, 1) for number in wanted):
            pass  # all of it is context
        elif count:
            examples.append(window(count))
        else:
            examples.append(_squeezed(system, body[: answer_indices[done] + 1], tokenizer, template, length))
        done += max(count, 1)
    return examples


def _parts(turns: Iterable[Turn], template: Template) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """The system turn (none or one) and the others."""
    system, body = alternate_turns(turns, template)
    return ((Turn("system", system),) if system else ()), body


def _window_start(
    system: Sequence[Turn], body: Sequence[Turn], answer: int, tokenizer: Any, template: Template, room: int
) -> int:
    """Where a window for the answer at this place begins: the earliest user turn whose prompt has room."""
    starts = [at for at, turn in enumerate(body[:answer]) if turn.role == "user"][::-1]
    if not starts:
        return answer

    def fits(count: int) -> bool:
        return len(prompt((*system, *body[starts[count - 1] : answer]), tokenizer, template)) <= room

    return starts[max(_most(fits, len(starts)), 1) - 1]


def _squeezed(
    system: Sequence[Turn], body: Sequence[Turn], tokenizer: Any, template: Template, length: int
) -> Example:
    """One answer too long with its question: the question loses its beginning, then the answer its end."""
    reply = body[-1]
    question = body[-2] if len(body) > 1 else Turn("user", "")

    def size(kept: Sequence[Turn]) -> int:
        return len(render((*kept, reply), tokenizer, template).ids)

    bare = size((*system, Turn("user", "")))
    if bare <= length:
        kept = _shorten(system, question, lambda turns: size(turns) <= length)
    else:
        room = max(length // 4, len(prompt((Turn("user", ""),), tokenizer, template)))
        kept = _shorten(system, question, lambda turns: len(prompt(turns, tokenizer, template)) <= room)
    example = render((*kept, reply), tokenizer, template)
    if example.answer_at >= length:
        raise BadData(*_TOO_SHORT)
    lost = sum(example.learn[length:])
    shortened = kept[-1].text != question.text
    return Example(example.ids[:length], example.learn[:length], example.answer_at, lost, shortened)


def _shorten(system: Sequence[Turn], turn: Turn, fits: Callable[[Sequence[Turn]], bool]) -> tuple[Turn, ...]:
    """The longest end of a message that fits with the system text, or without it where that is too long."""
    for kept in (tuple(system), ()):
        if fits((*kept, Turn(turn.role, ""))):
            count = _most(lambda n, kept=kept: fits((*kept, Turn(turn.role, turn.text[-n:]))), len(turn.text))  # type: ignore[misc]
            return (*kept, Turn(turn.role, turn.text[len(turn.text) - count :]))
    raise BadData(*_TOO_SHORT)


def _most(fits: Callable[[int], bool], limit: int) -> int:
    """The largest count from 1 to `limit` that fits, 0 where none does; asks in strides, then halves."""
    low, stride = 0, 1
    while low + stride <= limit and fits(low + stride):
        low += stride
        stride *= 2
    high = min(low + stride, limit + 1)  # the first known not to fit, or past the end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
