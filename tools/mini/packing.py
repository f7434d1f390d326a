"""Records -> flat ids by source -> rows of one length, drawn by share.

ids     <|bos|>Salut !<|end|><|bos|>...      one uint16 array a source, records in shuffled order
learn   0      1 1    1      0                same length; what the loss sees when only answers are learnt
rows    [count, length + 1] cut from them one after the other, wrapping round as often as the share asks
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tools.mini.chat_format import encode
from tools.mini.corpus import Record


@dataclass(frozen=True)
class Stream:
    """All tokens of one source, and which may be learnt when only answers are."""

    ids: np.ndarray  # uint16
    learn: np.ndarray  # bool


def to_stream(tokenizer, records: Iterable[Record], seed: int) -> Stream:
    encoded = [encode(tokenizer, record) for record in records]
    order = np.random.default_rng(seed).permutation(len(encoded))
    ids = [np.array(encoded[place][0], dtype=np.uint16) for place in order]
    learn = [np.array(encoded[place][1], dtype=bool) for place in order]
    return Stream(np.concatenate(ids), np.concatenate(learn))


def rows(streams: dict[str, Stream], shares: dict[str, float], tokens: int, length: int, seed: int):
    """Shuffled rows of `length + 1` ids and their learn masks; each source gets its share of `tokens`."""
    shuffled = np.random.default_rng(seed)
    whole = sum(shares.values())
    ids, learn = [], []
    for source, share in shares.items():
        count = round(tokens * share / whole / length)
        starts = (int(shuffled.integers(len(streams[source].ids))) + np.arange(count) * length)[:, None]
        places = (starts + np.arange(length + 1)) % len(streams[source].ids)
        ids.append(streams[source].ids[places])
        learn.append(streams[source].learn[places])
    order = shuffled.permutation(sum(map(len, ids)))
    return np.concatenate(ids)[order], np.concatenate(learn)[order]
