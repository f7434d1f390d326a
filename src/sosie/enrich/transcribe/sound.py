"""Any sound file as samples: mono, 16 kHz, in blocks, so that four hours take no more memory than a minute.

PyAV, which comes with faster-whisper, holds the decoders: no ffmpeg is needed. A file that breaks off is
read as far as it goes.
"""

import wave
from collections.abc import Iterator
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from sosie.core.errors import SosieError
from sosie.core.extras import need
from sosie.enrich.transcribe.recognise import RATE

if TYPE_CHECKING:
    from sosie.enrich.transcribe.recognise import Samples

LONGEST_PIECE = 300  # seconds
_LOOKED_AT = 20  # seconds at the end of a piece in which the quietest place is looked for
_STEP = 0.1  # seconds
_LOCKED = ("drms", "enca", "aavd")  # the marks of Apple's, CENC's and Audible's encryption


class BadSound(SosieError):
    """A sound that cannot be heard. `message` begins with what is wrong: it counts as the reason."""


def pieces(stream: IO[bytes]) -> Iterator["Samples"]:
    """The sound in pieces of at most five minutes, cut where it is quietest. BadSound where there is none."""
    kept: list[Samples] = []
    length = 0
    for block in decode(stream):
        kept.append(block)
        length += len(block)
        while length >= LONGEST_PIECE * RATE:
            joined = np.concatenate(kept)
            end = quietest(joined[: LONGEST_PIECE * RATE])
            yield joined[:end]
            kept, length = [joined[end:]], len(joined) - end
    if length:
        yield np.concatenate(kept)


def quietest(samples: "Samples") -> int:
    """Where to cut: the middle of the quietest tenth of a second of the last twenty seconds."""
    step = int(_STEP * RATE)
    first = len(samples) - _LOOKED_AT * RATE
    tail = samples[first:]
    energy = np.square(tail[: len(tail) // step * step].reshape(-1, step)).mean(axis=1)
    return first + int(energy.argmin()) * step + step // 2


def decode(stream: IO[bytes]) -> Iterator["Samples"]:
    """Blocks of samples. BadSound where nothing can be heard."""
    any_sound = False
    for block in _ready(stream) or _decoded(stream):
        any_sound = any_sound or len(block) > 0
        yield np.clip(np.nan_to_num(block), -1, 1)
    if not any_sound:
        raise _unreadable()


def _ready(stream: IO[bytes]) -> "Iterator[Samples] | None":
    """The blocks of a WAV that is mono, 16 kHz and 16 bits already: it needs no decoder."""
    try:
        wav = wave.Wave_read(stream)
        if (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (1, RATE, 2):
            return (_floats(block) for block in iter(lambda: wav.readframes(RATE), b""))
    except (wave.Error, EOFError):
        pass
    stream.seek(0)
    return None


def _floats(block: bytes) -> "Samples":
    samples: Samples = np.frombuffer(block[: len(block) // 2 * 2], "<i2").astype(np.float32)
    samples /= 32768
    return samples


def _decoded(stream: IO[bytes]) -> Iterator["Samples"]:
    av = need("av", extra="audio")
    try:
        with av.open(stream, metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise BadSound("pas de son dans ce fichier", "Donnez un fichier qui a du son.")
            codec = container.streams.audio[0].codec_context
            if codec is None:
                raise _unreadable()
            if codec.codec_tag in _LOCKED:
                raise BadSound("protégé par un verrou (DRM)", "Donnez un enregistrement qui est à vous.")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
            for frame in chain(_frames(container, av), [None]):
                yield from (part.to_ndarray().reshape(-1) for part in resampler.resample(frame))
    except (av.FFmpegError, ValueError, IndexError):  # no sound, or the place where it breaks off
        return


def _frames(container: Any, av: Any) -> Iterator[Any]:
    """The frames of the first stream of sound; a damaged packet is passed over."""
    stream = container.streams.audio[0]
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _unreadable() -> BadSound:
    return BadSound(
        "son abîmé ou d'un format inconnu",
        "Ouvrez-le dans l'application d'où il vient, et enregistrez-le en .m4a, .mp3 ou .wav.",
    )
