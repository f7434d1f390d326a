"""What Whisper invents is left out; what somebody says is not."""

import pytest

from sosie.enrich.transcribe.inventions import believed, is_loop
from sosie.enrich.transcribe.recognise import Segment
from sosie.prepare.transcripts import Word


def segment(text, **doubts):
    return Segment(tuple(Word(word, 0, 1) for word in text.split()), **doubts)


@pytest.mark.parametrize(
    "text",
    [
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titrage ST' 501",
        "Sous-titrage Société Radio-Canada",
        "Merci d'avoir regardé cette vidéo !",
        "Abonnez-vous à la chaîne.",
        "♪ ♪ ♪",
        "[Musique]",
        "...",
        "Tou Tou Tou Tou Tou Tou Tou Tou",
        "je ne sais pas je ne sais pas je ne sais pas je ne sais pas je ne sais pas",
    ],
)
def test_a_known_invention_is_left_out(text):
    assert not believed(segment(text))


@pytest.mark.parametrize(
    "text",
    [
        "Oui.",
        "Ha ha ha, très drôle.",
        "J'ai mis des sous-titres à la vidéo de Paul.",
        "Merci d'avoir regardé ma voiture hier.",
        "Tu t'abonnes à quoi comme musique ?",
        "Non non non non.",
    ],
)
def test_what_is_really_said_stays(text):
    assert believed(segment(text))


def test_a_segment_that_the_engine_doubts_twice_is_left_out_and_one_doubt_is_not_enough():
    assert not believed(segment("Bonjour", no_speech=0.9, log_probability=-1.5))
    assert believed(segment("Bonjour", no_speech=0.9, log_probability=-0.3))
    assert believed(segment("Bonjour", no_speech=0.1, log_probability=-1.5))


def test_a_text_that_compresses_too_well_is_a_loop():
    assert is_loop(segment("bonjour", compression=3.0)) and not is_loop(segment("bonjour", compression=1.1))
