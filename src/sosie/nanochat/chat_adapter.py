"""A model of ours as nanochat's own Engine takes one: a model object and a tokenizer object, nothing patched.

 their Engine                          here
 forward(prompt ids, cache)            ids back to turns, our template, our model: the answer so far is left
                                       in `cache.prev_embedding`, which their cache copies row by row
 forward(drawn ids, cache)             each row reads its token
 tokenizer.encode("salut")             an id a byte, beyond our vocabulary: the text is found again, whole
 tokenizer.decode([id])                what that token makes certain, as their terminal prints it

Their calculator, where it is asked for: « <<12*7>> » in an answer is shown to their Engine as its own signs,
and the result that it forces is read by our model as text.
"""

from collections.abc import Sequence
from itertools import groupby
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sosie.core.dialogue import Turn
from sosie.engines.calculator import from_french
from sosie.engines.detokenizer import Detokenizer
from sosie.engines.stepwise import DrawnAnswer, Stepwise
from sosie.models.nanochat.vocabulary import BYTES, SPECIAL_TOKENS

if TYPE_CHECKING:
    import torch

FIRST_BYTE = 16  # ids after our vocabulary: the nine signs, then the bytes
END, BOS = "<|assistant_end|>", "<|bos|>"
CALCULATION = ("<<", ">>")


class AdapterTokenizer:
    """What nanochat's programs ask of a tokenizer."""

    def __init__(self, ours: Stepwise) -> None:
        self.words = ours.vocabulary_size
        self.ours, self.size = ours, self.words + FIRST_BYTE + BYTES
        self.signs = {name: self.words + place for place, name in enumerate(SPECIAL_TOKENS)}
        self.names = {id_: name for name, id_ in self.signs.items()}
        # A nanochat of ours has the signs of a calculation as tokens of its own.
        calculating = SPECIAL_TOKENS[5:]
        self.real = {self.signs[name]: id_ for name, id_ in ours.special_ids.items() if name in calculating}
        self.expressions: dict[tuple[int, ...], str] = {}  # by the ids that their Engine collects
        self.restart()

    def restart(self) -> None:
        """Another answer begins: what is decoded token by token begins again."""
        self._printed: Detokenizer[int] = Detokenizer(self.text)

    def get_vocab_size(self) -> int:
        return self.size

    def get_bos_token_id(self) -> int:
        return self.signs[BOS]

    def encode_special(self, name: str) -> int:
        return self.signs[name]

    def encode(self, text: str) -> list[int]:
        return [self.words + FIRST_BYTE + byte for byte in text.encode("utf-8", "replace")]

    def decode(self, ids: Sequence[int]) -> str:
        if (collected := self.expressions.pop(tuple(ids), None)) is not None:
            return collected
        if len(ids) != 1:
            return self.text(ids)
        return (
            self.names[ids[0]] if ids[0] in (self.signs[END], self.signs[BOS]) else self._printed.push(ids[0])
        )

    def text(self, ids: Sequence[int]) -> str:
        """The text of our tokens, of bytes, and of signs, in their order."""
        parts, said = [], list[int]()
        for kind, group in groupby(ids, self._kind):
            if kind == "word":
                before = self.ours.text(said)
                said += group
                parts.append(self.ours.text(said)[len(before) :])
            elif kind == "byte":
                parts.append(self.bytes_of(group).decode("utf-8", "replace"))
            else:
                parts += [self.names[id_] for id_ in group if id_ in self.real]
        return "".join(parts)

    def _kind(self, id_: int) -> str:
        return "word" if id_ < self.words else "sign" if id_ < self.words + FIRST_BYTE else "byte"

    def is_byte(self, id_: int) -> bool:
        return self._kind(id_) == "byte"

    def bytes_of(self, ids: Any) -> bytes:
        return bytes(id_ - self.words - FIRST_BYTE for id_ in ids)

    def turns(self, ids: Sequence[int]) -> tuple[Turn, ...]:
        """The conversation that a prompt is."""
        turns, held = [], list[int]()
        for id_ in ids:
            name = self.names.get(id_, "")
            if name in ("<|user_start|>", "<|assistant_start|>"):
                held = []
            elif name in ("<|user_end|>", END):
                turns.append(Turn("user" if "user" in name else "assistant", self.text(held)))
            else:
                held.append(id_)
        return tuple(turn for turn in turns if turn.text)


class AdapterModel:
    """What nanochat's Engine asks of a model. Its cache is made as small as can be: ours is elsewhere."""

    def __init__(self, tokenizer: AdapterTokenizer, calculator: bool = False) -> None:
        self.tokenizer, self.calculator = tokenizer, calculator
        context = tokenizer.ours.context
        self.config = SimpleNamespace(n_layer=1, n_head=1, n_kv_head=1, n_embd=1, sequence_len=context)

    def get_device(self) -> "torch.device":
        import torch

        return torch.device("cpu")

    def forward(self, ids: "torch.Tensor", kv_cache: Any) -> "torch.Tensor":
        """The logits of the next token of each row, shape (rows, 1, size)."""
        if kv_cache.prev_embedding is None:
            self.tokenizer.restart()
            answer = self.tokenizer.ours.begin(self.tokenizer.turns(ids[0].tolist()))
            kv_cache.prev_embedding = Rows([BatchRow(answer, self.tokenizer, self.calculator)])
        else:
            for row, token in zip(kv_cache.prev_embedding.rows, ids[:, 0].tolist(), strict=True):
                row.add(token)
        return kv_cache.prev_embedding.logits()  # type: ignore[no-any-return]


class Rows:
    """The answers of a batch, where their cache keeps a tensor: it is expanded and cloned as one."""

    def __init__(self, rows: "list[BatchRow]") -> None:
        self.rows = rows

    def expand(self, count: int, *_: int) -> "Rows":
        return Rows([self.rows[0].copy() for _ in range(count)])

    def clone(self) -> "Rows":
        return self

    def logits(self) -> "torch.Tensor":
        import torch

        return torch.stack([row.logits() for row in self.rows])[:, None]


class BatchRow:
    """One answer, and what of it is calculation."""

    def __init__(self, answer: DrawnAnswer, tokenizer: AdapterTokenizer, calculator: bool) -> None:
        self.answer, self.tokenizer, self.calculator = answer, tokenizer, calculator
        self.ended = False
        self.forced = ""  # the sign that must come next
        self._result: list[int] = []  # bytes that their Engine forces
        self._expression: list[int] | None = None  # ids since the opening sign
        self._looked = 0  # letters of the answer where no sign is any more

    def copy(self) -> "BatchRow":
        return BatchRow(self.answer.copy(), self.tokenizer, self.calculator)

    def add(self, token: int) -> None:
        tokenizer = self.tokenizer
        if self.ended:  # their Engine goes on until all rows have ended
            return
        if tokenizer.is_byte(token):
            self._result.append(token)
            return
        if self._result:
            self.answer.add_text(tokenizer.bytes_of(self._result).decode("utf-8", "replace"))
            self._result, self._looked = [], len(self.answer.text)
        if token < tokenizer.words:
            self.answer.add(token)
            self._watch(token)
            return
        name, self.forced = tokenizer.names[token], ""
        self.ended = name in (END, BOS)
        if token in tokenizer.real:
            self.answer.add(tokenizer.real[token])

    def _watch(self, token: int) -> None:
        """Whether a sign of a calculation has just been written."""
        if not self.calculator or self.tokenizer.real:
            return
        if self._expression is not None:
            self._expression.append(token)
        text, sign = self.answer.text, CALCULATION[self._expression is not None]
        if (at := text.find(sign, self._looked)) < 0:
            return
        if self._expression is None:
            self.forced, self._expression = "<|python_start|>", []
        else:
            collected = tuple(self._expression)
            self.tokenizer.expressions[collected] = from_french(text[self._looked : at])
            self.forced, self._expression = "<|python_end|>", None
        self._looked = at + len(sign)

    def logits(self) -> "torch.Tensor":
        """Of our words, and of the end under their sign for it; of one sign where it is forced."""
        import torch

        tokenizer = self.tokenizer
        left = torch.full((tokenizer.size,), -torch.inf)
        only = END if self.ended or self.answer.ended else self.forced
        if only:
            left[tokenizer.signs[only]] = 0.0
            return left
        left[: tokenizer.words] = self.answer.logits
        for sign, ids in ((tokenizer.signs[END], list(tokenizer.ours.ends)), *self._own_signs()):
            left[sign] = left[ids].max()
            left[ids] = -torch.inf
        return left

    def _own_signs(self) -> list[tuple[int, list[int]]]:
        return [(sign, [id_]) for sign, id_ in self.tokenizer.real.items()]
