"""The keystone: what holds of every template, on dialogues made to break it."""

import pytest
from hypothesis import given, settings
from random_dialogues import MARKERS, dialogues
from shown import show

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models.catalogue import Base, catalogue
from sosie.models.template import TEMPLATES, prompt, render, stop_conditions, template_for
from sosie.models.token_encoder import encoder_of
from sosie.models.truncation import make_examples

NAMES = ("mini", "mistral", "vigostral", "mistral-v7", "chatml", "qwen3", "llama3", "gemma")
named = pytest.mark.parametrize("name", NAMES)


def runs(example):
    """The learnt ids, one list for each unbroken run."""
    found, before = [], False
    for token, learn in zip(example.ids, example.learn, strict=True):
        if learn and not before:
            found.append([])
        if learn:
            found[-1].append(token)
        before = learn
    return found


def controls(turns, tokenizer, template):
    """The control ids of a rendered dialogue, in order."""
    return [
        token
        for token in render(turns, tokenizer, template).ids
        if token in encoder_of(tokenizer).control_ids
    ]


def answers(turns):
    return [turn.text for turn in turns if turn.role == "assistant"]


@named
@settings(max_examples=80)
@given(turns=dialogues())
def test_no_text_becomes_a_control_id(name, tokenizers, turns):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    harmless = [Turn(turn.role, "a") for turn in turns]
    assert controls(turns, tokenizer, template) == controls(harmless, tokenizer, template)


@named
@settings(max_examples=80)
@given(turns=dialogues())
def test_the_answers_and_their_end_signs_are_learnt_and_nothing_else(name, tokenizers, turns):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    example = render(turns, tokenizer, template)
    learnt = runs(example)
    assert len(example.ids) == len(example.learn)
    assert [run[-1] for run in learnt] == [stop_conditions(template, tokenizer).ids[0]] * len(learnt)
    after_a_sign = template.tokenize_alone or not encoder_of(tokenizer).prefixes_first_only
    assert [run[:-1] for run in learnt] == [
        encoder_of(tokenizer).encode_text(text, after_a_sign) for text in answers(turns)
    ]


@named
@settings(max_examples=80)
@given(turns=dialogues())
def test_every_prompt_is_a_prefix_of_the_whole(name, tokenizers, turns):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    example = render(turns, tokenizer, template)
    assert tuple(prompt(turns[:-1], tokenizer, template)) == example.ids[: example.answer_at]
    for place, turn in enumerate(turns):
        if turn.role == "assistant":
            asked = tuple(prompt(turns[:place], tokenizer, template))
            assert asked == example.ids[: len(asked)]


@named
@settings(max_examples=50)
@given(turns=dialogues())
def test_the_bos_stands_in_front_once_where_the_template_has_one(name, tokenizers, turns):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    ids = render(turns, tokenizer, template).ids
    if template.start:
        assert ids[0] == tokenizer.bos_token_id
        assert ids.count(tokenizer.bos_token_id) == 1
    else:
        assert tokenizer.bos_token_id not in ids


@named
@settings(max_examples=50)
@given(turns=dialogues())
def test_every_text_survives_and_the_system_text_too(name, tokenizers, turns):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    ids = list(render(turns, tokenizer, template).ids)
    said = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    for turn in turns:
        assert turn.text.replace("▁", " ") in said.replace("▁", " ")  # SentencePiece writes its spaces so


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mini", "<|bos|><|system|>sois bref<|end|><|user|>salut<|end|><|assistant|>oui<|end|>"),
        (
            "chatml",
            "<|im_start|>system\nsois bref<|im_end|>\n<|im_start|>user\nsalut<|im_end|>\n"
            "<|im_start|>assistant\noui<|im_end|>\n",
        ),
        (
            "qwen3",
            "<|im_start|>system\nsois bref<|im_end|>\n<|im_start|>user\nsalut<|im_end|>\n"
            "<|im_start|>assistant\n<think>\n\n</think>\n\noui<|im_end|>\n",
        ),
        (
            "llama3",
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nsois bref<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nsalut<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\noui<|eot_id|>",
        ),
        (
            "gemma",
            "<bos><start_of_turn>user\nsois bref\n\nsalut<end_of_turn>\n"
            "<start_of_turn>model\noui<end_of_turn>\n",
        ),
        ("mistral", "<s> [INST] sois bref\n\nsalut [/INST]oui</s>"),
        ("vigostral", "<s> [INST] <<SYS>>\nsois bref\n<</SYS>>\n\nsalut [/INST]oui</s>"),
    ],
)
def test_each_template_writes_its_frames(name, text, tokenizers):
    turns = [Turn("system", "sois bref"), Turn("user", "salut"), Turn("assistant", "oui")]
    tokenizer = tokenizers[name]
    shown = show(render(turns, tokenizer, TEMPLATES[name]), tokenizer)
    assert "".join(piece for piece, _ in shown) == text
    assert [piece.strip() for piece, state in shown if state == "learnt"] == [
        "oui" + tokenizer.decode([stop_conditions(TEMPLATES[name], tokenizer).ids[0]])
    ]


@named
def test_a_dialogue_that_the_person_opens_keeps_and_learns_that_answer(name, tokenizers):
    turns = [Turn("assistant", "tu dors ?"), Turn("user", "non"), Turn("assistant", "viens")]
    assert len(runs(render(turns, tokenizers[name], TEMPLATES[name]))) == 2


@named
def test_what_follows_the_last_answer_is_left_out(name, tokenizers):
    turns = [Turn("user", "a"), Turn("assistant", "b")]
    longer = [*turns, Turn("user", "c")]
    assert render(longer, tokenizers[name], TEMPLATES[name]) == render(
        turns, tokenizers[name], TEMPLATES[name]
    )


@named
def test_neighbours_of_one_role_are_joined_and_system_texts_gathered(name, tokenizers):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    scattered = [
        Turn("system", "x"), Turn("user", "a"), Turn("system", "y"), Turn("user", "b"), Turn("assistant", "c")
    ]  # fmt: skip
    gathered = [Turn("system", "x\n\ny"), Turn("user", "a\nb"), Turn("assistant", "c")]
    assert render(scattered, tokenizer, template) == render(gathered, tokenizer, template)


@named
def test_half_a_character_from_a_broken_export_does_not_stop_anything(name, tokenizers):
    turns = [Turn("user", "\ud83d oui \ud83d\ude42"), Turn("assistant", "ok \udce9")]
    mended = [Turn("user", "\ufffd oui 🙂"), Turn("assistant", "ok \ufffd")]
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    assert render(turns, tokenizer, template) == render(mended, tokenizer, template)


def test_the_end_sign_and_the_signs_of_other_turns_stop_an_answer(tokenizers):
    found = stop_conditions(TEMPLATES["mini"], tokenizers["mini"])
    names = tokenizers["mini"].convert_ids_to_tokens(list(found.ids))
    assert names[0] == "<|end|>"
    assert set(names) == {"<|end|>", "<|bos|>", "<|system|>", "<|user|>", "<|assistant|>"}
    assert stop_conditions(TEMPLATES["mistral"], tokenizers["mistral"]).ids == (2, 1)


@named
def test_there_is_something_to_answer_and_to_learn_or_a_sentence(name, tokenizers):
    tokenizer, template = tokenizers[name], TEMPLATES[name]
    with pytest.raises(BadData, match="répondre"):
        prompt([Turn("system", "a")], tokenizer, template)
    with pytest.raises(BadData, match="répondre"):
        prompt([Turn("user", "a"), Turn("assistant", "b")], tokenizer, template)
    for render_or_window in (render, lambda *args: make_examples(*args, 100)):
        with pytest.raises(BadData, match="apprendre"):
            render_or_window([Turn("user", "a")], tokenizer, template)


def test_a_template_that_the_tokenizer_cannot_write_is_a_sentence(tokenizers):
    with pytest.raises(BadData, match="<bos>"):
        render([Turn("user", "a"), Turn("assistant", "b")], tokenizers["mini"], TEMPLATES["gemma"])


@pytest.mark.parametrize(
    ("tokens", "name"),
    [("mini", "mini"), ("qwen3", "qwen3"), ("llama3", "llama3"), ("gemma", "gemma"), ("mistral", "mistral")],
)
def test_without_a_card_the_signs_of_the_tokenizer_tell_the_template(tokens, name, tokenizers):
    assert template_for(Base("x", "x"), tokenizers[tokens]).name == name


def test_the_card_decides_where_there_is_one(tokenizers):
    base = Base("vigostral", "x", catalogue()["vigostral"])
    assert template_for(base, tokenizers["mistral"]).name == "vigostral"


@named
def test_each_marker_alone_is_plain_letters(name, tokenizers):
    encoder = encoder_of(tokenizers[name])
    for marker in MARKERS:
        assert not encoder.control_ids.intersection(encoder.encode_text(marker)), marker
