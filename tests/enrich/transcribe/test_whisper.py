"""Real ears, where weights are: $SOSIE_WHISPER names a folder of faster-whisper's, and espeak-ng speaks."""

import os
import re
import shutil
import subprocess
import time

import numpy as np
import pytest

from sosie.enrich.transcribe import windows
from sosie.enrich.transcribe.recognise import RATE, open_recogniser
from sosie.enrich.transcribe.sound import pieces
from sosie.enrich.transcribe.windows import joined

pytestmark = pytest.mark.slow
if not (os.environ.get("SOSIE_WHISPER") and shutil.which("espeak-ng")):
    pytest.skip("no weights of Whisper are here", allow_module_level=True)

SENTENCES = (
    "Salut, tu viens ce soir au cinéma avec nous ?",
    "N'oublie pas d'acheter du pain et du fromage en rentrant.",
    "Maman demande si tu peux l'appeler avant le dîner.",
    "Il pleut encore, alors je reste à la maison avec le chat.",
)


@pytest.fixture(scope="module")
def ear():
    return open_recogniser("faster-whisper", os.environ["SOSIE_WHISPER"], lambda question: False)


def test_four_notes_are_heard_at_once_each_on_its_own_and_cheaply(ear, tmp_path):
    notes = []
    for number, text in enumerate(SENTENCES):
        path = tmp_path / f"{number}.wav"
        subprocess.run(["espeak-ng", "-v", "fr", "-w", str(path), text], check=True)
        notes.append(np.concatenate(list(pieces(path.open("rb")))))
    start = time.process_time()
    spoken = [
        windows.Utterance(number, samples[int(begin * RATE) : int(end * RATE)], begin)
        for number, samples in enumerate(notes)
        for begin, end in joined(ear.speech(samples))
    ]
    (window,) = windows.pack(spoken)
    found = windows.hear(window, ear, "fr")
    cpu = time.process_time() - start
    for text, words in zip(SENTENCES, found, strict=True):
        said = set(re.findall(r"\w+", text.lower()))
        heard = set(re.findall(r"\w+", " ".join(word.text for word in words).lower()))
        assert len(said & heard) >= 0.5 * len(said), (text, heard)
    assert cpu <= 0.5 * sum(map(len, notes)) / RATE


def test_silence_has_no_word_even_where_the_detector_is_not_asked(ear):
    quiet = np.zeros(8 * RATE, np.float32)
    assert not ear.speech(quiet)
    assert windows.hear([windows.Utterance(0, quiet)], ear, "fr") == [[]]
