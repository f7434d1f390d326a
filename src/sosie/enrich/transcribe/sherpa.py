"""Whisper or another model of the user's own by sherpa-onnx: a folder with encoder, decoder and tokens."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.core.progress import Agree
from sosie.enrich.transcribe.recognise import RATE, Segment
from sosie.prepare.transcripts import Word

if TYPE_CHECKING:
    from sosie.enrich.transcribe.recognise import Samples


_MOST = 28.0  # seconds


class Sherpa:
    """It gives no times of words with Whisper: each note is heard alone, at the price of a window."""

    packs = False

    def __init__(self, model: str, agree: Agree) -> None:
        folder = Path(model).expanduser()
        self.name = f"sherpa-onnx {folder.resolve().name}"
        self._library = need("sherpa_onnx", extra="sherpa")
        self._files = [_only(folder, f"*{part}*") for part in ("encoder", "decoder", "tokens")]
        self._language = ""
        self._recogniser: Any = None

    def speech(self, samples: "Samples") -> list[tuple[float, float]]:
        """All of it, by what Whisper hears at once: sherpa-onnx brings no detector of voices."""
        seconds = len(samples) / RATE
        return [(start, min(start + _MOST, seconds)) for start in np.arange(0.0, seconds, _MOST).tolist()]

    def hear(self, samples: "Samples", language: str) -> list[Segment]:
        if self._recogniser is None or language != self._language:
            encoder, decoder, tokens = self._files
            whisper = self._library.OfflineRecognizer.from_whisper
            try:
                self._recogniser = whisper(encoder, decoder, tokens, language=language)
            except (RuntimeError, ValueError, AssertionError):
                raise _not_a_model(Path(encoder).parent) from None
            self._language = language
        stream = self._recogniser.create_stream()
        stream.accept_waveform(RATE, samples)
        self._recogniser.decode_stream(stream)
        said, seconds = stream.result.text.split(), len(samples) / RATE
        step = seconds / max(1, len(said))
        return [Segment(tuple(Word(word, n * step, (n + 1) * step) for n, word in enumerate(said)))]


def _only(folder: Path, pattern: str) -> str:
    found = sorted(folder.glob(pattern)) if folder.is_dir() else []
    if not found:
        raise _not_a_model(folder)
    return str(found[0])


def _not_a_model(folder: Path) -> UnknownModel:
    return UnknownModel(
        f"« {folder.name} » n'est pas le dossier d'un modèle de sherpa-onnx.",
        "Donnez le dossier où sont l'encodeur, le décodeur et tokens.txt : --model DOSSIER",
    )
