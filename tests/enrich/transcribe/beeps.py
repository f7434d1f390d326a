"""A small truth for ears: a word is a level that lasts, and a recogniser that knows the levels.

    sound("on", "arrive")     ->  a WAV of two levels, each followed by silence
    Beeps(log).hear(samples)  ->  [Segment((Word("on", 0.0, 0.3), Word("arrive", 0.4, 0.7)))]

Each sound that `hear` is given is a line of `log`, so that a test knows what was heard, and how often.
"""

import io
import wave
import zipfile
from pathlib import Path

import numpy as np

from sosie.enrich.transcribe.recognise import RATE, Segment
from sosie.prepare.transcripts import Word

_WORDS = """
on se voit ce soir oui à huit heures j'arrive euh je suis devant la gare du nord tu viens avec qui personne
alors d'accord apporte le pain non merci moi aussi Léa Malo demain matin peut-être très bien
"""
VOCABULARY = _WORDS.split()
SAID, SILENT = 0.3, 0.1  # seconds


def samples_of(*words, lead=0.0):
    """`lead` is silence before the first word, in seconds."""
    parts = [np.zeros(int(lead * RATE), np.int16)]
    for word in words:
        level = 300 * (1 + VOCABULARY.index(word))
        parts += [np.full(int(SAID * RATE), level, np.int16), np.zeros(int(SILENT * RATE), np.int16)]
    return np.concatenate(parts)


def sound(*words, lead=0.0):
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((1, 2, RATE, 0, "NONE", ""))
        wav.writeframes(samples_of(*words, lead=lead).tobytes())
    return file.getvalue()


class Beeps:
    packs = True

    def __init__(self, log: Path | None = None, name="beeps 1"):
        self.log, self.name = log, name

    def speech(self, samples):
        loud = np.flatnonzero(samples)
        return [(loud[0] / RATE, (loud[-1] + 1) / RATE)] if len(loud) else []

    def hear(self, samples, language):
        levels = np.rint(samples * 32768 / 300).astype(int)
        edges = np.flatnonzero(np.diff(levels, prepend=0, append=0))
        words = tuple(
            Word(VOCABULARY[levels[start] - 1], start / RATE, end / RATE)
            for start, end in zip(edges, edges[1:], strict=False)
            if levels[start]
        )
        if self.log:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(" ".join(word.text for word in words) + "\n")
        return [Segment(words)] if words else []


def opening(log=None, name="beeps 1"):
    """What `transcribe` is given to open the engine."""
    return lambda engine, model, agree: Beeps(log, name)


def whatsapp_zip(path, exchanges, sounds):
    """A WhatsApp export of Léa (the owner) and Malo; « (PTT-1) » as a text is the voice note of that name."""
    lines = []
    for number, (author, text) in enumerate(exchanges):
        at = f"{1 + number // 600:02}/02/2024, {8 + number // 60 % 10:02}:{number % 60:02}"
        if text.startswith("(PTT"):
            text = f"\u200e{text.strip('()')}.opus (fichier joint)"
        lines.append(f"{at} - {author}: {text}")
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("Discussion WhatsApp avec Malo.txt", "\n".join(lines) + "\n")
        for name, data in sounds.items():
            made.writestr(f"{name}.opus", data)
    return path
