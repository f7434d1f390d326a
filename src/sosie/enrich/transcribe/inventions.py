"""What Whisper invents where nobody speaks, or where it loses its way: loops, and the ends of its subtitles.

« Tou-Tou-Tou-Tou-Tou-Tou-Tou »                          a loop: it compresses too well
« Sous-titres réalisés par la communauté d'Amara.org »   learnt with the videos of its training
« ... » with no_speech 0.9                               the engine itself doubts that anybody spoke
"""

import re
import zlib

from sosie.enrich.transcribe.recognise import Segment

MOST_COMPRESSION = 2.4  # Whisper's own threshold
MOST_NO_SPEECH, LEAST_PROBABILITY = 0.6, -1.0  # Whisper's own, of both at once
_LONG = 60  # characters from which a compression says something
_REPEATS = re.compile(r"\b(\w+(?:\W+\w+){0,3})(?:\W+\1\b){4,}", re.IGNORECASE)
# Said to nobody, at the end of videos: a whole segment that is this was not said.
_PHRASES = re.compile(
    r"(?:sous-?titr\w* (?:réalisés?|fait|par|de|st).*|.*amara\.org.*|.*radio-canada.*|♪.*|"
    r"merci d'avoir regardé (?:cette|la|ma) vidéo|abonnez-vous.*|n'oubliez pas de vous abonner.*|"
    r"à la prochaine vidéo|(?:musique|applaudissements|rires)|thank you for watching|.*soustitreur\.com.*)"
)


def is_loop(segment: Segment) -> bool:
    """Whether the same few words come again and again."""
    text = said(segment)
    packed = len(text.encode()) / len(zlib.compress(text.encode())) if len(text) >= _LONG else 1.0
    return max(packed, segment.compression) > MOST_COMPRESSION or bool(_REPEATS.search(text))


def believed(segment: Segment) -> bool:
    """Whether somebody is likely to have said this."""
    doubted = segment.no_speech > MOST_NO_SPEECH and segment.log_probability < LEAST_PROBABILITY
    bare = said(segment).casefold().replace("’", "'").strip(' .!?…[]()*"«»')
    return not (doubted or is_loop(segment) or not re.search(r"\w", bare) or _PHRASES.fullmatch(bare))


def said(segment: Segment) -> str:
    return " ".join(word.text for word in segment.words)
