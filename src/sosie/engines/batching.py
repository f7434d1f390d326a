"""What is computed together: examples to score, by their number of tokens; prompts to answer, by memory."""

from collections.abc import Iterable, Iterator, Sequence

from sosie.core.sampling import Sampling
from sosie.models.template import Example

BATCH_ROWS = 64  # answers generated together, at most
CACHE_BYTES = 2 << 30  # that their keys and values may take, each as long as it may become


def token_batches(examples: Iterable[Example], limit: int) -> Iterator[list[Example]]:
    """The examples in order, in batches of at most `limit` tokens (or one example)."""
    batch: list[Example] = []
    for example in examples:
        if batch and sum(len(e.ids) for e in batch) + len(example.ids) > limit:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def prompt_batches(
    prompts: Sequence[Sequence[int]], each: Sequence[Sampling], token_bytes: int
) -> Iterator[list[int]]:
    """Prompts of similar length, by index, as many in a batch as fit; `token_bytes`: of keys and values."""
    batch: list[int] = []
    for index in sorted(range(len(prompts)), key=lambda index: len(prompts[index])):
        longest = len(prompts[index]) + each[index].max_tokens
        needed = (len(batch) + 1) * longest * token_bytes
        if batch and (len(batch) == BATCH_ROWS or needed > CACHE_BYTES):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
