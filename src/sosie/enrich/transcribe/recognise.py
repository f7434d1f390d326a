"""The door to speech recognisers: samples in, segments of timed words out.

    recogniser = open_recogniser("faster-whisper", "base", agree)
    recogniser.speech(samples)              ->  [(0.4, 3.1)]     where somebody speaks, in seconds
    recogniser.hear(samples, "fr")          ->  [Segment(words=(Word("on", 0.5, 0.7), ...), ...)]

An engine is a file of this folder and its row here; others come by the entry point "sosie.recognisers".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sosie.core.counted import counted
from sosie.core.errors import BadSettings
from sosie.core.progress import Agree
from sosie.core.registry import Registry
from sosie.core.settings import nearest
from sosie.prepare.transcripts import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # mono, RATE a second, between -1 and 1

RATE = 16_000
TEXT = "text"  # no engine: the text is in a file beside the sound

RECOGNISERS = Registry(
    "sosie.recognisers",
    {
        "faster-whisper": "sosie.enrich.transcribe.faster_whisper:FasterWhisper",
        "sherpa-onnx": "sosie.enrich.transcribe.sherpa:Sherpa",
    },
)


@counted
@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words, and how far the engine itself believes in it."""

    words: tuple[Word, ...]
    no_speech: float = 0.0  # how probable it is that nobody spoke
    log_probability: float = 0.0  # of a token, in the mean
    compression: float = 1.0  # of the text by gzip: loops compress well


class Recogniser(Protocol):
    """`name` tells engine and model: what one heard is not heard again by the same. `packs` is True where a
    call costs as much for a second of sound as for thirty, and words have times."""

    name: str
    packs: bool

    def speech(self, samples: "Samples") -> Sequence[tuple[float, float]]:
        """Where somebody speaks: (start, end) in seconds, in order."""

    def hear(self, samples: "Samples", language: str) -> Sequence[Segment]:
        """What is said."""


def open_recogniser(engine: str, model: str, agree: Agree) -> Recogniser:
    """The engine of that name, its model loaded; `agree` is asked, with its size, before one is fetched."""
    if engine not in RECOGNISERS:
        raise BadSettings(
            f"Moteur inconnu : « {engine} ».", nearest(engine, dict.fromkeys((*RECOGNISERS, TEXT), ""))
        )
    opened: Recogniser = RECOGNISERS[engine](model, agree)
    return opened
