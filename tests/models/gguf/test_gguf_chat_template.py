"""The Jinja text in a GGUF writes what sosie's own door writes, for every named format."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.dialogue import Turn
from sosie.models.chat_formats import TEMPLATES, write_segments
from sosie.models.gguf.chat_template import jinja_of
from sosie.models.rendering import render_jinja
from sosie.models.template import prompt, render

NAMES = ("mini", "mistral", "vigostral", "chatml", "qwen3", "llama3", "gemma")
BOS, EOS = "<s>", "</s>"
words = st.sampled_from(("salut", 'l\'été "où" ?', "deux\n\nlignes", "🙂", "{{ x }}", "\\n", "{% if %}"))


@st.composite
def dialogues(draw):
    turns = [Turn("system", draw(words))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        turns += [Turn("user", draw(words)), Turn("assistant", draw(words))]
    return tuple(turns)


def written(turns, name, generation=False):
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    template = TEMPLATES[name]
    text = jinja_of(template, BOS, EOS)
    return render_jinja(text, messages, {"add_generation_prompt": generation})


def expected(turns, template):
    """The segments as one text; an utterance that is tokenised alone begins with a space."""
    parts = []
    for segment in write_segments(turns, template):
        text = {"bos": BOS, "eos": EOS}.get(segment.text, segment.text) if segment.special else segment.text
        parts.append(
            " " + text if template.tokenize_alone and segment.answer >= 0 and not segment.special else text
        )
    return "".join(parts)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(turns=dialogues())
def test_a_dialogue_is_written_as_our_own_door_writes_it(name, turns):
    assert written(turns, name) == expected(turns, TEMPLATES[name])


@pytest.mark.parametrize("name", ("mistral", "vigostral"))
def test_mistral_s_tokenizer_makes_the_same_ids_of_it(mistral, name):
    turns = (
        Turn("system", "Tu es Léa."),
        Turn("user", "Tu viens ?"),
        Turn("assistant", "J'arrive"),
        Turn("user", "Vite !"),
    )
    mistral.backend_tokenizer.encode_special_tokens = False
    try:
        ids = mistral(written(turns, name, generation=True), add_special_tokens=False)["input_ids"]
    finally:
        mistral.backend_tokenizer.encode_special_tokens = True
    assert ids == prompt(turns, mistral, TEMPLATES[name])
    assert render((*turns, Turn("assistant", "oui")), mistral, TEMPLATES[name]).answer_at == len(ids)
