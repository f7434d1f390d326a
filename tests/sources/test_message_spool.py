"""Threads that come pell-mell and leave one by one."""

import gc
from datetime import UTC, datetime, timedelta

from sosie.core.message import Message
from sosie.sources.files.message_spool import MessageSpool

START = datetime(2024, 10, 27, tzinfo=UTC)


def message(n, at=None, **given):
    return Message(
        f"id{n}", f"auteur{n % 3}", f"mot {n} 😀", at or START + timedelta(milliseconds=n), **given
    )


def test_each_thread_comes_back_whole_and_in_time_order():
    spool = MessageSpool()
    for n in (5, 3, 4, 0):
        spool.add("a", message(n))
        spool.add("b", message(n, kind="image", reply_to="x", edited=True, style=False))
    assert list(spool.take("a")) == [message(n) for n in (0, 3, 4, 5)]
    assert next(spool.take("b")) == message(0, kind="image", reply_to="x", edited=True, style=False)


def test_equals_and_those_without_a_time_keep_their_place():
    spool = MessageSpool()
    told = [message(1, START), Message("?", "x", "sans heure"), message(2, START), message(3)]
    for one in told:
        spool.add("a", one)
    assert list(spool.take("a")) == told


def test_more_than_fits_waits_on_the_disk_without_a_name(monkeypatch, tmp_path):
    monkeypatch.setattr("sosie.sources.files.message_spool.ENOUGH", 500)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    spool = MessageSpool()
    for n in range(1000):
        spool.add(str(n % 2), message(n))
    assert not list(tmp_path.iterdir())
    taken = spool.take("1", {"auteur0": "Léa", "auteur1": "Léo", "auteur2": "Lou"}.__getitem__)
    del spool
    gc.collect()
    assert [one.author for one in taken][:3] == ["Léo", "Léa", "Lou"]


def test_joined_threads_are_one_in_time_order():
    spool = MessageSpool()
    for n in (2, 0, 1):
        spool.add("a" if n else "b", message(n))
    spool.join("a", "b")
    assert [one.id for one in spool.take("a")] == ["id0", "id1", "id2"] and list(spool.threads) == ["a"]
