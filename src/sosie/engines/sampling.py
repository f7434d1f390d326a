"""Sampling of the next token, with one random generator per answer.

Order of the filters (that of transformers' `generate`): repetition penalty, temperature, top-p, min-p.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sosie.core.errors import BadData
from sosie.core.sampling import OPENING_TOKENS, Sampling

if TYPE_CHECKING:
    import torch


def new_generator(seed: int | None) -> "torch.Generator":
    """A random generator. On the CPU whatever the model's device: a seed means the same everywhere."""
    import torch

    generator = torch.Generator(device="cpu")
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return generator


def sample_token(
    logits: "torch.Tensor",
    generated: Sequence[int],
    ends: Collection[int],
    sampling: Sampling,
    generator: "torch.Generator",
) -> int:
    """The next token's id. `logits`: of one row, shape (vocabulary,), float32 on the CPU.

    BadData where the logits are no numbers.
    """
    import torch

    if not logits.max().isfinite():
        raise BadData(
            "Ce modèle ne donne plus de nombres : ses poids ou son adaptateur sont abîmés.",
            "Reprenez-en une copie saine, ou refaites-le : sosie train",
        )
    logits = penalise_repetition(logits, generated, ends, sampling.repetition_penalty)
    if sampling.temperature <= 0:
        return int(logits.argmax())
    hotter = sampling.opening_scale if len(generated) < OPENING_TOKENS else 1.0
    probabilities = torch.softmax(logits / (sampling.temperature * hotter), dim=-1)
    if sampling.top_p < 1.0:
        probabilities = top_p_filter(probabilities, sampling.top_p)
    if sampling.min_p > 0.0:
        probabilities = min_p_filter(probabilities, sampling.min_p)
    candidates = probabilities.nonzero()[
        :, 0
    ]  # multinomial makes a random number for each token it is given: let them be few
    return int(candidates[torch.multinomial(probabilities[candidates], 1, generator=generator)])


def penalise_repetition(
    logits: "torch.Tensor", generated: Sequence[int], ends: Collection[int], penalty: float
) -> "torch.Tensor":
    """The repetition penalty (Keskar et al. 2019, arXiv 1909.05858, section 4.1).

    It applies only to the ids `generated` in this answer: not to the history, or a person's own tics would be
    penalised from the second turn on, and never to the `ends`.
    """
    import torch

    if penalty == 1.0 or not (repeated := sorted(set(generated) - set(ends))):
        return logits
    before = logits[repeated]
    penalised = torch.where(before > 0, before / penalty, before * penalty)
    return logits.index_put((torch.tensor(repeated),), penalised)


def top_p_filter(probabilities: "torch.Tensor", top_p: float) -> "torch.Tensor":
    """Nucleus filter: the fewest likeliest tokens whose probabilities sum to `top_p`, at least one.

    Holtzman et al. 2019, arXiv 1904.09751. Not normalised again: multinomial does it.
    """
    ordered, order = probabilities.sort(descending=True)
    too_far = ordered.cumsum(-1) - ordered >= top_p
    too_far[0] = False
    return probabilities.index_fill(0, order[too_far], 0.0)


def min_p_filter(probabilities: "torch.Tensor", min_p: float) -> "torch.Tensor":
    """Min-p filter: the tokens at least `min_p` times as likely as the likeliest (Nguyen et al. 2024,
    arXiv 2407.01082).

    If a person hesitates between two habits, both stay as frequent as they are; what nobody would write goes.
    Not normalised again.
    """
    return probabilities.masked_fill(probabilities < min_p * probabilities.max(), 0.0)
