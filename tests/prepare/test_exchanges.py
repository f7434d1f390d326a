"""Taking exchanges out, or leaving them to be read only: the dialogue still counts its turns."""

from hypothesis import given
from hypothesis import strategies as st
from prepare_talk import conversation

from sosie.core.dialogue import Dialogue, Turn
from sosie.prepare.exchanges import as_context, count_learnt, count_messages, keep_exchanges, taken_out
from sosie.prepare.owner import Identity
from sosie.prepare.turns import to_dialogues

ME = Identity(frozenset({"moi"}), "")
TALK = ("Léa: a", "Léa: b", "moi: c", "Léa: d", "moi: e", "moi: f", "Léa: g", "moi: h")


def talk():
    (made,) = to_dialogues(conversation(*TALK), ME)
    return made


def test_a_dialogue_counts_the_messages_it_is_made_of():
    assert count_messages(talk()) == len(TALK)
    assert count_messages(Dialogue((Turn("system", "x"), Turn("user", "a"), Turn("assistant", "b")))) == 3


def test_an_exchange_taken_out_goes_with_its_question():
    kept = keep_exchanges(talk(), [True, False, True])
    assert [turn.text for turn in kept.turns] == ["a\nb", "c", "g", "h"]
    assert kept.origin.replies == (("m2",), ("m7",)) and kept.origin.asked == (2, 1)


def test_a_reply_left_as_context_is_read_and_not_learnt():
    made = as_context(talk(), [False, True, False])
    assert [turn.learnt for turn in made.turns] == [True, True, True, False, True, True]
    assert count_learnt(made) == 2


def test_a_dialogue_ends_with_a_reply_to_learn():
    made = as_context(talk(), [False, True, True])
    assert [turn.text for turn in made.turns] == ["a\nb", "c"] and made.origin.replies == (("m2",),)
    assert not as_context(talk(), [True] * 3).turns


@given(st.lists(st.booleans(), min_size=3, max_size=3), st.booleans())
def test_what_is_taken_out_counts_the_messages_that_are_missing(flags, drop):
    after = keep_exchanges(talk(), flags) if drop else as_context(talk(), flags)
    assert count_messages(after) + count_messages(taken_out(talk(), after)) == len(TALK)
