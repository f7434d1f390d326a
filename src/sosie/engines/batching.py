"""Batches of examples to score, by their number of tokens."""

from collections.abc import Iterable, Iterator

from sosie.models.template import Example


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
