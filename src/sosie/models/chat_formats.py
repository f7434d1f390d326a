"""The chat formats of model families: special tokens, the format of each turn, the place of a system text.

 mini       <|bos|> <|user|>salut<|end|> <|assistant|>coucou<|end|>
 mistral    <s> [INST] salut [/INST] coucou</s>                            (each utterance tokenised alone)
 vigostral  the same, the system text between <<SYS>> and <</SYS>>
 mistral-v7 <s>[SYSTEM_PROMPT]tu es Léa[/SYSTEM_PROMPT][INST]salut[/INST]coucou</s>
 chatml     <|im_start|>user¶salut<|im_end|>¶<|im_start|>assistant¶coucou<|im_end|>¶
 qwen3      chatml with an empty <think> block before each answer
 llama3     <|begin_of_text|><|start_header_id|>user<|end_header_id|>¶¶salut<|eot_id|>...
 nanochat   <|bos|><|user_start|>salut<|user_end|><|assistant_start|>coucou<|assistant_end|>
 gemma      <bos><start_of_turn>user¶salut<end_of_turn>¶<start_of_turn>model¶coucou<end_of_turn>¶
 own        the model's own Jinja template (jinja_template.py)

Texts are written as they are: never trimmed, never escaped. A special token is one id that no text can make.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sosie.core.dialogue import Turn
from sosie.core.message_turns import merge_runs

NO_ANSWER = -1


@dataclass(frozen=True, slots=True)
class Segment:
    """A special token (one id) or a piece of text; `answer` is the number of the reply it belongs to."""

    text: str
    special: bool = False
    answer: int = NO_ANSWER


def special_token(name: str) -> Segment:
    """The segment of a special token. `bos` and `eos` are those of the tokenizer, whatever their text."""
    return Segment(name, special=True)


@dataclass(frozen=True, slots=True)
class TurnFormat:
    """The segments before and after the text of a turn. The first special token of `after` ends an answer."""

    before: tuple[Segment, ...]
    after: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A chat template: one way to write a dialogue, a value known by its name.

    system          its format, or None where the model has no system role: then the text goes in front of
                    the first user text, between the two of `fold`
    alternate       whether the first turn must be the user's: an answer that opens the dialogue then follows
                    an empty user text, as mistral-common does
    tokenize_alone  whether each text is tokenised as if it came first (SentencePiece's leading space)
    """

    name: str
    start: tuple[Segment, ...] = ()
    user: TurnFormat | None = None  # None: the model's own Jinja template
    assistant: TurnFormat | None = None
    system: TurnFormat | None = None
    fold: tuple[str, str] = ("", "\n\n")
    alternate: bool = False
    tokenize_alone: bool = False


def _text_format(before: str, after: str) -> TurnFormat:
    return TurnFormat((Segment(before),) if before else (), (Segment(after),) if after else ())


def _mini(name: str) -> TurnFormat:
    return TurnFormat((special_token(f"<|{name}|>"),), (special_token("<|end|>"),))


def _chatml(role: str) -> TurnFormat:
    return TurnFormat(
        (special_token("<|im_start|>"), Segment(f"{role}\n")), (special_token("<|im_end|>"), Segment("\n"))
    )


def _llama3(role: str) -> TurnFormat:
    header = (
        special_token("<|start_header_id|>"),
        Segment(role),
        special_token("<|end_header_id|>"),
        Segment("\n\n"),
    )
    return TurnFormat(header, (special_token("<|eot_id|>"),))


def _gemma(role: str) -> TurnFormat:
    return TurnFormat(
        (special_token("<start_of_turn>"), Segment(f"{role}\n")),
        (special_token("<end_of_turn>"), Segment("\n")),
    )


def _nanochat(name: str) -> TurnFormat:
    return TurnFormat((special_token(f"<|{name}_start|>"),), (special_token(f"<|{name}_end|>"),))


def _bracketed(name: str) -> TurnFormat:
    return TurnFormat((special_token(f"[{name}]"),), (special_token(f"[/{name}]"),))


_THOUGHT = (special_token("<think>"), Segment("\n\n"), special_token("</think>"), Segment("\n\n"))
_INST = _text_format("[INST] ", " [/INST]")
_EOS = TurnFormat((), (special_token("eos"),))
_BOS = (special_token("bos"),)

MINI = Template("mini", (special_token("<|bos|>"),), _mini("user"), _mini("assistant"), _mini("system"))
MISTRAL = Template("mistral", _BOS, _INST, _EOS, alternate=True, tokenize_alone=True)
VIGOSTRAL = Template(
    "vigostral",
    _BOS,
    _INST,
    _EOS,
    fold=("<<SYS>>\n", "\n<</SYS>>\n\n"),
    alternate=True,
    tokenize_alone=True,
)
# Ministral 3's. Its own Jinja template puts the authors' assistant in front where there is no system text.
MISTRAL_V7 = Template(
    "mistral-v7", _BOS, _bracketed("INST"), _EOS, _bracketed("SYSTEM_PROMPT"), alternate=True
)
CHATML = Template("chatml", (), _chatml("user"), _chatml("assistant"), _chatml("system"))
QWEN3 = Template(
    "qwen3",
    (),
    _chatml("user"),
    TurnFormat((*_chatml("assistant").before, *_THOUGHT), _chatml("assistant").after),
    _chatml("system"),
)
LLAMA3 = Template(
    "llama3", (special_token("<|begin_of_text|>"),), _llama3("user"), _llama3("assistant"), _llama3("system")
)
NANOCHAT = Template(
    "nanochat", (special_token("<|bos|>"),), _nanochat("user"), _nanochat("assistant"), alternate=True
)
GEMMA = Template("gemma", (special_token("<bos>"),), _gemma("user"), _gemma("model"), alternate=True)
JINJA = Template("own", alternate=True)

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {t.name: t for t in (MINI, MISTRAL, VIGOSTRAL, MISTRAL_V7, CHATML, QWEN3, LLAMA3, NANOCHAT, GEMMA, JINJA)}
)


def special_tokens_of(template: Template) -> tuple[str, ...]:
    """The special tokens that this template needs, each once (`bos` and `eos` by those names)."""
    formats = [format_ for format_ in (template.user, template.assistant, template.system) if format_]
    segments = [
        *template.start,
        *(segment for format_ in formats for segment in (*format_.before, *format_.after)),
    ]
    return tuple(dict.fromkeys(segment.text for segment in segments if segment.special))


def alternate_turns(turns: Iterable[Turn], template: Template) -> tuple[str, tuple[Turn, ...]]:
    """The system text, and alternating user and assistant turns.

    Several system texts, wherever they stand, become one (blank line between); neighbours of one role
    are joined by a line break; where the template wants the user first, an empty user text is put
    before an answer that opens the dialogue: the answer is kept and learnt.
    """
    turns = tuple(turns)
    system = "\n\n".join(turn.text for turn in turns if turn.role == "system" and turn.text.strip())
    body = merge_runs(turn for turn in turns if turn.role != "system")
    if template.alternate and body and body[0].role == "assistant":
        body = (Turn("user", ""), *body)
    return system, body


def fold_system(system: str, body: Sequence[Turn], template: Template) -> tuple[Turn, ...]:
    """The turns with the system text put inside the first user text."""
    first, *rest = body
    before, after = template.fold
    return (Turn(first.role, before + system + after + first.text), *rest)


def write_segments(turns: Iterable[Turn], template: Template) -> list[Segment]:
    """A dialogue as segments, in the template's format; the answers are numbered from 0."""
    system, body = alternate_turns(turns, template)
    if system and not template.system:
        body = fold_system(system, body or (Turn("user", ""),), template)
    segments = list(template.start)
    if system and template.system:
        segments += _format_turn(template.system, Turn("system", system), NO_ANSWER)
    answer = NO_ANSWER
    for turn in body:
        answer += turn.role == "assistant"
        format_ = template.assistant if turn.role == "assistant" else template.user
        assert format_ is not None, "jinja_template.py writes the dialogues of Jinja templates"
        segments += _format_turn(format_, turn, answer if turn.role == "assistant" else NO_ANSWER)
    return segments


def _format_turn(format_: TurnFormat, turn: Turn, answer: int) -> list[Segment]:
    """The segments of one turn. The first special token after an answer belongs to it: it ends the answer."""
    after = list(format_.after)
    for at, segment in enumerate(after):
        if segment.special:
            after[at] = Segment(segment.text, special=True, answer=answer)
            break
    return [*format_.before, Segment(turn.text, answer=answer), *after]
