"""Ids of messages whose export gives none."""

import time

from sosie.sources.values.message_ids import MessageIds, digest


def test_a_repeat_is_named_by_its_rank_and_another_message_never_takes_its_name():
    ids = MessageIds()
    assert [ids.of("a"), ids.of("a"), ids.of("a")] == [digest("a"), digest("a", "1"), digest("a", "2")]
    assert ids.of("a", "3") == digest("a", "3")
    assert ids.of("a") == digest("a", "4")
    assert ids.of("a", "1") == digest("a", "1", "1")


def test_a_message_said_a_hundred_thousand_times_costs_no_more_each_time():
    ids, started = MessageIds(), time.process_time()
    assert len({ids.of("a", "b") for _ in range(100_000)}) == 100_000
    assert time.process_time() - started < 5
