"""Exports as accidents leave them, and what must still be true of them.

    for data in damages(fixture, seed=7): ...      100 of them, always the same for a seed
    damage(specimen, number, seed)                 a whole export, of which one file or the zip suffered
    survives(path, "email")                        read, or refused with a sentence; the entries add up

The bounds: 2 s of CPU and 100 MB for 100 kB, more in proportion; no warning; no trace but a SosieError.
`tools/fuzz.py` does ten thousand a format with these same functions.
"""

import io
import random
import re
import resource
import signal
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from specimens import SECRET, Specimen

from sosie.core.errors import SosieError
from sosie.sources.base import read_export

MUTATIONS = 100
SECONDS, BYTES = 2.0, 100_000  # so many CPU seconds for so many bytes, at least
MEMORY, TIMES = 100 << 20, 20  # so much memory, and so many times the file
LONG_LINE = 10 << 20
RARE = 1000  # one mutation in so many has the long line
ZIPPED = "export.zip"

BYTES_THAT_MATTER = (0, 10, 13, 34, 44, 58, 62, 91, 92, 123, 125, 128, 255)
NESTS = (b"[" * 5000, b'{"a":' * 2000, b">" * 3000, b"<blockquote><div>" * 1500, b"\n\n" * 3000)
FILLERS = (b"a", b" ", b"-", b">", b"=", b"\t", b'"', b"<", b": ", b"\xc3\xa9", b"&amp;", b"\\u00e9")
NUMBERS = (
    b"-1",
    b"0",
    b"9" * 30,
    b"-" + b"9" * 30,
    b"1e999",
    b"NaN",
    b"253402300800",
    b"0.1",
    b'"7"',
    b"null",
)
WORD, NUMBER = re.compile(rb"[A-Za-z_]{2,}"), re.compile(rb"-?\d+(?:\.\d+)?")


def damage(specimen: Specimen, number: int, seed: int) -> Specimen:
    """The files to write over a whole export's; ZIPPED alone where its zip was damaged instead."""
    chance = random.Random(f"{seed}/{number}")
    if chance.random() < 0.1:
        return {ZIPPED: mutated(zipped(specimen), chance, number)}
    name = chance.choice(sorted(specimen))
    return {name: mutated(specimen[name], chance, number)}


def zipped(specimen: Specimen) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in specimen.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # no clock in it: the same bytes each time
    return out.getvalue()


def damages(data: bytes, seed: int, count: int = MUTATIONS) -> Iterator[bytes]:
    for number in range(count):
        yield mutated(data, random.Random(f"{seed}/{number}"), number)


def mutated(data: bytes, chance: random.Random, number: int) -> bytes:
    """One accident or two; a line of ten megabytes once in a while."""
    if number % RARE == RARE - 1:
        return _inserted(data, chance, chance.choice(FILLERS[:2]) * LONG_LINE)
    data = ACCIDENTS[number % len(ACCIDENTS)](data, chance)
    return chance.choice(ACCIDENTS)(data, chance) if chance.random() < 0.2 else data


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] if chance.random() < 0.5 else data[:start] + data[end:]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data or b" ")
    for _ in range(chance.choice((1, 5, 50))):
        found[chance.randrange(len(found))] = chance.choice(BYTES_THAT_MATTER)
    return bytes(found)


def _doubled(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 20)) + data[end:]


def _nested(data: bytes, chance: random.Random) -> bytes:
    return _inserted(data, chance, chance.choice((data, *NESTS)))


def _stretched(data: bytes, chance: random.Random) -> bytes:
    return _inserted(data, chance, chance.choice(FILLERS) * chance.choice((100, 3_000, 60_000)))


def _swapped(data: bytes, chance: random.Random) -> bytes:
    """Lines, or what lies between commas, in another order."""
    mark = b"\n" if data.count(b"\n") > 3 else b","
    parts = data.split(mark)
    for _ in range(chance.choice((1, 3, 20))):
        a, b = chance.randrange(len(parts)), chance.randrange(len(parts))
        parts[a], parts[b] = parts[b], parts[a]
    return mark.join(parts)


def _renamed(data: bytes, chance: random.Random) -> bytes:
    """A key, tag or word under the name of another, in one place or everywhere."""
    words = WORD.findall(data)
    if not words:
        return data
    old, new = chance.choice(words), chance.choice((*words[:50], b"x", b"__proto__"))
    return data.replace(old, new, chance.choice((1, -1)))


def _numbered(data: bytes, chance: random.Random) -> bytes:
    """A few numbers that are huge, negative, or none."""
    found = list(NUMBER.finditer(data))
    for place in sorted(
        chance.sample(found, min(len(found), chance.choice((1, 3, 9)))), key=lambda f: -f.start()
    ):
        data = data[: place.start()] + chance.choice(NUMBERS) + data[place.end() :]
    return data


def _recoded(data: bytes, chance: random.Random) -> bytes:
    text, encoding = (
        data.decode("utf-8", "replace"),
        chance.choice(("utf-16", "utf-16-le", "cp1252", "utf-8-sig")),
    )
    return text.encode(encoding, "replace")


ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _flipped, _doubled, _nested, _stretched, _swapped, _renamed, _numbered, _recoded,
)  # fmt: skip


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return start, end


def _inserted(data: bytes, chance: random.Random, inside: bytes) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + inside + data[place:]


@dataclass(frozen=True, slots=True)
class Outcome:
    entries: int  # 0 where it was refused
    refused: str  # the kind of the error, or nothing
    seconds: float  # of CPU
    memory: int  # bytes at the peak, over what was held before


def survives(path: Path, source: str | None = None) -> int:
    """How many entries were found; 0 where the file was refused with a sentence."""
    return outcome(path, source).entries


def outcome(path: Path, source: str | None = None) -> Outcome:
    """What reading gave; AssertionError where something is not as it must be."""
    size = sum(file.stat().st_size for file in path.rglob("*")) if path.is_dir() else path.stat().st_size
    start, before = time.process_time(), _mark_memory()
    with warnings.catch_warnings(), limited(max(SECONDS, SECONDS * size / BYTES)):
        warnings.simplefilter("error")
        entries, refused = _entries(path, source)
    memory = _peak() - before
    assert memory <= MEMORY + TIMES * size, f"{memory >> 20} MB for a file of {size} bytes"
    return Outcome(entries, refused, time.process_time() - start, max(0, memory))


def _entries(path: Path, source: str | None) -> tuple[int, str]:
    try:
        reading = read_export(path, source)
        messages = [message for conversation in reading for message in conversation.messages]
    except SosieError as error:
        told = f"{error.message} {error.mend}"
        assert error.message.endswith((".", " !")) and error.mend, "no sentence, or no mend"
        assert "Traceback" not in told and SECRET not in told, "the error says too much"
        return 0, type(error).__name__
    log = reading.log
    assert log.entries == len(messages) + sum(log.skipped.values()), "the entries do not add up"
    assert not any(SECRET in reason for reason in log.skipped), "a reason quotes what was written"
    for message in messages:
        message.text.encode()  # no half of an emoji is left alone
        message.author.encode()
        assert message.kind in ("notice", "call") or message.author, "a message by nobody"
    return log.entries, ""


def _mark_memory() -> int:
    """Bytes held now; Linux also forgets the highest so far, so that the next peak is this reading's."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    try:
        status = Path("/proc/self/status").read_bytes()
        return int(status.split(b"VmHWM:")[1].split()[0]) << 10
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """At most so many seconds of CPU: of the reading itself, whatever else the machine does."""

    def too_long(number: int, frame: object) -> None:
        raise AssertionError(f"still reading after {seconds:.0f} s")

    before = signal.signal(signal.SIGPROF, too_long)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert time.process_time() - start < seconds + 0.5, "a reader caught the alarm"
