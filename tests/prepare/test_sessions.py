"""A thread is cut at its silences, and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from prepare_talk import START, conversation, message

from sosie.core.message import Message
from sosie.prepare.sessions import cut

SILENCE = timedelta(hours=3)


def pieces(*messages, kind="chat"):
    return [[m.text for m in part.messages] for part in cut(conversation(*messages, kind=kind), SILENCE)]


def said(text, hours, **facts):
    return message(f"Léa: {text}", at=None if hours is None else START + timedelta(hours=hours), **facts)


def test_a_longer_silence_cuts_and_an_equal_one_does_not():
    assert pieces(said("a", 0), said("b", 3), said("c", 6.01)) == [["a", "b"], ["c"]]


def test_more_than_a_day_is_counted_whole():
    assert pieces(said("a", 0), said("b", 24.1)) == [["a"], ["b"]]


def test_a_small_step_back_cuts_nothing_and_does_not_stretch_the_silence():
    assert pieces(said("a", 2), said("b", 1), said("c", 4.5)) == [["a", "b", "c"]]


def test_a_big_step_back_is_another_session():
    assert pieces(said("a", 100), said("b", 0), said("c", 1)) == [["a"], ["b", "c"]]


def test_messages_without_a_time_stay_with_the_one_before():
    assert pieces(said("a", 0), said("b", None), said("c", 9)) == [["a", "b"], ["c"]]
    assert pieces(said("a", None), said("b", None)) == [["a", "b"]]


def test_a_notice_does_not_bridge_a_silence():
    assert pieces(said("a", 0), said("x", 2, kind="notice"), said("b", 4)) == [["a", "x"], ["b"]]


def test_known_and_unknown_zones_may_stand_side_by_side():
    known = Message("1", "Léa", "a", datetime(2025, 3, 1, 10, tzinfo=UTC))
    later = Message("2", "Léa", "b", datetime(2025, 3, 1, 13, tzinfo=timezone(timedelta(hours=2))))
    naive = Message("3", "Léa", "c", datetime(2025, 3, 3, 10))
    assert pieces(known, later, naive) == [["a", "b"], ["c"]]


def test_a_ready_data_set_stays_whole():
    assert pieces(said("a", 0), said("b", 99), kind="dataset") == [["a", "b"]]


def test_a_mail_may_be_answered_days_later():
    thread = replace(conversation(said("a", 0), said("b", 200), said("c", 2000)), source="email")
    assert [len(part.messages) for part in cut(thread, SILENCE)] == [2, 1]


def test_a_reply_to_a_message_goes_on_with_its_session():
    asked, late = replace(said("a", 0), id="m7"), replace(said("b", 30), reply_to="m7")
    assert pieces(asked, late, said("c", 31)) == [["a", "b", "c"]]
    assert pieces(asked, replace(late, reply_to="elsewhere")) == [["a"], ["b"]]


def test_a_talk_goes_on_over_midnight():
    start = START.replace(hour=23, minute=50)
    lines = [message(f"Léa: {n}", n, start + timedelta(minutes=9 * n)) for n in range(4)]
    assert pieces(*lines) == [["0", "1", "2", "3"]]


def test_nothing_gives_nothing():
    assert pieces() == []


@given(st.lists(st.none() | st.floats(-1000, 1000), max_size=30))
def test_nothing_is_lost_or_moved(hours):
    texts = [str(n) for n in range(len(hours))]
    found = pieces(*(said(text, hour) for text, hour in zip(texts, hours, strict=True)))
    assert sum(found, []) == texts and all(found)
