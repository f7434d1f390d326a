"""A model's own Jinja template, with and without generation tags, obedient or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_dialogues import WORDS, dialogues
from shown import show

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models import tiny
from sosie.models.catalogue import MINI, Base
from sosie.models.template import JINJA, TEMPLATES, prompt, render, stop_conditions, template_for
from sosie.models.token_encoder import encoder_of
from sosie.models.tokenizer_files import read_tokenizer
from sosie.models.truncation import make_examples

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TAGGED = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ m.content + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}"
)
# As Mistral's first: no system role, roles that must alternate, a space before an answer.
INST = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}"
    "{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
    "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"
)
# As Ministral 3's, with a system text.
V7 = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
    "{{ '[SYSTEM_PROMPT]' + m.content + '[/SYSTEM_PROMPT]' }}"
    "{% elif m.role == 'user' %}{{ '[INST]' + m.content + '[/INST]' }}"
    "{% else %}{{ m.content + eos_token }}{% endif %}{% endfor %}"
)
# As thinking models do: an empty thought before the last answer only.
THINKING = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{% if m.role == 'assistant' and loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
    "{{ m.content + '<|im_end|>\n' }}{% endfor %}"
)
TRIMMING = CHATML.replace("m.content +", "m.content | trim +")
FORGETFUL = CHATML.replace("{{ '<|im_start|>'", "{% if m.role != 'system' %}{{ '<|im_start|>'").replace(
    "{% endfor %}", "{% endif %}{% endfor %}"
)
# As Qwen2.5's: a system text of its own where the dialogue has none.
ASSISTANT = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
DEFAULTED = (
    "{% if messages[0].role != 'system' %}{{ '<|im_start|>system\n"
    + ASSISTANT
    + "<|im_end|>\n' }}{% endif %}"
) + CHATML

plain = st.lists(st.sampled_from([word for word in WORDS if word.strip()]), min_size=1, max_size=5)
plain_dialogues = dialogues(text=plain.map("".join).map(str.strip))
ALL = (CHATML, TAGGED, INST, THINKING, TRIMMING, FORGETFUL)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A byte tokenizer with a chat template."""
    made = {}

    def make(template, family="qwen3"):
        if (template, family) not in made:
            folder = tmp_path_factory.mktemp(family)
            tiny.save_tokenizer(folder, family)
            made[template, family] = read_tokenizer(folder)
            made[template, family].chat_template = template
        return made[template, family]

    return make


def family_of(template):
    return "mistral" if template is INST else "qwen3"


@pytest.mark.parametrize("template", [CHATML, TAGGED])
@settings(max_examples=50)
@given(turns=dialogues())
def test_chatml_written_in_jinja_gives_what_chatml_gives(own, template, turns):
    tokenizer = own(template)
    ours, named = render(turns, tokenizer, JINJA), render(turns, tokenizer, TEMPLATES["chatml"])
    assert (ours.ids, ours.learn, ours.answer_at) == (named.ids, named.learn, named.answer_at)


@settings(max_examples=100)
@given(turns=dialogues())
def test_ministral_s_format_written_in_jinja_gives_what_the_named_one_gives(own, turns):
    tokenizer = own(V7, "ministral")
    ours, named = render(turns, tokenizer, JINJA), render(turns, tokenizer, TEMPLATES["mistral-v7"])
    assert (ours.ids, ours.learn, ours.answer_at) == (named.ids, named.learn, named.answer_at)


@settings(max_examples=50)
@given(turns=plain_dialogues)
def test_generation_tags_mark_the_same_tokens(own, turns):
    tokenizer = own(TAGGED)
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    asked = {"tokenize": True, "return_dict": True, "return_assistant_tokens_mask": True}
    theirs = tokenizer.apply_chat_template(messages, **asked)
    ours = render(turns, tokenizer, JINJA)
    assert list(ours.ids) == theirs["input_ids"]
    assert list(map(int, ours.learn)) == theirs["assistant_masks"]


@pytest.mark.parametrize("template", ALL)
@settings(max_examples=40)
@given(turns=dialogues())
def test_no_text_becomes_a_control_id_and_the_prompt_is_a_prefix(own, template, turns):
    tokenizer = own(template, family_of(template))
    control = encoder_of(tokenizer).control_ids
    example = render(turns, tokenizer, JINJA)
    harmless = render([Turn(turn.role, "a") for turn in turns], tokenizer, JINJA)
    assert [i for i in example.ids if i in control] == [i for i in harmless.ids if i in control]
    assert tuple(prompt(turns[:-1], tokenizer, JINJA)) == example.ids[: example.answer_at]
    learnt = [token for token, learn in zip(example.ids, example.learn, strict=True) if learn]
    assert learnt[-1] == stop_conditions(JINJA, tokenizer).ids[0]


@pytest.mark.parametrize("template", ALL)
@settings(max_examples=40)
@given(turns=dialogues())
def test_no_answer_and_no_system_text_is_lost_whatever_the_template_thinks_of_them(own, template, turns):
    tokenizer = own(template, family_of(template))
    said = tokenizer.decode(list(render(turns, tokenizer, JINJA).ids))
    for turn in turns:
        assert turn.text.strip() in said


@settings(max_examples=30)
@given(turns=plain_dialogues)
def test_mistral_s_first_template_gives_the_ids_that_transformers_gives(mistral, turns):
    turns = [turn for turn in turns if turn.role != "system"]
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    mistral.chat_template = INST
    try:
        theirs = mistral.apply_chat_template(messages, tokenize=True, return_dict=True)["input_ids"]
        assert list(render(turns, mistral, JINJA).ids) == theirs
    finally:
        mistral.chat_template = None


def test_a_space_before_an_answer_belongs_to_its_first_token(own):
    tokenizer = own(INST, "mistral")
    turns = [Turn("user", "a"), Turn("assistant", "b")]
    assert show(render(turns, tokenizer, JINJA), tokenizer) == [
        ("<|bos|>[INST] a [/INST]", "read"),
        (" b<|end|>", "learnt"),
    ]


def test_a_thinking_template_learns_each_answer_as_it_will_be_asked_for(own):
    tokenizer = own(THINKING)
    turns = [Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"), Turn("assistant", "d")]
    made = make_examples(turns, tokenizer, JINJA, 400)
    learnt = [[text for text, state in show(example, tokenizer) if state == "learnt"] for example in made]
    assert learnt == [["b<|im_end|>"], ["d<|im_end|>"]]
    for example, place in zip(made, (1, 3), strict=True):
        assert tuple(prompt(turns[:place], tokenizer, JINJA)) == example.ids[: example.answer_at]


def test_a_template_that_trims_a_user_s_text_is_obeyed(own):
    tokenizer = own(TRIMMING)
    loose = [Turn("user", "  salut\n"), Turn("assistant", " oui ")]
    tight = [Turn("user", "salut"), Turn("assistant", " oui ")]
    assert render(loose, tokenizer, JINJA) == render(tight, tokenizer, JINJA)


@pytest.mark.parametrize("template", [INST, FORGETFUL])
def test_a_refused_or_forgotten_system_text_goes_into_the_first_user_text(own, template):
    tokenizer = own(template, family_of(template))
    apart = [Turn("system", "sois bref"), Turn("user", "a"), Turn("assistant", "b")]
    folded = [Turn("user", "sois bref\n\na"), Turn("assistant", "b")]
    assert render(apart, tokenizer, JINJA) == render(folded, tokenizer, JINJA)


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("{{ raise_exception('non') }}", "écrire"),
        ("{% for m in messages %}{{ m.role }}{% endfor %}", "écrire"),
        ("{% for m in messages %}{{ m.content + '\n' }}{% endfor %}", "finit"),
        (None, "format"),
    ],
)
def test_a_template_that_cannot_be_used_is_a_sentence(own, template, word):
    with pytest.raises(BadData, match=word):
        render([Turn("user", "a"), Turn("assistant", "b")], own(template), JINJA)


def test_a_model_s_own_template_is_taken_where_no_card_says_better(own):
    assert template_for(Base("x", "x"), own(CHATML)) is JINJA


def test_mini_s_template_and_the_one_in_its_tokenizer_say_the_same():
    tokenizer = read_tokenizer(MINI)
    assert tokenizer.chat_template
    turns = [Turn("system", "s"), Turn("user", "é 🙂"), Turn("assistant", "oui"), Turn("user", "b")]
    turns += [Turn("assistant", "c")]
    assert render(turns, tokenizer, JINJA) == render(turns, tokenizer, TEMPLATES["mini"])


def test_a_template_s_own_system_text_stands_before_no_dialogue(own):
    tokenizer = own(DEFAULTED)
    turns = [Turn("user", "tu viens ?"), Turn("assistant", "ouais")]
    learnt = render(turns, tokenizer, JINJA)
    assert tokenizer.decode(learnt.ids).startswith(
        "<|im_start|>system\n<|im_end|>\n<|im_start|>user\ntu viens ?"
    )
    assert prompt(turns[:1], tokenizer, JINJA) == list(learnt.ids[: learnt.answer_at])


def test_a_portrait_takes_the_place_of_the_template_s_own_system_text(own):
    turns = [Turn("system", "Tu es Léa."), Turn("user", "tu viens ?"), Turn("assistant", "ouais")]
    assert show(render(turns, own(DEFAULTED), JINJA), own(DEFAULTED)) == show(
        render(turns, own(CHATML), JINJA), own(CHATML)
    )


def test_a_template_that_writes_nothing_of_its_own_gets_no_system_text(own):
    for template in ALL:
        ids = render([Turn("user", "a"), Turn("assistant", "b")], own(template), JINJA).ids
        assert "system" not in own(template).decode(ids)
