"""Dialogues longer than the context: windows to learn from, a history cut to answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_dialogues import dialogues

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models.template import TEMPLATES, prompt, render
from sosie.models.truncation import make_examples, trim

NAMES = ("mini", "gemma", "mistral", "qwen3")
named = pytest.mark.parametrize("name", NAMES)


def learnt(example):
    return [token for token, learn in zip(example.ids, example.learn, strict=True) if learn]


@named
@settings(max_examples=60)
@given(turns=dialogues(most=8), length=st.integers(40, 200))
def test_each_answer_is_learnt_once_in_order_and_no_window_is_too_long(name, tokenizers, turns, length):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    made = make_examples(turns, tokenizer, template, length)
    assert all(len(example.ids) <= length for example in made)
    whole = learnt(render(turns, tokenizer, template))
    assert sum(len(learnt(example)) + example.cut for example in made) == len(whole)
    if not any(example.cut for example in made):
        assert [token for example in made for token in learnt(example)] == whole


@named
def test_a_dialogue_that_fits_is_one_example(name, tokenizers):
    turns = [Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"), Turn("assistant", "d")]
    whole = render(turns, tokenizers[name], TEMPLATES[name])
    assert make_examples(turns, tokenizers[name], TEMPLATES[name], len(whole.ids)) == [whole]
    assert len(make_examples(turns, tokenizers[name], TEMPLATES[name], len(whole.ids) - 1)) > 1


@named
def test_later_windows_see_the_system_text_and_what_was_said_before(name, tokenizers):
    turns = [Turn("system", "SYS")]
    for number in range(30):
        turns += [Turn("user", f"question {number}"), Turn("assistant", f"reponse {number}")]
    tokenizer = tokenizers[name]
    made = make_examples(turns, tokenizer, TEMPLATES[name], 250)
    assert len(made) > 1
    for example in made:
        assert "SYS" in tokenizer.decode(list(example.ids))
    for example in made[1:]:
        assert example.learn.index(True) > 60  # exchanges for context, about half a window of them


def test_an_answer_longer_than_the_context_loses_its_end_and_says_so(tokenizers):
    turns = [Turn("user", "x" * 500), Turn("assistant", "y" * 500)]
    (example,) = make_examples(turns, tokenizers["mini"], TEMPLATES["mini"], 100)
    assert len(example.ids) == 100
    assert example.cut == 501 - len(learnt(example))
    assert example.cut > 0


@named
@settings(max_examples=60)
@given(turns=dialogues(most=8), limit=st.integers(30, 150))
def test_a_trimmed_history_fits_and_keeps_its_end(name, tokenizers, turns, limit):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    asked = turns[:-1]
    kept = trim(asked, tokenizer, template, limit)
    assert len(prompt(kept, tokenizer, template)) <= limit
    assert asked[-1].text.endswith(kept[-1].text)
    if len(prompt(asked, tokenizer, template)) <= limit:
        assert kept == asked


def test_the_system_text_stays_while_old_exchanges_go(tokenizers):
    turns = [Turn("system", "SYS")]
    for number in range(50):
        turns += [Turn("user", f"q{number}"), Turn("assistant", f"r{number}")]
    turns.append(Turn("user", "fin"))
    kept = trim(turns, tokenizers["mini"], TEMPLATES["mini"], 100)
    assert kept[0] == Turn("system", "SYS")
    assert kept[1].role == "user"
    assert kept[-3:] == (Turn("user", "q49"), Turn("assistant", "r49"), Turn("user", "fin"))
    assert 90 < len(prompt(kept, tokenizers["mini"], TEMPLATES["mini"])) <= 100


def test_a_context_without_room_for_a_message_is_a_sentence(tokenizers):
    with pytest.raises(BadData, match="trop court"):
        trim([Turn("user", "salut")], tokenizers["mini"], TEMPLATES["mini"], 2)


@named
@pytest.mark.parametrize("length", [60, 2000])
def test_an_answer_that_is_only_context_is_read_and_never_learnt(name, length, tokenizers):
    turns = []
    for number in range(6):
        turns += [Turn("user", f"q{number}"), Turn("assistant", "MAUVAIS" * 3, False), Turn("user", "et ?")]
        turns += [Turn("assistant", f"bon{number}")]
    tokenizer = tokenizers[name]
    made = make_examples(turns, tokenizer, TEMPLATES[name], length)
    taught = "".join(tokenizer.decode(learnt(example)) for example in made)
    assert "MAUVAIS" not in taught and all(f"bon{number}" in taught for number in range(6))
    assert all(any(example.learn) for example in made)
    if length == 2000:
        assert "MAUVAIS" in tokenizer.decode(list(made[0].ids))
