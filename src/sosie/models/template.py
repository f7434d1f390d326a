"""Chat template: THE door between turns and tokens, for training, evaluation and chat.

 turns  you: « salut »   me: « coucou »
 ids    <|bos|> <|user|> s a l u t <|end|> <|assistant|> c o u c o u <|end|>
 learn     .       .     . . . . .    .          .       x x x x x x    x
                                                         ^ answer_at: the prompt is what stands before

Only the person's words and the special token that ends them are learnt. No other file writes a role marker or
a BOS.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models import jinja_template
from sosie.models.chat_formats import (
    JINJA,
    MISTRAL,
    NO_ANSWER,
    TEMPLATES,
    Segment,
    Template,
    special_tokens_of,
    write_segments,
)
from sosie.models.token_encoder import encoder_of

__all__ = [
    "count_answers",
    "render_text",
    "TEMPLATES",
    "Example",
    "StopConditions",
    "Template",
    "prompt",
    "render",
    "stop_conditions",
    "template_for",
]


@counted
@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue as token ids, and which of them are learnt.

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
class StopConditions:
    """The ids and texts that end an answer, any of them (no known template needs a text)."""

    ids: tuple[int, ...]
    strings: tuple[str, ...] = ()


def template_for(base: Any, tokenizer: Any, card: Any = None) -> Template:
    """The catalogue's template; else the model's own; else the one whose special tokens the tokenizer has.

    A base model that was never taught to chat gets [INST], which needs only bos and eos.
    `base` may hold its card (catalogue.Base). BadData if nothing fits.
    """
    card = card or getattr(base, "card", None)
    if card is not None and card.template in TEMPLATES:
        return TEMPLATES[card.template]
    if tokenizer.chat_template:
        return JINJA
    special_tokens = {
        *encoder_of(tokenizer).special_tokens,
        *(("bos",) if tokenizer.bos_token_id is not None else ()),
    }
    special_tokens |= {"eos"} if tokenizer.eos_token_id is not None else set()
    for name in ("mini", "qwen3", "chatml", "llama3", "gemma"):
        if special_tokens.issuperset(special_tokens_of(TEMPLATES[name])):
            return TEMPLATES[name]
    if special_tokens.issuperset(special_tokens_of(MISTRAL)):
        return MISTRAL
    raise BadData(
        "Ce modèle n'a ni format de conversation, ni signes de début et de fin.",
        "Prenez un modèle du catalogue, ou un modèle de conversation.",
    )


def render(
    turns: Iterable[Turn], tokenizer: Any, template: Template, learnt: Collection[int] | None = None
) -> Example:
    """The example of a dialogue, up to its last answer.

    `learnt`: the numbers of the answers to learn, from 0; all by default. If the model's own template writes
    earlier answers differently from the last one (thinking models), only those are learnt that are written as
    when they are asked for; `truncation.make_examples` gives the others an example each. BadData if there is
    no answer, or the template does not fit the tokenizer.
    """
    turns = list(turns)
    while turns and turns[-1].role != "assistant":
        turns.pop()
    if not turns:
        raise BadData("Ce dialogue n'a pas de réponse à apprendre.", "Vérifiez les rôles des messages.")
    segments = _join_texts(_segments(turns, tokenizer, template))
    last = max(segment.answer for segment in segments)
    ids: list[int] = []
    learn: list[bool] = []
    answer_at = 0
    for segment, segment_ids in zip(
        segments, encoder_of(tokenizer).encode(segments, template.tokenize_alone), strict=True
    ):
        if segment.answer == last and not segment.special:
            answer_at = len(ids)
        wanted = segment.answer != NO_ANSWER and (learnt is None or segment.answer in learnt)
        ids += segment_ids
        learn += [wanted] * len(segment_ids)
    return Example(tuple(ids), tuple(learn), answer_at)


def prompt(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[int]:
    """The ids to continue, exactly those that `render` puts before the answer. The user speaks last."""
    turns = tuple(turns)
    messages = [turn for turn in turns if turn.role != "system"]
    if not messages or messages[-1].role != "user":
        raise BadData("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")
    example = render((*turns, Turn("assistant", "")), tokenizer, template)
    return list(example.ids[: example.answer_at])


def render_text(text: str, tokenizer: Any) -> Example:
    """The example of a text outside any dialogue, as a base model reads it: all is learnt but the BOS."""
    encoder = encoder_of(tokenizer)
    start = [] if encoder.bos is None else [encoder.bos]
    ids = (*start, *encoder.encode_text(text))
    return Example(ids, (*[False] * len(start), *[True] * (len(ids) - len(start))), len(start))


def stop_conditions(template: Template, tokenizer: Any) -> StopConditions:
    """The stop conditions: an answer's end token, the tokenizer's eos, the tokens that open another turn."""
    encoder = encoder_of(tokenizer)
    probe = _segments((Turn("user", "a"), Turn("assistant", "b")), tokenizer, template)
    names = [segment.text for segment in probe if segment.special and segment.answer != NO_ANSWER]
    for format_ in (template.system, template.user, template.assistant):
        names += [segment.text for segment in (format_.before[:1] if format_ else ()) if segment.special]
    found = [encoder.special_id(name) for name in (*names, *(segment.text for segment in template.start))]
    return StopConditions(tuple(dict.fromkeys([*found, *([encoder.eos] if encoder.eos is not None else [])])))


def _segments(turns: Iterable[Turn], tokenizer: Any, template: Template) -> list[Segment]:
    if template.user is None:
        return jinja_template.render_segments(turns, tokenizer, template)
    return write_segments(turns, template)


def count_answers(turns: Iterable[Turn], tokenizer: Any, template: Template) -> int:
    """The number of answers to learn in a rendering of these turns."""
    found = {segment.answer for segment in _segments(turns, tokenizer, template)}
    return len(found - {NO_ANSWER})


def _join_texts(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbouring texts joined, as the models were trained; an answer stays apart from what it follows."""
    joined: list[Segment] = []
    for segment in segments:
        if (
            joined
            and not (segment.special or joined[-1].special)
            and segment.answer == joined[-1].answer == NO_ANSWER
        ):
            segment = Segment(joined.pop().text + segment.text)
        joined.append(segment)
    return joined
