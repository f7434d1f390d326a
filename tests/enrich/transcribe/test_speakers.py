"""Voices by their prints: the owner's, others numbered as they come, and those that nobody can tell."""

import numpy as np
import pytest

from sosie.core.errors import UnknownModel
from sosie.enrich.transcribe.speakers import (
    DIRECTIONS,
    HEARD,
    MINE,
    OTHER,
    SAME,
    UNKNOWN,
    Voice,
    label,
    learn,
    speaker_at,
)


def print_at(cosine, to=0, other=1):
    """A print whose cosine to axis `to` is this; the rest lies on axis `other`."""
    found = np.zeros(256, np.float32)
    found[to], found[other] = cosine, (1 - cosine**2) ** 0.5
    return found


NOTHING = np.zeros((0, 256), np.float32)
ME = print_at(1.0)
MY_VOICE = Voice(ME, NOTHING)


def test_a_voice_is_the_owners_above_the_threshold_and_another_far_below():
    mine, other = print_at(SAME + 0.01), print_at(0.1, other=2)
    assert label(np.stack([mine, other, other, mine]), {MINE: MY_VOICE}) == [MINE, "voix 2", "voix 2", MINE]


def test_between_the_two_nobody_can_tell():
    doubtful = print_at((SAME + OTHER) / 2)
    assert label(np.stack([doubtful, doubtful]), {MINE: MY_VOICE}) == [UNKNOWN, UNKNOWN]


def test_a_third_voice_takes_no_name_of_a_known_one():
    known = {MINE: MY_VOICE, "voix 2": Voice(print_at(1.0, to=5), NOTHING)}
    assert label(np.stack([print_at(0.1, other=7)]), known) == ["voix 3"]


def test_one_doubtful_window_between_two_of_a_voice_is_that_voice():
    doubtful = print_at(OTHER + 0.01)
    labels = label(np.stack([ME, doubtful, ME, ME, doubtful, doubtful, doubtful]), {MINE: MY_VOICE})
    assert labels[:4] == [MINE] * 4 and labels[-2:] == [UNKNOWN] * 2


def test_a_word_is_said_by_the_window_around_it():
    labels = [MINE, MINE, "voix 2"]
    assert [speaker_at(labels, at) for at in (0.0, 0.8, 1.6, 2.4, 60.0)] == [
        MINE,
        MINE,
        MINE,
        "voix 2",
        "voix 2",
    ]
    assert speaker_at([], 1.0) == UNKNOWN


def test_a_window_is_judged_with_neighbours_that_sound_like_it_and_with_no_others():
    """Half a second of a strange vowel is still the owner; what another says next to it is not."""
    strange, other = print_at(SAME - 0.02), print_at(0.1, other=2)
    assert label(np.stack([ME, strange, strange]), {MINE: MY_VOICE})[1] == MINE
    assert label(np.stack([ME, other, ME]), {MINE: MY_VOICE}) == [MINE, "voix 2", MINE]


def test_a_voice_that_was_only_heard_is_known_again_from_less_than_one_that_was_learnt():
    first = print_at(0.1, to=0, other=2)
    again = HEARD + 0.02
    second = again * first + (1 - again**2) ** 0.5 * print_at(1.0, to=7)
    apart = np.zeros_like(first)
    apart[0] = 1.0
    labels = label(np.stack([first, apart, apart, second]), {MINE: MY_VOICE})
    assert labels == ["voix 2", MINE, MINE, "voix 2"]


def spoken(who, count, seed, wide=0.5):
    """Windows of a voice on axis `who`, whose prints go to and fro along axis 20 with what is said."""
    prints = np.random.default_rng(seed).normal(0, 0.02, (count, 256)).astype(np.float32)
    prints[:, who] += 1.0
    prints[:, 20] += np.linspace(-wide, wide, count)
    return prints / np.linalg.norm(prints, axis=1, keepdims=True)


def test_what_a_voice_varies_in_by_itself_counts_less_than_what_tells_two_voices_apart():
    mine = learn(spoken(0, 40, 1))
    assert len(mine.varies) <= DIRECTIONS and "[256]" in repr(mine)
    own, other = spoken(0, 9, 2), spoken(0, 9, 3)
    other[:, 5] += 0.5  # another person, who says the same
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    plain = Voice(mine.print, NOTHING)
    assert plain.likeness(own).min() < plain.likeness(other).max()
    assert mine.likeness(own).min() > mine.likeness(other).max()


def test_a_voice_learnt_is_the_mean_direction_of_its_windows():
    voice = learn(np.stack([print_at(0.9), print_at(0.9, other=2)]))
    assert np.allclose(voice.print @ ME, 0.946, atol=0.001)


def test_the_voice_of_one_window_has_no_direction_in_which_it_varies():
    assert np.allclose(learn(ME[None]).likeness(np.stack([ME, print_at(0.5)])), [1.0, 0.5], atol=1e-3)


def test_a_file_that_is_no_network_is_refused_in_a_sentence(tmp_path):
    pytest.importorskip("torch", reason="the bare install has no torch")
    from sosie.enrich.transcribe.speakers import VoicePrints

    (tmp_path / "pretrained.pt").write_bytes(b"not weights")
    with pytest.raises(UnknownModel, match="pretrained.pt"):
        VoicePrints(tmp_path / "pretrained.pt")
