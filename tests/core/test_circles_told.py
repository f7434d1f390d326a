"""A circle is told to a double by a system text, and chosen by a word of its name."""

import json

import pytest

from sosie.core import jsonl
from sosie.core.circles import KEPT_CIRCLES, choose_circle, circles_of, instruction, told
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.double import Double
from sosie.core.errors import BadData, BadSettings

CIRCLES = ("tutoiement, messages courts", "vouvoiement, messages longs")
TURNS = (Turn("user", "tu viens ?"), Turn("assistant", "oui"))


def of(circle):
    return Dialogue(TURNS, Origin(circle=circle))


def test_a_dialogue_is_told_its_circle_and_the_commonest_where_it_has_none():
    for circle, expected in ((CIRCLES[1], CIRCLES[1]), ("", CIRCLES[0]), ("autrement", CIRCLES[0])):
        assert told(of(circle), CIRCLES).turns == (Turn("system", instruction(expected)), *TURNS)


def test_without_circles_and_with_a_system_text_of_its_own_a_dialogue_is_as_it_was():
    assert told(of(CIRCLES[0]), ()) == of(CIRCLES[0])
    own = Dialogue((Turn("system", "Tu es Léa."), *TURNS))
    assert told(own, CIRCLES) == own


def test_the_commonest_comes_first_and_one_alone_is_none():
    assert circles_of([of(CIRCLES[1]), of(CIRCLES[0]), of(CIRCLES[0]), of("")]) == CIRCLES
    assert len(circles_of([of(f"cercle {number}") for number in range(999)])) == KEPT_CIRCLES
    assert circles_of([of(CIRCLES[0])]) == circles_of([of("")]) == ()


def test_a_word_of_its_name_chooses_a_circle_and_all_else_is_refused_with_the_names():
    assert choose_circle("Vouvoiement", CIRCLES) == choose_circle(CIRCLES[1], CIRCLES) == CIRCLES[1]
    for none in ("messages", "bureau", "", " "):
        with pytest.raises(BadSettings) as error:
            choose_circle(none, CIRCLES)
        assert all(circle in error.value.mend for circle in CIRCLES)
    with pytest.raises(BadSettings, match="pas de cercles"):
        choose_circle("vouvoiement", ())


def test_a_circle_is_written_and_read_back_and_leaves_no_key_where_there_is_none(tmp_path):
    path = tmp_path / "train.jsonl"
    jsonl.write(path, [of(CIRCLES[0]), of("")])
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first["sosie"]["circle"] == CIRCLES[0] and "circle" not in second["sosie"]
    assert list(jsonl.read(path)) == [of(CIRCLES[0]), of("")]


@pytest.mark.parametrize("circle", [3, ["a"], "\x1b[2J", "a" * 201])
def test_what_is_no_name_of_a_circle_is_no_origin(tmp_path, circle):
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    path, heard = tmp_path / "train.jsonl", []
    path.write_text(json.dumps({"messages": messages, "sosie": {"format": 2, "circle": circle}}), "utf-8")
    (read,) = jsonl.read(path, lambda line, reason: heard.append(reason))
    assert read.origin == Origin() and "origine" in heard[0]


def test_a_double_writes_as_to_the_circle_that_is_chosen(tmp_path):
    double = Double("mini", "mini", portrait=instruction(CIRCLES[0]), circles=CIRCLES)
    double.write(tmp_path)
    read = Double.read(tmp_path)
    assert read == double == read.in_circle(None)
    assert read.in_circle("vouvoiement").portrait == instruction(CIRCLES[1])


def test_a_double_of_before_has_no_circles_and_a_damaged_list_is_refused(tmp_path):
    record = json.loads(Double("mini", "mini").manifest())
    del record["circles"]
    (tmp_path / "double.json").write_text(json.dumps(record), encoding="utf-8")
    assert Double.read(tmp_path).circles == ()
    for broken in ("tutoiement", [3], ["\x1b[2J"], None):
        (tmp_path / "double.json").write_text(json.dumps(record | {"circles": broken}), encoding="utf-8")
        with pytest.raises(BadData):
            Double.read(tmp_path)
