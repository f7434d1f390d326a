"""Six real voices, where they are at hand: each one's own replies are nearest to its held-out ones."""

import pytest

from sosie.evaluate.measures.likeness import measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.evaluate.replies import read_replies

VOICES = ("cyrano", "harpagon", "ministre_assemblee", "oral_f70", "oral_h23", "pere_ubu")


@pytest.mark.parametrize("voice", VOICES)
def test_a_voice_is_nearest_to_itself(shared, voice):
    def replies(whose, part):
        return read_replies(shared / "data" / "personas" / whose / f"{part}.jsonl", lambda line, reason: None)

    truth = replies(voice, "heldout")
    reference = make_reference(truth)
    raw = {whose: measure_likeness(reference, replies(whose, "train")[: len(truth)]).raw for whose in VOICES}
    assert max(raw, key=raw.get) == voice
