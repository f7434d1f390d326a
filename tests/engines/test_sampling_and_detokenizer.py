"""From scores to ids to text: choosing, and showing only what is certain."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.sampling import Sampling, to_be_read
from sosie.engines.detokenizer import Detokenizer
from sosie.engines.generation import Generation
from sosie.engines.sampling import min_p_filter, new_generator, sample_token, top_p_filter


def decode(ids):
    return bytes(ids).decode("utf-8", errors="replace")


def shown(text, stops=()):
    """The pieces shown of a text that comes byte by byte, and the writer."""
    writer = Detokenizer(decode, stops)
    pieces = []
    for byte in text.encode() if isinstance(text, str) else text:
        pieces.append(writer.push(byte))
        if writer.stopped:
            break
    return [*pieces, writer.finish()], writer


@settings(max_examples=200, derandomize=True, deadline=None)
@given(text=st.text(max_size=12))
def test_what_is_shown_adds_up_to_the_text_without_half_a_character(text):
    pieces, _ = shown(text)
    assert "".join(pieces) == text.rstrip("\ufffd")
    for piece in pieces:
        piece.encode()


@settings(max_examples=300, derandomize=True, deadline=None)
@given(text=st.text("abé", max_size=12), stop=st.text("abé", min_size=1, max_size=3))
def test_a_stop_text_ends_the_answer_and_no_part_of_it_shows(text, stop):
    pieces, writer = shown(text, (stop,))
    assert "".join(pieces) == text.split(stop)[0]
    assert writer.stopped == (stop in text)


def test_what_might_begin_a_stop_text_waits_until_it_does_not():
    assert shown("a\nMo!", ("\nMoi:",))[0] == ["a", "", "", "", "\nMo!", ""]
    assert shown("a\nMo", ("\nMoi:",))[0] == ["a", "", "", "", "\nMo"]


def test_half_a_character_at_the_end_is_dropped():
    assert "".join(shown(b"ok\xc3")[0]) == "ok"


def test_an_answer_opens_at_the_rates_it_learnt_and_goes_on_colder():
    """What is drawn hotter is the first two tokens, and only them; never where the likeliest is asked for."""
    talking = replace(to_be_read(Sampling(temperature=1.2)), repetition_penalty=1.0)
    logits = torch.tensor([1.0, 0.0])
    assert talking.temperature * talking.opening_scale == pytest.approx(1.2)

    def share_of_the_likeliest(before, sampling):
        generator = new_generator(0)
        drawn = [sample_token(logits, before, (), sampling, generator) for _ in range(2000)]
        return drawn.count(0) / len(drawn)

    for before, temperature in (([], 1.2), ([5], 1.2), ([5, 6], talking.temperature)):
        expected = float(torch.softmax(logits / temperature, -1)[0])
        assert share_of_the_likeliest(before, talking) == pytest.approx(expected, abs=0.035)
    assert share_of_the_likeliest([], replace(talking, temperature=0.0)) == 1.0


def test_the_likeliest_is_taken_at_temperature_zero():
    assert (
        sample_token(torch.tensor([0.0, 3.0, 1.0]), [], (), Sampling(temperature=0.0), new_generator(0)) == 1
    )


def test_what_was_said_is_less_likely_to_be_said_again_but_never_the_end():
    scores = torch.tensor([2.0, 1.9, -1.0])
    greedy = Sampling(temperature=0.0, repetition_penalty=1.5)
    assert sample_token(scores, [0], (), greedy, new_generator(0)) == 1
    assert sample_token(scores, [0], (0,), greedy, new_generator(0)) == 0
    assert torch.equal(scores, torch.tensor([2.0, 1.9, -1.0]))


def test_the_nucleus_is_the_fewest_likeliest_that_reach_top_p():
    likely = torch.tensor([0.1, 0.5, 0.15, 0.25])
    assert top_p_filter(likely, 0.7).tolist() == pytest.approx([0.0, 0.5, 0.0, 0.25])
    assert top_p_filter(likely, 0.5).tolist() == pytest.approx([0.0, 0.5, 0.0, 0.0])
    assert top_p_filter(likely, 0.0).tolist() == pytest.approx([0.0, 0.5, 0.0, 0.0])


def test_the_tail_is_what_is_far_less_likely_than_the_likeliest():
    likely = torch.tensor([0.5, 0.3, 0.004, 0.006])
    assert min_p_filter(likely, 0.01).tolist() == pytest.approx([0.5, 0.3, 0.0, 0.006])
    chance = new_generator(0)
    drawn = {sample_token(likely.log(), [], (), Sampling(1.0, 1.0, min_p=0.1), chance) for _ in range(500)}
    assert drawn == {0, 1}


def test_tokens_are_drawn_as_often_as_they_are_likely():
    scores = torch.tensor([0.7, 0.2, 0.1]).log()
    chance = new_generator(0)
    flat = Sampling(temperature=1.0, top_p=1.0, repetition_penalty=1.0)
    drawn = [sample_token(scores, [], (), flat, chance) for _ in range(2000)]
    assert drawn.count(0) / 2000 == pytest.approx(0.7, abs=0.04)
    assert drawn.count(2) / 2000 == pytest.approx(0.1, abs=0.04)


def scores_of(token):
    return torch.nn.functional.one_hot(torch.tensor(token), 256).float()


def test_a_draft_ends_at_the_end_sign_at_a_stop_text_or_where_there_is_no_more_room():
    greedy = Sampling(temperature=0.0, stop=("STOP",))
    ended = Generation(decode, {0}, (), greedy, 10)
    assert (ended.step(scores_of(65)), ended.step(scores_of(0)), ended.ending) == ("A", "", "end")
    assert ended.ids == [65]
    stopped = Generation(decode, {0}, (), greedy, 10)
    assert "".join(stopped.step(scores_of(byte)) for byte in b"xSTOP") == "x"
    assert stopped.ending == "stop"
    full = Generation(decode, {0}, (), greedy, 2)
    assert full.step(scores_of(65)) + full.step(scores_of(65)) == "AA"
    assert full.ending == "length"
