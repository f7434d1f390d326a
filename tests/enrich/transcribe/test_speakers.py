"""Voices by their prints: the owner's, others numbered as they come, and those that nobody can tell."""

import numpy as np
import pytest

from sosie.core.errors import UnknownModel
from sosie.enrich.transcribe.speakers import MINE, OTHER, SAME, UNKNOWN, label, learn, speaker_at


def print_at(cosine, to=0, other=1):
    """A print whose cosine to axis `to` is this; the rest lies on axis `other`."""
    found = np.zeros(256, np.float32)
    found[to], found[other] = cosine, (1 - cosine**2) ** 0.5
    return found


ME = print_at(1.0)


def test_a_voice_is_the_owners_above_the_threshold_and_another_far_below():
    mine, other = print_at(SAME + 0.01), print_at(0.1, other=2)
    assert label(np.stack([mine, other, other, mine]), {MINE: ME}) == [MINE, "voix 2", "voix 2", MINE]


def test_between_the_two_nobody_can_tell():
    doubtful = print_at((SAME + OTHER) / 2)
    assert label(np.stack([doubtful, doubtful]), {MINE: ME}) == [UNKNOWN, UNKNOWN]


def test_a_third_voice_takes_no_name_of_a_known_one():
    known = {MINE: ME, "voix 2": print_at(1.0, to=5)}
    assert label(np.stack([print_at(0.1, other=7)]), known) == ["voix 3"]


def test_one_doubtful_window_between_two_of_a_voice_is_that_voice():
    doubtful = print_at((SAME + OTHER) / 2)
    assert label(np.stack([ME, doubtful, ME, doubtful, doubtful, ME]), {MINE: ME}) == [
        MINE,
        MINE,
        MINE,
        UNKNOWN,
        UNKNOWN,
        MINE,
    ]


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


def test_a_voice_learnt_is_the_mean_direction_of_its_windows():
    assert np.allclose(learn(np.stack([print_at(0.9), print_at(0.9, other=2)])) @ ME, 0.946, atol=0.001)


def test_a_file_that_is_no_network_is_refused_in_a_sentence(tmp_path):
    pytest.importorskip("torch", reason="the bare install has no torch")
    from sosie.enrich.transcribe.speakers import VoicePrints

    (tmp_path / "pretrained.pt").write_bytes(b"not weights")
    with pytest.raises(UnknownModel, match="pretrained.pt"):
        VoicePrints(tmp_path / "pretrained.pt")
