"""A JSON document read a piece at a time, whole and damaged."""
# ruff: noqa: SIM118 (a stream is no dict)

import io
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.sources.files import json_window
from sosie.sources.files.json_stream import JsonStream
from sosie.sources.files.json_window import Broken


def stream(text):
    return JsonStream(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def is_record(value):
    return isinstance(value, dict) and "n" in value


def numbers(text):
    """The records of « messages », « x » for what is broken, and whether the end is missing."""
    opened, found = stream(text), []
    for key in opened.keys():
        if key == "messages":
            found = ["x" if value is None else value.get("n") for value in opened.records(is_record)]
    return found, opened.cut


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.sampled_from([None, 1]), st.integers(1, 40))
def test_any_document_is_read_as_json_reads_it_however_small_the_window(document, indent, chunk):
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    before, json_window.CHUNK = json_window.CHUNK, chunk
    try:
        opened = stream(text.encode(errors="surrogatepass").decode(errors="replace"))
        found = {key: opened.take() for key in opened.keys()}
    finally:
        json_window.CHUNK = before
    assert found == json.loads(text.encode(errors="surrogatepass").decode(errors="replace"))
    assert not opened.cut and not opened.peek()


def test_values_that_nobody_takes_are_passed_over():
    opened = stream('{"a": {"b": [1, {"c": "]}"}]}, "d": 12, "e": "x"}')
    assert [(key, opened.take() if key == "e" else None) for key in opened.keys()][-1] == ("e", "x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"messages": [{"n": 1}, {"n": 2}]}', ([1, 2], False)),
        ('{"messages": [{"n": 1} {"n": 2},, {"n": 3},]}', ([1, 2, 3], False)),
        ('{"messages": [{"n": 1}, {"n": oups}, {"n": 3}]}', ([1, "x", 3], False)),
        ('{"messages": [{"n": 1}, {"n": 2, "t": "{"q": 1}"}, {"n": 3}]}', ([1, "x", 3], False)),
        ('{"messages": [{"n": 1}, {"n": 2', ([1], True)),
        ('{"messages": [{"n": 1}, ', ([1], True)),
        ('{"messages": [{"n": 1}, {"t": "sans fin }, {"n": 3}]}', ([1, "x", 3], False)),
        ('{"messages": [1, "a", {"n": 3}]}', None),
    ],
)
def test_what_is_broken_costs_itself(text, found):
    if found is None:
        opened = stream(text)
        assert [list(opened.records(is_record)) for key in opened.keys()] == [[1, "a", {"n": 3}]]
    else:
        assert numbers(text) == found


def test_an_array_that_is_never_closed_does_not_swallow_the_next():
    opened = stream('[{"name": "a", "messages": [{"n": 1}, {"n": ?, {"name": "b", "messages": [{"n": 2}]}]')
    found = []
    for _ in opened.elements():
        for key in opened.keys():
            if key == "messages":
                found.append([value for value in opened.records(is_record) if value])
    assert found == [[{"n": 1}], [{"n": 2}]]


def test_control_characters_are_read_as_telegram_writes_them():
    opened = stream('{"text": "a\\x1Fb\\\\x41 c\\x0A", "raw": "d\x01e"}')
    assert {key: opened.take() for key in opened.keys()} == {"text": "a\x1fb\\x41 c\n", "raw": "d\x01e"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_the_encoding_is_found(encoding):
    opened = stream('{"été": "ça va 😂"}'.encode(encoding))
    assert {key: opened.take() for key in opened.keys()} == {"été": "ça va 😂"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"messages": [' + "[" * 100_000,
        '{"messages": ' + '[{"a":' * 20_000,
        '{"a":' * 30_000,
        '{"messages": [' + '{"' * 50_000,
        '{"messages": [x' + ',{"a":"' * 15_000,
        '{"messages": [x' + "{" * 100_000,
        '{"messages": [' + "9" * 100_000,
        '{"messages": ["' + "a" * 100_000,
        '{"messages": [{"t": "' + "\\x1f" * 25_000,
        '"' * 100_000,
        "," * 100_000,
        "\0" * 100_000,
    ],
)
def test_nothing_keeps_it_busy_or_makes_it_fall(text):
    start = time.process_time()
    numbers(text)
    opened = stream(text)
    while opened.find("messages"):
        for _ in opened.keys():
            list(opened.records(is_record))
    assert time.process_time() - start < 4  # 2 s each, on a machine that is shared


def test_a_value_that_is_none_says_so_and_takes_nothing():
    opened = stream("[oups]")
    place = next(opened.elements())
    with pytest.raises(Broken):
        opened.value()
    assert place is None and opened.take() is None and opened.peek() == "o"
