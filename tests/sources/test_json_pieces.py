"""Big JSON, a piece at a time, broken or not."""

import json
import time
import tracemalloc

import pytest
from exports_on_the_spot import write

from sosie.sources.archive import open_archive
from sosie.sources.json_pieces import BROKEN, pieces

ITEMS = [{"id": n, "text": f"é{n} " * 30, "more": {"id": -n, "list": [n, None, "]}"]}} for n in range(2000)]


def found(path, text, lists=("messages",), encoding="utf-8"):
    archive = open_archive(write(path / "a.json", text, encoding))
    return list(pieces(archive, "a.json", lambda value: "text" in value, lists))


def values(path, text, **given):
    return [value for _, value in found(path, text, **given)]


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_array_is_given_item_by_item(indent, encoding, tmp_path):
    text = json.dumps(ITEMS, indent=indent, ensure_ascii=False)
    assert values(tmp_path, text, encoding=encoding) == ITEMS


def test_an_object_gives_its_header_its_items_and_its_end(tmp_path):
    text = json.dumps({"guild": {"id": 1}, "messages": ITEMS[:2], "messageCount": 2})
    keys = [("guild", {"id": 1}), ("messages", ITEMS[0]), ("messages", ITEMS[1]), ("messageCount", 2)]
    assert found(tmp_path, text) == keys


def test_an_object_without_the_list_is_one_piece_and_lines_are_several(tmp_path):
    assert found(tmp_path, '{"a": 1, "b": []}\n{"a": 2}\n') == [("", {"a": 1, "b": []}), ("", {"a": 2})]


def test_numbers_and_words_cut_by_the_window_are_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("sosie.sources.json_pieces.CHUNK", 3)
    told = [123456, True, None, "é€😀", -1.5e10, {"text": "\n"}]
    assert values(tmp_path, json.dumps(told)) == told


@pytest.mark.parametrize("spoil", ["te%@#", '"', "{", "]]]", "}}", "\\", "[" * 5000])
def test_a_broken_item_costs_itself(spoil, tmp_path):
    text = json.dumps(ITEMS, indent=1)
    place = text.index('"text"', len(text) // 2)
    got = values(tmp_path, text[:place] + spoil + text[place:])
    good = [value for value in got if isinstance(value, dict) and value in ITEMS]
    assert len(good) >= len(ITEMS) - 2
    assert 1 <= sum(value is BROKEN for value in got) <= 2


def test_a_cut_file_gives_what_was_there_and_says_it_once(tmp_path):
    text = json.dumps({"messages": ITEMS})
    got = values(tmp_path, text[: len(text) // 2])
    assert got[:-1] == ITEMS[: len(got) - 1] and len(got) > 900
    assert [value for value in got if value is BROKEN] == [BROKEN]


def test_deep_nests_take_little_time(tmp_path):
    start = time.process_time()
    for nest in ('{"id":' * 20_000, "[" * 100_000, '[{"text":' * 12_000):
        assert BROKEN in values(tmp_path, json.dumps(ITEMS[:2])[:-1] + "," + nest)
    assert time.process_time() - start < 3


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = write(tmp_path / "a.json", json.dumps(ITEMS * 20))
    archive = open_archive(path)
    archive.head("a.json")
    tracemalloc.start()
    assert sum(1 for _ in pieces(archive, "a.json", lambda value: True, ())) == 40_000
    assert tracemalloc.get_traced_memory()[1] < 6 << 20 < path.stat().st_size
    tracemalloc.stop()
