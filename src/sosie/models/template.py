"""THE door between turns and tokens: training, evaluation and chat all pass here.

 turns  you: « salut »   me: « coucou »
 ids    <|bos|> <|user|> s a l u t <|end|> <|assistant|> c o u c o u <|end|>
 learn     .       .     . . . . .    .          .       x x x x x x    x
                                                         ^ answer_at: the prompt is what stands before

Only the person's words and the sign that ends them are learnt. Nobody else writes a role marker or a BOS.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models import own
from sosie.models.formats import MISTRAL, NO_ANSWER, OWN, TEMPLATES, Piece, Template, arrange, signs_of, write
from sosie.models.tokens import pen_of

__all__ = [
    "TEMPLATES",
    "Example",
    "Stops",
    "Template",
    "examples",
    "prompt",
    "render",
    "show",
    "stops",
    "template_for",
    "trim",
]


TOO_SHORT = ("Le contexte est trop court pour un seul message.", "Donnez plus de place (max_tokens).")


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue as a model sees it.

    `learn[i]` says that token i is a target; `answer_at` is where the last answer starts; `cut` counts the
    targets that were left out at the end because the answer is longer than the context.
    """

    ids: tuple[int, ...]
    learn: tuple[bool, ...]
    answer_at: int
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Stops:
    """What ends an answer: any of these ids, or any of these texts (no known template needs a text)."""

    ids: tuple[int, ...]
    strings: tuple[str, ...] = ()


def template_for(base: Any, tokenizer: Any, card: Any = None) -> Template:
    """The catalogue's template; else the model's own; else the one whose signs the tokenizer has.

    A base model that was never taught to chat gets [INST], which needs no sign but bos and eos.
    `base` may hold its card (catalogue.Base). BadData where nothing fits.
    """
    card = card or getattr(base, "card", None)
    if card is not None and card.template in TEMPLATES:
        return TEMPLATES[card.template]
    if tokenizer.chat_template:
        return OWN
    signs = {*pen_of(tokenizer).signs, *(("bos",) if tokenizer.bos_token_id is not None else ())}
    signs |= {"eos"} if tokenizer.eos_token_id is not None else set()
    for name in ("mini", "qwen3", "chatml", "llama3", "gemma"):
        if signs.issuperset(signs_of(TEMPLATES[name])):
            return TEMPLATES[name]
    if signs.issuperset(signs_of(MISTRAL)):
        return MISTRAL
    raise BadData(
        "Ce modèle n'a ni format de conversation, ni signes de début et de fin.",
        "Prenez un modèle du catalogue, ou un modèle de conversation.",
    )


def render(turns: Iterable[Turn], tokenizer: Any, template: Template) -> Example:
    """The example of a dialogue, all its answers learnt; what follows the last answer is left out.

    With an own template that writes earlier answers differently from the last one (thinking models), only
    those are learnt that stand as they would be asked for; `examples` gives the others an example each.
    BadData where there is no answer, or the template does not fit the tokenizer.
    """
    return _render(turns, tokenizer, template)


def prompt(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[int]:
    """The ids to continue: exactly what `render` puts before the answer. The last turn is the user's."""
    turns = tuple(turns)
    spoken = [turn for turn in turns if turn.role != "system"]
    if not spoken or spoken[-1].role != "user":
        raise BadData("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")
    example = _render((*turns, Turn("assistant", "")), tokenizer, template)
    return list(example.ids[: example.answer_at])


def stops(template: Template, tokenizer: Any) -> Stops:
    """What ends an answer: its end sign, the tokenizer's eos, and the signs that open another turn."""
    pen = pen_of(tokenizer)
    probe = _pieces((Turn("user", "a"), Turn("assistant", "b")), tokenizer, template)
    names = [piece.text for piece in probe if piece.sign and piece.answer != NO_ANSWER]
    for frame in (template.system, template.user, template.assistant):
        names += [piece.text for piece in (frame.before[:1] if frame else ()) if piece.sign]
    found = [pen.sign(name) for name in (*names, *(piece.text for piece in template.start))]
    return Stops(tuple(dict.fromkeys([*found, *([pen.eos] if pen.eos is not None else [])])))


def show(example: Example, tokenizer: Any) -> list[tuple[str, str]]:
    """The example as (piece of text, « learnt » or « read »), for a coloured preview.

    Neighbours of one state are decoded together, so that no letter is broken.
    """
    runs: list[tuple[list[int], str]] = []
    for token, learnt in zip(example.ids, example.learn, strict=True):
        state = "learnt" if learnt else "read"
        if not runs or runs[-1][1] != state:
            runs.append(([], state))
        runs[-1][0].append(token)
    return [(tokenizer.decode(ids, clean_up_tokenization_spaces=False), state) for ids, state in runs]


def trim(turns: Iterable[Turn], tokenizer: Any, template: Template, limit: int) -> tuple[Turn, ...]:
    """The system text and the latest exchanges whose prompt fits in `limit` tokens.

    Where the last message alone is too long, its end is kept; where the system text leaves no room for it,
    the system text goes. BadData where not even an empty message fits.
    """
    system, body = _parts(turns, template)
    if not body or body[-1].role != "user":
        raise BadData("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")

    def fits(kept: Sequence[Turn]) -> bool:
        return len(prompt(kept, tokenizer, template)) <= limit

    starts = [at for at, turn in enumerate(body) if turn.role == "user"][::-1]
    kept = _most(lambda count: fits((*system, *body[starts[count - 1] :])), len(starts))
    if kept:
        return (*system, *body[starts[kept - 1] :])
    return _shorten(system, body[-1], fits)


def examples(turns: Iterable[Turn], tokenizer: Any, template: Template, length: int) -> list[Example]:
    """The dialogue as examples of at most `length` tokens, each answer learnt exactly once.

    One example where it fits. Else windows: the first from the beginning, each later one with earlier
    exchanges for context up to half the length, and the system text in all. A question too long loses its
    beginning; an answer longer than the context loses its end (`Example.cut` counts the targets lost).
    """
    system, body = _parts(turns, template)
    places = [at for at, turn in enumerate(body) if turn.role == "assistant"]
    if not places:
        raise BadData("Ce dialogue n'a pas de réponse à apprendre.", "Vérifiez les rôles des messages.")
    whole = _render((*system, *body), tokenizer, template)
    stable = _answers_of((*system, *body), tokenizer, template) == len(places)
    if stable and len(whole.ids) <= length:
        return [whole]
    made: list[Example] = []
    done = 0
    while done < len(places):
        room = length // 2 if stable and done else length
        start = _window_start(system, body, places[done], tokenizer, template, room)

        def window(count: int, start: int = start, done: int = done) -> Example:
            part = body[start : places[done + count - 1] + 1]
            before = sum(turn.role == "assistant" for turn in part) - count
            return _render((*system, *part), tokenizer, template, range(before, before + count))

        most = len(places) - done if stable else 1
        count = _most(lambda n, window=window: len(window(n).ids) <= length, most)  # type: ignore[misc]
        if count:
            made.append(window(count))
        else:
            made.append(_squeezed(system, body[: places[done] + 1], tokenizer, template, length))
        done += max(count, 1)
    return made


def _pieces(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[Piece]:
    if template.user is None:
        return own.write(turns, tokenizer, template)
    return write(turns, template)


def _render(
    turns: Iterable[Turn], tokenizer: Any, template: Template, learnt: Collection[int] | None = None
) -> Example:
    """`learnt`: the numbers of the answers to learn; all by default."""
    turns = list(turns)
    while turns and turns[-1].role != "assistant":
        turns.pop()
    if not turns:
        raise BadData("Ce dialogue n'a pas de réponse à apprendre.", "Vérifiez les rôles des messages.")
    pieces = _joined(_pieces(turns, tokenizer, template))
    last = max(piece.answer for piece in pieces)
    ids: list[int] = []
    learn: list[bool] = []
    answer_at = 0
    for piece, written in zip(pieces, pen_of(tokenizer).write(pieces, template.alone), strict=True):
        if piece.answer == last and not piece.sign:
            answer_at = len(ids)
        wanted = piece.answer != NO_ANSWER and (learnt is None or piece.answer in learnt)
        ids += written
        learn += [wanted] * len(written)
    return Example(tuple(ids), tuple(learn), answer_at)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbouring texts read as one, as the models saw them; an answer stays apart from what it follows."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not (piece.sign or joined[-1].sign) and piece.answer == joined[-1].answer == NO_ANSWER:
            piece = Piece(joined.pop().text + piece.text)
        joined.append(piece)
    return joined


def _parts(turns: Iterable[Turn], template: Template) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """The system turn (none or one) and the others."""
    system, body = arrange(turns, template)
    return ((Turn("system", system),) if system else ()), body


def _answers_of(turns: Iterable[Turn], tokenizer: Any, template: Template) -> int:
    """How many answers a rendering of these turns learns."""
    found = {piece.answer for piece in _pieces(turns, tokenizer, template)}
    return len(found - {NO_ANSWER})


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
        return len(_render((*kept, reply), tokenizer, template).ids)

    bare = size((*system, Turn("user", "")))
    if bare <= length:
        kept = _shorten(system, question, lambda turns: size(turns) <= length)
    else:
        room = max(length // 4, len(prompt((Turn("user", ""),), tokenizer, template)))
        kept = _shorten(system, question, lambda turns: len(prompt(turns, tokenizer, template)) <= room)
    example = _render((*kept, reply), tokenizer, template)
    if example.answer_at >= length:
        raise BadData(*TOO_SHORT)
    return Example(
        example.ids[:length], example.learn[:length], example.answer_at, sum(example.learn[length:])
    )


def _shorten(system: Sequence[Turn], turn: Turn, fits: Callable[[Sequence[Turn]], bool]) -> tuple[Turn, ...]:
    """The longest end of a message that fits with the system text, or without it where that is too long."""
    for kept in (tuple(system), ()):
        if fits((*kept, Turn(turn.role, ""))):
            count = _most(lambda n, kept=kept: fits((*kept, Turn(turn.role, turn.text[-n:]))), len(turn.text))  # type: ignore[misc]
            return (*kept, Turn(turn.role, turn.text[len(turn.text) - count :]))
    raise BadData(*TOO_SHORT)


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
