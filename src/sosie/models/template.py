"""THE door between turns and tokens: training, evaluation and chat all pass here.

 turns  you: « salut »   me: « coucou »
 ids    <|bos|> <|user|> s a l u t <|end|> <|assistant|> c o u c o u <|end|>
 learn     .       .     . . . . .    .          .       x x x x x x    x
                                                         ^ answer_at: the prompt is what stands before

Only the person's words and the sign that ends them are learnt. Nobody else writes a role marker or a BOS.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models import jinja_template
from sosie.models.chat_formats import MISTRAL, NO_ANSWER, OWN, TEMPLATES, Piece, Template, signs_of, write
from sosie.models.token_encoder import pen_of

__all__ = [
    "answers_in",
    "plain",
    "TEMPLATES",
    "Example",
    "Stops",
    "Template",
    "prompt",
    "render",
    "stops",
    "template_for",
]


@counted
@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue as a model sees it.

    `learn[i]` says that token i is a target; `answer_at` is where the last answer starts; `cut` counts the
    targets that were left out at the end because the answer is longer than the context; `shortened`, whether
    the message before it lost its beginning.
    """

    ids: tuple[int, ...]
    learn: tuple[bool, ...]
    answer_at: int
    cut: int = 0
    shortened: bool = False


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


def render(
    turns: Iterable[Turn], tokenizer: Any, template: Template, learnt: Collection[int] | None = None
) -> Example:
    """The example of a dialogue; what follows the last answer is left out.

    `learnt`: the numbers of the answers to learn, from 0; all by default. With an own template that writes
    earlier answers differently from the last one (thinking models), only those are learnt that stand as they
    would be asked for; `windows.examples` gives the others an example each. BadData where there is no answer,
    or the template does not fit the tokenizer.
    """
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


def prompt(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[int]:
    """The ids to continue: exactly what `render` puts before the answer. The last turn is the user's."""
    turns = tuple(turns)
    spoken = [turn for turn in turns if turn.role != "system"]
    if not spoken or spoken[-1].role != "user":
        raise BadData("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")
    example = render((*turns, Turn("assistant", "")), tokenizer, template)
    return list(example.ids[: example.answer_at])


def plain(text: str, tokenizer: Any) -> Example:
    """A text outside any dialogue, all of it learnt but the sign that begins it: what a base model reads."""
    pen = pen_of(tokenizer)
    start = [] if pen.bos is None else [pen.bos]
    ids = (*start, *pen.text(text))
    return Example(ids, (*[False] * len(start), *[True] * (len(ids) - len(start))), len(start))


def stops(template: Template, tokenizer: Any) -> Stops:
    """What ends an answer: its end sign, the tokenizer's eos, and the signs that open another turn."""
    pen = pen_of(tokenizer)
    probe = _pieces((Turn("user", "a"), Turn("assistant", "b")), tokenizer, template)
    names = [piece.text for piece in probe if piece.sign and piece.answer != NO_ANSWER]
    for frame in (template.system, template.user, template.assistant):
        names += [piece.text for piece in (frame.before[:1] if frame else ()) if piece.sign]
    found = [pen.sign(name) for name in (*names, *(piece.text for piece in template.start))]
    return Stops(tuple(dict.fromkeys([*found, *([pen.eos] if pen.eos is not None else [])])))


def _pieces(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[Piece]:
    if template.user is None:
        return jinja_template.write(turns, tokenizer, template)
    return write(turns, template)


def answers_in(turns: Iterable[Turn], tokenizer: Any, template: Template) -> int:
    """How many answers a rendering of these turns learns."""
    found = {piece.answer for piece in _pieces(turns, tokenizer, template)}
    return len(found - {NO_ANSWER})


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbouring texts read as one, as the models saw them; an answer stays apart from what it follows."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not (piece.sign or joined[-1].sign) and piece.answer == joined[-1].answer == NO_ANSWER:
            piece = Piece(joined.pop().text + piece.text)
        joined.append(piece)
    return joined
