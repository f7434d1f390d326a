"""Files of many objects, whole and damaged: what `objects` finds in them, and what it counts as lost."""

import json
import time
import tracemalloc

import pytest
from exports_on_the_spot import write

from sosie.sources.base import Log
from sosie.sources.files.archive import open_archive
from sosie.sources.files.json_stream import NO_MESSAGE, UNREADABLE, objects

ITEMS = [{"id": n, "text": f"é{n} " * 30, "more": {"id": -n, "list": [n, None, "]}"]}} for n in range(2000)]


def found(path, text, encoding="utf-8"):
    """(the objects that were wanted, how many others by reason)."""
    archive, log = open_archive(write(path / "a.json", text, encoding)), Log()
    values = list(objects(archive, "a.json", lambda value: "text" in value, log))
    return values, dict(log.skipped)


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_array_is_given_item_by_item(indent, encoding, tmp_path):
    text = json.dumps(ITEMS, indent=indent, ensure_ascii=False)
    assert found(tmp_path, text, encoding) == (ITEMS, {})


def test_the_array_is_found_in_an_object_whatever_stands_around_it(tmp_path):
    text = json.dumps({"guild": {"id": 1}, "none": None, "messages": ITEMS[:2], "messageCount": 2})
    assert found(tmp_path, text) == (ITEMS[:2], {})


def test_an_object_without_the_array_is_one_itself_and_lines_are_several(tmp_path):
    assert found(tmp_path, '{"text": 1, "b": []}\n{"text": 2}\n') == ([{"text": 1, "b": []}, {"text": 2}], {})


def test_numbers_and_words_cut_by_the_window_are_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("sosie.sources.files.json_window.CHUNK", 3)
    told = [{"text": value} for value in (123456, True, None, "é€😀", -1.5e10, {"text": "\n"})]
    assert found(tmp_path, json.dumps(told)) == (told, {})


def test_what_is_not_wanted_is_counted(tmp_path):
    assert found(tmp_path, '[12, null, {"a": 1}, {"text": 1}]') == (
        [{"text": 1}],
        {NO_MESSAGE: 2, UNREADABLE: 1},
    )


@pytest.mark.parametrize("spoil", ["te%@#", '"', "{", "]]]", "}}", "\\", "[" * 5000, '{"a":' * 900])
def test_a_broken_item_costs_itself(spoil, tmp_path):
    text = json.dumps(ITEMS, indent=1)
    place = text.index('"text"', len(text) // 2)
    got, lost = found(tmp_path, text[:place] + spoil + text[place:])
    assert sum(value in ITEMS for value in got) >= len(ITEMS) - 2
    assert 1 <= sum(lost.values()) <= 2


@pytest.mark.parametrize("spoil", ['"x": oups, ', "}", '"x" '])
def test_a_broken_heading_costs_itself(spoil, tmp_path):
    text = json.dumps({"guild": {"id": 1}, "messages": ITEMS[:9]})
    got, lost = found(tmp_path, text.replace('"messages"', spoil + '"messages"'))
    assert got == ITEMS[:9] and 1 <= sum(lost.values()) <= 3


def test_a_cut_file_gives_what_was_there_and_says_it_once(tmp_path):
    text = json.dumps({"messages": ITEMS})
    got, lost = found(tmp_path, text[: len(text) // 2])
    assert got == ITEMS[: len(got)] and len(got) > 900 and lost == {UNREADABLE: 1}


def test_a_long_conversation_after_a_broken_one_is_not_lost(tmp_path):
    long = {"text": [{"n": n, "said": "mot " * 50} for n in range(10_000)]}
    assert found(tmp_path, '[{"text": oups}, ' + json.dumps(long) + "]") == ([long], {UNREADABLE: 1})


def test_deep_nests_take_little_time(tmp_path):
    start = time.process_time()
    for nest in ('{"id":' * 20_000, "[" * 100_000, '[{"text":' * 12_000, '{"text":' * 900 + "1" * 3_000_000):
        assert UNREADABLE in found(tmp_path, json.dumps(ITEMS[:2])[:-1] + "," + nest)[1]
    assert time.process_time() - start < 3


def test_memory_does_not_grow_with_the_file(tmp_path):
    archive = open_archive(write(tmp_path / "a.json", json.dumps(ITEMS * 20)))
    tracemalloc.start()
    assert sum(1 for _ in objects(archive, "a.json", lambda value: True, Log())) == 40_000
    assert tracemalloc.get_traced_memory()[1] < 6 << 20 < archive.sizes["a.json"]
    tracemalloc.stop()
