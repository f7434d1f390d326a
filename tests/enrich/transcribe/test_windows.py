"""Notes that say nearly the same, packed in one window: each keeps its own words, none loses them."""

import numpy as np
import pytest
from beeps import Beeps, samples_of

from sosie.enrich.transcribe.recognise import Segment
from sosie.enrich.transcribe.windows import Utterance, hear
from sosie.prepare.transcripts import Word

SAME = "je suis devant la gare"


class Deaf(Beeps):
    """As Whisper does: of what is said again in one call, it writes the first and skips the others."""

    def hear(self, samples, language):
        (found,) = super().hear(samples, language)
        words = [word for n, word in enumerate(found.words) if n < 5 or word.text not in SAME.split()]
        return [Segment(tuple(words))]


class Late(Beeps):
    """It writes all the words of a window at the times of its first note."""

    def hear(self, samples, language):
        (found,) = super().hear(samples, language)
        step = min(0.05, found.words[-1].end / len(found.words))
        return [Segment(tuple(Word(w.text, n * step, n * step + step) for n, w in enumerate(found.words)))]


def notes(*texts):
    made = [samples_of(*text.split()).astype(np.float32) / 32768 for text in texts]
    return [Utterance(number, samples) for number, samples in enumerate(made)]


def told(window, ear):
    return [" ".join(word.text for word in words) for words in hear(window, ear, "fr")]


@pytest.mark.parametrize("ear", [Beeps, Deaf, Late])
def test_four_notes_that_are_nearly_the_same_keep_each_its_words(ear):
    texts = [SAME, f"{SAME} du nord", SAME, f"{SAME} ce soir"]
    assert told(notes(*texts), ear()) == texts


def test_a_sentence_that_was_really_said_in_six_notes_stays_in_all_six():
    """In one window it looks like a loop."""
    assert told(notes(*[SAME] * 6), Beeps()) == [SAME] * 6


def test_a_loop_inside_one_note_is_left_out_and_the_others_of_its_window_stay():
    loop = " ".join(["je suis"] * 8)
    assert told(notes("oui merci", loop, "à demain"), Beeps()) == ["oui merci", "", "à demain"]


def test_notes_that_differ_are_heard_in_one_call(tmp_path):
    log = tmp_path / "log"
    told(notes("oui merci", "à demain", "tu viens avec qui"), Beeps(log))
    assert len(log.read_text("utf-8").splitlines()) == 1
