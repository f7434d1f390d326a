"""Which token comes next: one small function, and one source of chance per answer.

Order of the filters (that of transformers' `generate`): repetition penalty, temperature, top-p, min-p.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sosie.core.double import Sampling
from sosie.core.errors import BadData

if TYPE_CHECKING:
    import torch


def new_chance(seed: int | None) -> "torch.Generator":
    """A source of chance. On the CPU whatever the model is on, so that a seed means the same everywhere."""
    import torch

    chance = torch.Generator(device="cpu")
    if seed is None:
        chance.seed()
    else:
        chance.manual_seed(seed)
    return chance


def choose(
    scores: "torch.Tensor",
    said: Sequence[int],
    ends: Collection[int],
    sampling: Sampling,
    chance: "torch.Generator",
) -> int:
    """The next id. `scores`: logits of one row, shape (vocabulary,), float32 on the CPU.

    The repetition penalty (Keskar et al. 2019, arXiv 1909.05858, section 4.1) looks only at what this answer
    has `said`: not at the history, or a person's own tics would be punished from the second turn on, and
    never at the `ends`. BadData where the scores are no numbers.
    """
    import torch

    if not scores.max().isfinite():
        raise BadData(
            "Ce modèle ne donne plus de nombres : ses poids ou son adaptateur sont abîmés.",
            "Reprenez-en une copie saine, ou refaites-le : sosie train",
        )
    if sampling.repetition_penalty != 1.0 and (repeated := sorted(set(said) - set(ends))):
        before = scores[repeated]
        punished = torch.where(
            before > 0, before / sampling.repetition_penalty, before * sampling.repetition_penalty
        )
        scores = scores.index_put((torch.tensor(repeated),), punished)
    if sampling.temperature <= 0:
        return int(scores.argmax())
    likely = torch.softmax(scores / sampling.temperature, dim=-1)
    if sampling.top_p < 1.0:
        likely = nucleus(likely, sampling.top_p)
    if sampling.min_p > 0.0:
        likely = without_tail(likely, sampling.min_p)
    kept = likely.nonzero()[:, 0]  # multinomial draws a number for each token it is given: let them be few
    return int(kept[torch.multinomial(likely[kept], 1, generator=chance)])


def nucleus(likely: "torch.Tensor", top_p: float) -> "torch.Tensor":
    """The fewest likeliest tokens whose probabilities sum to `top_p`; the first one always stays.

    Holtzman et al. 2019, arXiv 1904.09751. Not normalised again: multinomial does it.
    """
    ordered, order = likely.sort(descending=True)
    too_far = ordered.cumsum(-1) - ordered >= top_p
    too_far[0] = False
    return likely.index_fill(0, order[too_far], 0.0)


def without_tail(likely: "torch.Tensor", min_p: float) -> "torch.Tensor":
    """The tokens at least `min_p` times as likely as the likeliest one. Nguyen et al. 2024, arXiv 2407.01082.

    Where a person hesitates between two habits, both stay as frequent as they are; what nobody would write
    goes. Not normalised again.
    """
    return likely.masked_fill(likely < min_p * likely.max(), 0.0)
