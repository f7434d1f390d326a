"""« C'est moi »: the owner's voice, learnt from three of their own messages, and kept in private/voice.json.

    {"format": 1, "print": [0.01, ...]}

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
from sosie.enrich.transcribe.speakers import MINE, VoicePrints, label, learn, speaker_at
from sosie.enrich.transcribe.windows import Utterance
from sosie.prepare.transcripts import Word

if TYPE_CHECKING:
    from sosie.enrich.transcribe.speakers import Prints

_FORMAT = 1
_FILE = "voice.json"
NOTES = 3  # that show a voice
LEAST_SECONDS = 2.0  # of each


class Voices:
    """Who says each word; `mine` is the owner's print."""

    def __init__(self, network: VoicePrints, mine: "Prints") -> None:
        self._network, self._mine = network, mine

    def told(self, words: list[Word], piece: Utterance[Any], known: "dict[str, Prints]") -> list[Word]:
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
        write_json(
            workspace.private / _FILE, {"format": _FORMAT, "print": [round(float(x), 6) for x in mine]}
        )
    return Voices(network, mine)


def _learnt(network: VoicePrints, notes: list[Note]) -> "Prints | None":
    """From three messages: a recording may hold other voices."""
    own = (note for note in notes if note.mine and note.thread)
    prints = list(islice((found for note in own if (found := _prints(network, note)) is not None), NOTES))
    return learn(np.concatenate(prints)) if len(prints) == NOTES else None


def _prints(network: VoicePrints, note: Note) -> "Prints | None":
    try:
        samples = next(pieces(note.load()[0]))
    except (BadSound, StopIteration):
        return None
    return network.of(samples) if len(samples) >= LEAST_SECONDS * RATE else None


def _kept(workspace: Workspace) -> "Prints | None":
    try:
        record = json.loads((workspace.private / _FILE).read_text(encoding="utf-8"))
        kept = np.asarray(record["print"], dtype=np.float32)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if record["format"] == _FORMAT and kept.shape == (256,) else None
