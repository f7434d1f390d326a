"""How each family of models writes a dialogue: its signs, its frames, and where a system text goes.

 mini       <|bos|> <|user|>salut<|end|> <|assistant|>coucou<|end|>
 mistral    <s> [INST] salut [/INST] coucou</s>                            (each utterance tokenised alone)
 vigostral  the same, the system text between <<SYS>> and <</SYS>>
 chatml     <|im_start|>user¶salut<|im_end|>¶<|im_start|>assistant¶coucou<|im_end|>¶
 qwen3      chatml with an empty <think> block before each answer
 llama3     <|begin_of_text|><|start_header_id|>user<|end_header_id|>¶¶salut<|eot_id|>...
 gemma      <bos><start_of_turn>user¶salut<end_of_turn>¶<start_of_turn>model¶coucou<end_of_turn>¶
 own        the model's own Jinja template (own.py)

Texts are written as they are: never trimmed, never escaped. A sign is one id that no text can make.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sosie.core.dialogue import Turn
from sosie.core.jsonl import merge_runs

NO_ANSWER = -1


@dataclass(frozen=True, slots=True)
class Piece:
    """A sign (one control id) or a run of text; `answer` is the number of the reply it belongs to."""

    text: str
    sign: bool = False
    answer: int = NO_ANSWER


def sign(name: str) -> Piece:
    """One control id. `bos` and `eos` stand for whatever the tokenizer calls so."""
    return Piece(name, sign=True)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before and after the text of a turn. An answer ends with the first sign of `after`."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One way to write a dialogue; a value, known by its name.

    system     its frame, or None where the model has no system role: then the text goes in front of the
               first user text, between the two of `fold`
    alternate  whether the first turn must be the user's: an answer that opens the dialogue then follows an
               empty user text, as mistral-common does
    alone      whether each text is tokenised as if nothing stood before it (SentencePiece's leading space)
    """

    name: str
    start: tuple[Piece, ...] = ()
    user: Frame | None = None  # None: the model's own Jinja template
    assistant: Frame | None = None
    system: Frame | None = None
    fold: tuple[str, str] = ("", "\n\n")
    alternate: bool = False
    alone: bool = False


def _plain(before: str, after: str) -> Frame:
    return Frame((Piece(before),) if before else (), (Piece(after),) if after else ())


def _marked(name: str) -> Frame:
    return Frame((sign(f"<|{name}|>"),), (sign("<|end|>"),))


def _chatml(role: str) -> Frame:
    return Frame((sign("<|im_start|>"), Piece(f"{role}\n")), (sign("<|im_end|>"), Piece("\n")))


def _llama3(role: str) -> Frame:
    header = (sign("<|start_header_id|>"), Piece(role), sign("<|end_header_id|>"), Piece("\n\n"))
    return Frame(header, (sign("<|eot_id|>"),))


def _gemma(role: str) -> Frame:
    return Frame((sign("<start_of_turn>"), Piece(f"{role}\n")), (sign("<end_of_turn>"), Piece("\n")))


_THOUGHT = (sign("<think>"), Piece("\n\n"), sign("</think>"), Piece("\n\n"))
_INST = _plain("[INST] ", " [/INST]")
_ENDED = Frame((), (sign("eos"),))
_BOS = (sign("bos"),)

MINI = Template("mini", (sign("<|bos|>"),), _marked("user"), _marked("assistant"), _marked("system"))
MISTRAL = Template("mistral", _BOS, _INST, _ENDED, alternate=True, alone=True)
VIGOSTRAL = Template(
    "vigostral",
    _BOS,
    _INST,
    _ENDED,
    fold=("<<SYS>>\n", "\n<</SYS>>\n\n"),
    alternate=True,
    alone=True,
)
CHATML = Template("chatml", (), _chatml("user"), _chatml("assistant"), _chatml("system"))
QWEN3 = Template(
    "qwen3",
    (),
    _chatml("user"),
    Frame((*_chatml("assistant").before, *_THOUGHT), _chatml("assistant").after),
    _chatml("system"),
)
LLAMA3 = Template(
    "llama3", (sign("<|begin_of_text|>"),), _llama3("user"), _llama3("assistant"), _llama3("system")
)
GEMMA = Template("gemma", (sign("<bos>"),), _gemma("user"), _gemma("model"), alternate=True)
OWN = Template("own", alternate=True)

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {t.name: t for t in (MINI, MISTRAL, VIGOSTRAL, CHATML, QWEN3, LLAMA3, GEMMA, OWN)}
)


def signs_of(template: Template) -> tuple[str, ...]:
    """The names of the signs that a tokenizer needs for this template, each once (`bos`, `eos` as such)."""
    frames = [frame for frame in (template.user, template.assistant, template.system) if frame]
    pieces = [*template.start, *(piece for frame in frames for piece in (*frame.before, *frame.after))]
    return tuple(dict.fromkeys(piece.text for piece in pieces if piece.sign))


def arrange(turns: Iterable[Turn], template: Template) -> tuple[str, tuple[Turn, ...]]:
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
    """The turns with the system text inside the first user text."""
    first, *rest = body
    before, after = template.fold
    return (Turn(first.role, before + system + after + first.text), *rest)


def write(turns: Iterable[Turn], template: Template) -> list[Piece]:
    """A dialogue as signs and texts, in the template's frames; the answers are numbered from 0."""
    system, body = arrange(turns, template)
    if system and not template.system:
        body = fold_system(system, body or (Turn("user", ""),), template)
    pieces = list(template.start)
    if system and template.system:
        pieces += _framed(template.system, Turn("system", system), NO_ANSWER)
    answer = NO_ANSWER
    for turn in body:
        answer += turn.role == "assistant"
        frame = template.assistant if turn.role == "assistant" else template.user
        assert frame is not None, "own.py writes the dialogues of Jinja templates"
        pieces += _framed(frame, turn, answer if turn.role == "assistant" else NO_ANSWER)
    return pieces


def _framed(frame: Frame, turn: Turn, answer: int) -> list[Piece]:
    """One turn. Of what follows an answer, the first sign belongs to it: that is how it ends."""
    after = list(frame.after)
    for at, piece in enumerate(after):
        if piece.sign:
            after[at] = Piece(piece.text, sign=True, answer=answer)
            break
    return [*frame.before, Piece(turn.text, answer=answer), *after]
