"""Mistral v0.1: the ids of mistral-common's own encoder, to the last one."""

import pytest
from hypothesis import given, settings
from mistral_common.protocol.instruct.messages import AssistantMessage, UserMessage
from mistral_common.protocol.instruct.request import InstructRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from random_dialogues import dialogues

from sosie.core.dialogue import Turn
from sosie.models.template import TEMPLATES, prompt, render
from sosie.models.token_encoder import encoder_of


@pytest.fixture(scope="module")
def reference():
    """What mistral-common v1 makes of a dialogue."""
    encoder = MistralTokenizer.v1().instruct_tokenizer

    def ids(turns):
        system = next((turn.text for turn in turns if turn.role == "system"), None)
        kind = {"user": UserMessage, "assistant": AssistantMessage}
        messages = [kind[turn.role](content=turn.text) for turn in turns if turn.role != "system"]
        return encoder.encode_instruct(InstructRequest(messages=messages, system_prompt=system)).tokens

    return ids


@settings(max_examples=500)
@given(turns=dialogues())
def test_the_ids_of_a_dialogue_are_those_of_mistral_common(mistral, reference, turns):
    assert list(render(turns, mistral, TEMPLATES["mistral"]).ids) == reference(turns)


@settings(max_examples=100)
@given(turns=dialogues())
def test_the_ids_of_a_prompt_are_those_of_mistral_common(mistral, reference, turns):
    assert prompt(turns[:-1], mistral, TEMPLATES["mistral"]) == reference(turns[:-1])


# Vigostral. Source: bofenghuang/vigogne at 67ea8a2, vigogne/processors/vigogne_chat_v3.py, `process_example`:
# one BOS, then each utterance tokenised on its own; [INST] and [/INST] around the user's, EOS after the
# assistant's; the system text between <<SYS>> lines in front of the first user text.
SPOKEN = (
    Turn("system", "Tu es Léa."),
    Turn("user", "Tu viens ?"),
    Turn("assistant", "J'arrive"),
    Turn("user", "Vite !"),
    Turn("assistant", "Oui, oui…"),
)
UTTERANCES = (
    ("[INST] <<SYS>>\nTu es Léa.\n<</SYS>>\n\nTu viens ? [/INST]", False),
    ("J'arrive", True),
    ("[INST] Vite ! [/INST]", False),
    ("Oui, oui…", True),
)
# Written once by sentencepiece on tokenizer.model.v1, utterance by utterance.
SHORT_IDS = [1, 733, 16289, 28793, 16063, 3074, 596, 1550, 733, 28748, 16289, 28793, 475, 28742, 283, 6016, 2]
OPENING_IDS = [
    1, 733, 16289, 28793, 2087, 18741, 4060, 13, 28738, 28718, 1037, 25084, 28708, 28723, 13, 28789, 700,
    18741, 4060, 13, 13, 28738, 28718, 3074, 596, 1550, 733, 28748, 16289, 28793,
]  # fmt: skip


def test_vigostral_is_written_as_it_was_trained(mistral):
    example = render(SPOKEN, mistral, TEMPLATES["vigostral"])
    ids, learn = [mistral.bos_token_id], [False]
    for text, answers in UTTERANCES:
        written = encoder_of(mistral).encode_text(text) + [mistral.eos_token_id] * answers
        ids += written
        learn += [answers] * len(written)
    assert list(example.ids) == ids
    assert list(example.learn) == learn


def test_vigostral_has_these_very_ids(mistral):
    template = TEMPLATES["vigostral"]
    assert list(render(SPOKEN[1:3], mistral, template).ids) == SHORT_IDS
    assert prompt(SPOKEN[:2], mistral, template) == OPENING_IDS
