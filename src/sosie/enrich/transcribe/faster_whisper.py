"""Whisper by faster-whisper (CTranslate2, 8 bits), and the Silero voice detector that comes in its wheel."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.core.progress import Agree
from sosie.enrich.transcribe.recognise import RATE, Segment
from sosie.enrich.transcribe.whisper_weights import fetch_whisper
from sosie.prepare.transcripts import Word

if TYPE_CHECKING:
    from sosie.enrich.transcribe.recognise import Samples

BEAM = 5


class FasterWhisper:
    packs = True

    def __init__(self, model: str, agree: Agree) -> None:
        library = need("faster_whisper", extra="audio")
        folder = Path(model).expanduser()
        named = not folder.is_dir()
        self.name = f"faster-whisper {model if named else folder.resolve().name}"
        place = str(fetch_whisper(model, agree) if named else folder)
        try:
            self._model = library.WhisperModel(
                place, device="cpu", compute_type="int8", local_files_only=True
            )
        except (RuntimeError, ValueError, OSError):
            raise UnknownModel(
                f"« {Path(place).name} » n'est pas un modèle que faster-whisper sait lire.",
                "Attendu : un dossier avec model.bin, config.json et tokenizer.json, ou un nom (small).",
            ) from None

    def speech(self, samples: "Samples") -> list[tuple[float, float]]:
        vad = need("faster_whisper.vad", extra="audio")
        options = vad.VadOptions(min_silence_duration_ms=500, speech_pad_ms=200)
        found = vad.get_speech_timestamps(samples, options)
        return [(one["start"] / RATE, one["end"] / RATE) for one in found]

    def hear(self, samples: "Samples", language: str) -> list[Segment]:
        """Without what was said before as a prompt: a loop would go on from window to window."""
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=BEAM,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        return [
            Segment(
                tuple(_whole(segment.words or ())),
                segment.no_speech_prob,
                segment.avg_logprob,
                segment.compression_ratio,
            )
            for segment in segments
        ]


def _whole(parts: Iterable[Any]) -> Iterator[Word]:
    """Whole words: faster-whisper gives « j'y » in two parts, and begins a new word by a space."""
    word: Word | None = None
    for part in parts:
        if word and not part.word.startswith(" "):
            word = replace(word, text=word.text + part.word.strip(), end=part.end)
            continue
        if word:
            yield word
        word = Word(part.word.strip(), part.start, part.end)
    if word:
        yield word
