"""« C'est moi »: the owner's voice, learnt from three of their own messages, and kept in private/voice.json.

    {"format": 2, "print": [0.01, ...], "varies": [[0.02, ...], ...]}

It is biometric data, of the owner alone: nobody else's print is ever written.
"""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sosie.core import settings
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace, write_json
from sosie.enrich.transcribe.notes import Note
from sosie.enrich.transcribe.recognise import RATE
from sosie.enrich.transcribe.sound import BadSound, pieces
from sosie.enrich.transcribe.speakers import MINE, WINDOW, Voice, VoicePrints, label, learn, speaker_at
from sosie.enrich.transcribe.windows import Utterance
from sosie.prepare.transcripts import Word

if TYPE_CHECKING:
    from sosie.enrich.transcribe.recognise import Samples
    from sosie.enrich.transcribe.speakers import Prints

_FORMAT = 2
_FILE = "voice.json"
NOTES = 3  # that show a voice
LEAST_SECONDS, MOST_SECONDS = 2.0, 60.0  # of each
_DENSE = 0.1  # seconds between the windows that are learnt
_QUIET = 0.01  # of the loudest window's power, under which nobody speaks in one


class Voices:
    """Who says each word; `mine` is the owner's voice."""

    def __init__(self, network: VoicePrints, mine: Voice) -> None:
        self._network, self._mine = network, mine

    def told(self, words: list[Word], piece: Utterance[Any], known: dict[str, Voice]) -> list[Word]:
        """The words with who says them; `known` holds the voices met so far in this note."""
        known.setdefault(MINE, self._mine)
        labels = label(self._network.of(piece.samples), known)
        return [
            replace(word, speaker=speaker_at(labels, (word.start + word.end) / 2 - piece.start))
            for word in words
        ]


def voices_of(
    workspace: Workspace, options: settings.Transcribe, notes: list[Note], report: Report
) -> Voices | None:
    """None where voices are not to be told apart, or the owner's is not known yet, which is told."""
    if options.voices is None:
        return None
    network = VoicePrints(Path(options.voices).expanduser())
    mine = _kept(workspace)
    if mine is None:
        mine = _learnt(network, notes)
        if mine is None:
            report(
                Event(
                    "warning",
                    text="Votre voix n'est pas connue : il faut trois messages vocaux de vous, "
                    "de deux secondes au moins. Les voix ne sont pas distinguées.",
                )
            )
            return None
        kept = {"print": mine.print.tolist(), "varies": mine.varies.round(6).tolist()}
        write_json(workspace.private / _FILE, {"format": _FORMAT, **kept})
    return Voices(network, mine)


def _learnt(network: VoicePrints, notes: list[Note]) -> Voice | None:
    """From three messages: a recording may hold other voices."""
    own = (note for note in notes if note.mine and note.thread)
    prints = list(islice((found for note in own if (found := _prints(network, note)) is not None), NOTES))
    return learn(np.concatenate(prints)) if len(prints) == NOTES else None


def _prints(network: VoicePrints, note: Note) -> "Prints | None":
    try:
        with note.loaded() as (stream, _):
            samples = next(pieces(stream))
    except (BadSound, StopIteration):
        return None
    return voiced(network, samples[: int(MOST_SECONDS * RATE)])


def voiced(network: VoicePrints, samples: "Samples") -> "Prints | None":
    """The windows in which somebody speaks; None where the sound is too short or has none."""
    prints = network.of(samples, _DENSE) if len(samples) >= LEAST_SECONDS * RATE else ()
    starts = (int(number * _DENSE * RATE) for number in range(len(prints)))
    power = np.array([np.square(samples[at : at + int(WINDOW * RATE)]).mean() for at in starts])
    return prints[power > _QUIET * power.max()] if power.any() else None


def _kept(workspace: Workspace) -> Voice | None:
    try:
        record = json.loads((workspace.private / _FILE).read_text(encoding="utf-8"))
        kept, varies = (np.asarray(record[name], dtype=np.float32) for name in ("print", "varies"))
        whole = record["format"] == _FORMAT and kept.shape == (256,) and varies.shape[1:] == (256,)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Voice(kept, varies) if whole else None
