"""A session becomes user and assistant turns; what is not the person's own words is never learnt."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prepare_talk import conversation, message, to_dialogue

from sosie.core.dialogue import Turn
from sosie.prepare.owner import Identity
from sosie.prepare.turns import to_dialogues

ME = Identity(frozenset({"moi", "Moi (pro)"}), "")


def turns(*lines, **facts):
    made = to_dialogue(conversation(*lines, **facts), ME)
    return made and [(turn.role[0], turn.text) for turn in made.turns]


def test_two_quick_messages_make_one_turn():
    session = conversation("Léa: tu viens ?", "moi: oui", "moi: dans 10 min")
    assert to_dialogue(session, ME).turns == (
        Turn("user", "tu viens ?"),
        Turn("assistant", "oui\ndans 10 min"),
    )


def test_all_my_names_are_me():
    assert turns("Léa: a", "moi: b", "Moi (pro): c") == [("u", "a"), ("a", "b\nc")]


def test_a_dialogue_begins_with_the_other_and_ends_with_me():
    assert turns("moi: coucou", "Léa: a", "moi: b", "Léa: c") == [("u", "a"), ("a", "b")]


@pytest.mark.parametrize("lines", [("Léa: a",), ("moi: a",), ("moi: a", "Léa: b"), ()])
def test_no_answer_no_dialogue(lines):
    assert turns(*lines) is None


def test_one_other_in_a_group_is_not_named():
    assert turns("Léa: a", "moi: b", group=True) == [("u", "a"), ("a", "b")]


def test_several_others_are_named_once_for_what_they_say_in_a_row():
    lines = ("Léa: on y va ?", "Léa: allez", "Malo: oui", "moi: j'arrive", "Malo: ok", "moi: oui")
    assert turns(*lines, group=True) == [
        ("u", "Léa : on y va ?\nallez\nMalo : oui"),
        ("a", "j'arrive"),
        ("u", "Malo : ok"),
        ("a", "oui"),
    ]


NOT_MINE = [
    {"kind": "deleted"},
    {"kind": "notice"},
    {"kind": "call"},
    {"forwarded": True},
    {"automatic": True},
    {"style": False},
]


@pytest.mark.parametrize("facts", NOT_MINE, ids=str)
def test_what_is_not_in_my_words_is_never_a_reply(facts):
    assert turns("Léa: a", message("moi: texte", 8, **facts), "Léa: b", "moi: c") == [
        ("u", "a\nb"),
        ("a", "c"),
    ]


def test_my_photo_is_no_reply_but_its_caption_is():
    assert turns("Léa: a", message("moi: ", kind="image"), "moi: b") == [("u", "a"), ("a", "b")]
    assert turns("Léa: a", message("moi: la mer", kind="image")) == [("u", "a"), ("a", "la mer")]


def test_what_others_send_is_context():
    assert turns(message("Léa: ", kind="image"), "moi: trop beau") == [("u", "[photo]"), ("a", "trop beau")]
    assert turns(message("Léa: la mer", kind="video"), "moi: wow") == [("u", "[vidéo] la mer"), ("a", "wow")]
    assert turns(message("Léa: lis ça", forwarded=True), "moi: ok") == [("u", "lis ça"), ("a", "ok")]


def test_bots_notices_and_deleted_messages_are_not_context():
    lines = (
        "Léa: a",
        message("Bot: b", automatic=True),
        message("x: c", kind="notice"),
        message("Léa: d", kind="deleted"),
    )
    assert turns(*lines, "moi: e", group=True) == [("u", "a"), ("a", "e")]


def test_the_origin_says_all_that_the_file_needs():
    session = conversation("moi: 0", "Léa: a", "moi: b", "moi: c", "Malo: d", "moi: e", "Léa: f", group=True)
    origin = to_dialogue(session, ME).origin
    assert origin.source == "whatsapp" and origin.conversation == "c1" and origin.group
    assert origin.correspondents == ("Léa", "Malo")
    assert origin.replies == (("m2", "m3"), ("m5",))
    assert (origin.first.minute, origin.last.minute) == (1, 5)
    assert not origin.zone_known


def test_the_id_stays_when_the_talk_goes_on():
    short = to_dialogue(conversation("Léa: a", "moi: b"), ME)
    longer = to_dialogue(conversation("Léa: a", "moi: b", "Léa: c", "moi: d"), ME)
    other = to_dialogue(conversation("Léa: a", "moi: b", id="c2"), ME)
    assert short.origin.id == longer.origin.id != other.origin.id


def test_a_long_session_is_cut_after_a_reply():
    lines = [f"{'moi' if n % 2 else 'Léa'}: {n}" for n in range(10)]
    made = list(to_dialogues(conversation(*lines), ME, max_turns=5))
    assert [len(d.turns) for d in made] == [4, 4, 2]
    assert all(d.turns[0].role == "user" and d.turns[-1].role == "assistant" for d in made)
    assert len({d.origin.id for d in made}) == 3


def test_a_ready_data_set_passes_through_with_its_system_text():
    ready = conversation(
        message("system: Sois bref.", 0, kind="notice"),
        "user: a",
        "assistant: b",
        owner="assistant",
        kind="dataset",
        start=None,
    )
    told = Counter()
    made = to_dialogue(ready, ME, lambda reason, count, *items: told.update({reason: count}))
    assert not told and made.origin.correspondents == ()
    assert made.turns == (Turn("system", "Sois bref."), Turn("user", "a"), Turn("assistant", "b"))


def test_the_parts_of_a_long_session_are_nearly_equal():
    lines = [f"{'moi' if n % 2 else 'Léa'}: {n}" for n in range(44)]
    made = list(to_dialogues(conversation(*lines), ME, max_turns=40))
    assert [len(d.turns) for d in made] == [22, 22]


def test_an_answer_that_is_only_context_in_a_data_set_stays_so():
    ready = conversation(
        "user: a",
        message("assistant: b", 1, style=False),
        "user: c",
        "assistant: d",
        "user: e",
        message("assistant: f", 5, style=False),
        owner="assistant",
        kind="dataset",
        start=None,
    )
    told = Counter()
    made = to_dialogue(ready, ME, lambda reason, count, *items: told.update({reason: count}))
    assert [(turn.text, turn.learnt) for turn in made.turns] == [
        ("a", True),
        ("b", False),
        ("c", True),
        ("d", True),
    ]
    assert told.total() == 2


KINDS = st.sampled_from(["text", "image", "deleted", "notice", "call"])
WHO = st.sampled_from(["moi", "Léa", "Malo"])


@given(st.lists(st.tuples(WHO, KINDS, st.sampled_from(["", "oui", "non"]), st.booleans()), max_size=25))
def test_every_message_is_used_or_its_reason_is_told(said):
    """Counted by the words: each message is a line, save those that leave none."""
    told = Counter()
    lines = [message(f"{w}: {t}", n, kind=k, forwarded=f) for n, (w, k, t, f) in enumerate(said)]
    made = list(
        to_dialogues(conversation(*lines), ME, 6, lambda reason, count, *items: told.update({reason: count}))
    )
    used = sum(turn.text.count("\n") + 1 for d in made for turn in d.turns)
    assert used + told.total() == len(said)
    for d in made:
        assert [turn.role for turn in d.turns] == ["user", "assistant"] * (len(d.turns) // 2)
        assert len(d.turns) <= 6 and len(d.origin.replies) == len(d.replies)
