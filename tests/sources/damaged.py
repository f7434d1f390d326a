"""Exports as accidents leave them: cut, bytes flipped, parts doubled or nested, a very long line.

for data in damages(fixture, seed=7): ...      100 of them, always the same for a seed
survives(path, "email")                        read, or refused with a sentence; entries add up; within 2 s
"""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sosie.core.errors import SosieError
from sosie.sources.base import read_export

MUTATIONS = 100
LONGEST_SECONDS = 4.0  # 2 s for 100 kB, on a machine that is shared


def damages(data: bytes, seed: int, count: int = MUTATIONS) -> Iterator[bytes]:
    chance = random.Random(seed)
    for number in range(count):
        yield (_cut, _flipped, _doubled, _nested, _stretched)[number % 5](data, chance)


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.sample(range(len(data) + 1), 2))
    return data[:end] if chance.random() < 0.5 else data[:start] + data[end:]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.choice((1, 5, 50))):
        found[chance.randrange(len(found))] = chance.choice(
            (0, 10, 13, 34, 44, 58, 62, 91, 92, 123, 125, 128, 255)
        )
    return bytes(found)


def _doubled(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.sample(range(len(data) + 1), 2))
    return data[:end] + data[start:end] * chance.choice((1, 2, 20)) + data[end:]


def _nested(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    inside = chance.choice(
        (data, b"[" * 5000, b'{"a":' * 2000, b">" * 3000, b"<blockquote><div>" * 1500, b"\n\n" * 3000)
    )
    return data[:place] + inside + data[place:]


def _stretched(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return (
        data[:place]
        + chance.choice((b"a", b" ", b"-", b">", b"=", b"\t", b'"', b"<", b": ")) * 60_000
        + data[place:]
    )


def survives(path: Path, source: str | None = None) -> int:
    """How many entries were found; 0 where the file was refused with a sentence."""
    with limited(LONGEST_SECONDS):
        try:
            reading = read_export(path, source)
            messages = [message for conversation in reading for message in conversation.messages]
        except SosieError as error:
            assert error.message.endswith((".", " !")) and "Traceback" not in error.message
            return 0
        assert reading.log.entries == len(messages) + sum(reading.log.skipped.values())
        for message in messages:
            message.text.encode()  # no half of an emoji is left alone
            message.author.encode()
            assert message.kind in ("notice", "call") or message.author
        return reading.log.entries


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    def too_long(number: int, frame: object) -> None:
        raise AssertionError(f"still reading after {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
