"""The plan of a training, and the counts of its data: plain values; planner.py makes the plan.

count_dialogues(dialogues)  ->  Counts        tokens estimated from letters, until a tokenizer has counted
Plan                        <-> plan.json     settings with every choice made, figures, reasons
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from sosie.core.dialogue import Dialogue
from sosie.core.settings import Train
from sosie.train.pack import target_positions

if TYPE_CHECKING:
    from sosie.models.template import Example

PLAN_FORMAT = 1
# Measured on French: 3.1 to 4.0 letters a token and 2 special ones a turn for mini, 2.6 to 3.3
# and 4 for Mistral.
LETTERS_PER_TOKEN = 3.1
SPECIAL_TOKENS_PER_TURN = 3
LONGEST_ROW = 4096  # tokens: no example is longer, whatever was pasted in a turn


@dataclass(frozen=True, slots=True)
class Counts:
    """The size of the data. `lengths`: tokens of each dialogue, or of each example once rendered."""

    dialogues: int
    replies: int
    words: int  # in the replies
    lengths: tuple[int, ...]
    learnt_tokens: int
    exact: bool = False  # a tokenizer counted

    @property
    def tokens(self) -> int:
        return sum(self.lengths)

    @property
    def learnt_share(self) -> float:
        return self.learnt_tokens / self.tokens if self.tokens else 0.5


def count_dialogues(dialogues: Iterable[Dialogue]) -> Counts:
    """The counts of these dialogues, their tokens estimated from letters."""
    replies = words = learnt_tokens = 0
    lengths: list[int] = []
    for dialogue in dialogues:
        sizes = [min(ceil(len(turn.text) / LETTERS_PER_TOKEN), LONGEST_ROW) for turn in dialogue.turns]
        lengths.append(1 + sum(sizes) + SPECIAL_TOKENS_PER_TURN * len(sizes))
        replies += len(dialogue.replies)
        words += sum(len(reply.split()) for reply in dialogue.replies)
        for size, turn in zip(sizes, dialogue.turns, strict=True):
            learnt_tokens += size + 1 if turn.role == "assistant" and turn.learnt else 0
    return Counts(len(lengths), replies, words, tuple(lengths), learnt_tokens)


def count_examples(counts: Counts, examples: Sequence["Example"]) -> Counts:
    """The counts of the same data, with the tokens of its examples."""
    lengths = tuple(len(example.ids) for example in examples)
    targets = sum(len(target_positions(example)) for example in examples)
    return replace(counts, lengths=lengths, learnt_tokens=targets, exact=True)


class Resolved(Train):
    """The training settings with every choice made: as asked for, else as suits this machine."""

    model: str  # the base's name
    alpha: float
    learning_rate: float
    group: int
    max_tokens: int  # of an example, at most
    bits: Literal[4, 8, 16, 32]


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a training. Memory and time are predictions.

    `peak_memory_bytes` predicts what `Trained.peak_memory_bytes` measures: the peak that the model, its
    adapter and the training add to a process that has imported its libraries; on a GPU, what it allocates.
    """

    settings: Resolved
    dtype: str  # of the arithmetic
    targets: tuple[str, ...]
    trainable_parameters: int
    adapter_bytes: int
    steps: int  # at most
    warm_steps: int
    clip: float
    pack_tokens: int  # of a row, at most
    checkpointing: bool
    peak_memory_bytes: int
    train_seconds: float  # likely, without an early stop
    fits_memory: bool
    fits: bool  # in memory, and in two hours where there is no GPU
    enough_data: bool
    train_seconds_low: float = 0.0  # the range that the likely figure lies in
    train_seconds_high: float = 0.0
    reasons: tuple[str, ...] = ()
    keeps_memory: bool = False  # freed memory is kept for the next step (train/memory_meter.py)
    lookahead: int = 8  # steps whose replay data the base reads in one pass (train/replay.py)

    @property
    def epochs_begun(self) -> int:
        return ceil(self.settings.epochs)

    def with_settings(self, **changes: Any) -> "Plan":
        return replace(self, settings=self.settings.model_copy(update=changes))

    def to_json(self) -> dict[str, Any]:
        """One object, settings and figures side by side."""
        return {
            "format": PLAN_FORMAT,
            **self.settings.model_dump(mode="json"),
            **{field.name: getattr(self, field.name) for field in fields(self) if field.name != "settings"},
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Plan":
        settings = Resolved(**{name: record[name] for name in Resolved.model_fields if name in record})
        names = {field.name for field in fields(cls)} & record.keys() - {"settings"}
        values = {name: record[name] for name in names}
        lists = {name: tuple(values[name]) for name in ("targets", "reasons")}
        return cls(settings=settings, **{**values, **lists})
