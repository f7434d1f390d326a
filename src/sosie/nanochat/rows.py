"""What a nanochat is shown, as rows of tokens with their targets: texts end to end, or dialogues.

base    ... |bos| salut ça va |bos| oui et toi ...      every token is a target
sft     |bos||user_start| ça va ? |user_end||assistant_start| oui |assistant_end|   « oui », its end: targets
"""

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadData, NothingToDo
from sosie.models.chat_formats import NANOCHAT
from sosie.models.template import Example
from sosie.models.truncation import make_examples
from sosie.train.pack import groups, target_positions

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -100  # a target that is none


@dataclass(frozen=True)
class Batch:
    """Two tensors of shape (rows, tokens)."""

    ids: "Tensor"
    targets: "Tensor"

    @property
    def learnt(self) -> int:
        return int((self.targets != IGNORED).sum())


Batches = Callable[[int], Batch]  # of a step: a function of its number alone


def plain_texts(dialogues: Iterable[Dialogue]) -> list[str]:
    """Each dialogue as a text of its own: a turn a line."""
    return ["\n".join(turn.text for turn in dialogue.turns) for dialogue in dialogues]


def to_stream(texts: Iterable[str], tokenizer: Any) -> list[int]:
    """All the texts end to end, each after a <|bos|>."""
    encoded = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return [token for ids in encoded for token in (tokenizer.bos_token_id, *ids)]


def count_tokens(texts: Iterable[str], tokenizer: Any) -> int:
    return len(to_stream(texts, tokenizer))


def stream_batches(stream: Sequence[int], length: int, rows: int, seed: int) -> Batches:
    """Rows of `length` tokens from anywhere in the stream. BadData where it is shorter than a row."""
    import torch

    tokens = torch.tensor(stream)
    last = len(stream) - length - 1
    if last < 0:
        raise BadData("Il y a trop peu de texte pour apprendre.", "Importez d'autres conversations.")

    def at(step: int) -> Batch:
        chance = random.Random(f"{seed}/{step}")
        starts = [chance.randint(0, last) for _ in range(rows)]
        windows = torch.stack([tokens[start : start + length + 1] for start in starts])
        return Batch(windows[:, :-1], windows[:, 1:])

    return at


def stream_rows(stream: Sequence[int], length: int, rows: int) -> list[Batch]:
    """The whole stream once, for a measure."""
    import torch

    chunks = [torch.tensor(stream[at : at + length + 1]) for at in range(0, len(stream) - 1, length)]
    return [
        padded([(chunk, chunk[1:]) for chunk in chunks[at : at + rows]]) for at in range(0, len(chunks), rows)
    ]


def to_examples(dialogues: Iterable[Dialogue], tokenizer: Any, length: int) -> list[Example]:
    """Rendered for nanochat, of at most `length` tokens, with an answer to learn in each; whatever dialogue
    cannot be rendered is left out. NothingToDo where none is left."""
    made: list[Example] = []
    for dialogue in dialogues:
        with suppress(BadData):
            made += make_examples(dialogue.turns, tokenizer, NANOCHAT, length)
    if found := [example for example in made if target_positions(example)]:
        return found
    raise NothingToDo("Il n'y a pas de réponse à apprendre.", "Faites d'abord : sosie prepare")


def group_batches(examples: Sequence[Example], size: int, seed: int) -> Batches:
    """Groups of about `size` examples, all of them once an epoch, in an order that depends on the epoch."""

    def at(step: int) -> Batch:
        epoch, index = divmod(step, -(-len(examples) // size))
        return example_rows([examples[number] for number in groups(len(examples), size, seed, epoch)[index]])

    return at


def example_rows(examples: Sequence[Example]) -> Batch:
    """The examples as one batch: only what `learn` marks is a target."""
    import torch

    rows = []
    for example in examples:
        ids, learn = torch.tensor(example.ids), torch.tensor(example.learn, dtype=torch.bool)
        rows.append((ids, ids.masked_fill(~learn, IGNORED)[1:]))
    return padded(rows)


def padded(rows: "Sequence[tuple[Tensor, Tensor]]") -> Batch:
    """Rows of one length: what is after the end of a row is no target, and nothing before it sees it."""
    from torch.nn.utils.rnn import pad_sequence

    ids = pad_sequence([ids[: len(targets)] for ids, targets in rows], batch_first=True)
    return Batch(ids, pad_sequence([targets for _, targets in rows], batch_first=True, padding_value=IGNORED))
