"""tokenizer.pkl: read without running it, written as nanochat reads it, used by transformers."""

import pickle
import pickletools

import pytest
from tiny_nanochat import tiny_vocabulary

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.models.chat_formats import TEMPLATES
from sosie.models.nanochat.tokenizer import tokenizer_of
from sosie.models.nanochat.vocabulary import SPECIAL_TOKENS, Vocabulary, pickled, read_vocabulary
from sosie.models.template import prompt, render, stop_conditions
from sosie.models.token_encoder import encoder_of


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('code was run')",)


@pytest.fixture(scope="module")
def vocabulary():
    return tiny_vocabulary()


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizer_of(vocabulary)


def read(content: bytes, folder) -> Vocabulary:
    path = folder / "tokenizer.pkl"
    path.write_bytes(content)
    return read_vocabulary(path)


def test_what_is_written_is_read_again(vocabulary, tmp_path):
    assert read(pickled(vocabulary), tmp_path) == vocabulary
    assert {arg for code, arg, _ in pickletools.genops(pickled(vocabulary)) if code.name == "GLOBAL"} == {
        "tiktoken.core Encoding"
    }


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_another_class_inside_is_refused_and_never_made(vocabulary, tmp_path, protocol):
    for value in (Bomb(), {"mergeable_ranks": Bomb()}, Vocabulary(vocabulary.ranks, "a"), [1], "x"):
        with pytest.raises(BadData, match="n'est pas un tokenizer de nanochat"):
            read(pickle.dumps(value, protocol), tmp_path)
    hidden = pickled(vocabulary).replace(b"X\x07\x00\x00\x00rustbpe", pickle.dumps(Bomb(), 2)[2:-1])
    with pytest.raises(BadData):
        read(hidden, tmp_path)


def test_a_memo_as_large_as_the_memory_is_not_made(vocabulary, tmp_path):
    # LONG_BINPUT at place 2**31 makes pickle's own memo grow to some 30 GB.
    with pytest.raises(BadData):
        read(pickled(vocabulary)[:-1] + b"r\xff\xff\xff\x7f.", tmp_path)


def test_ids_that_are_missing_or_said_twice_are_refused(vocabulary, tmp_path):
    ranks = dict(vocabulary.ranks)
    last = max(ranks, key=ranks.__getitem__)
    spoilt = (
        {**ranks, last: 0},
        {**ranks, last: len(ranks) + 5},
        {token: rank for token, rank in ranks.items() if token != b"\xff"},
        {**ranks, last: True},
    )
    for wrong in (*(Vocabulary(each, "a") for each in spoilt), Vocabulary(ranks, "")):
        with pytest.raises(BadData):
            read(pickled(wrong), tmp_path)
    with pytest.raises(BadData, match="coupe les mots"):
        tokenizer_of(Vocabulary(ranks, "(((("))


def test_the_nine_signs_are_the_last_ids_and_no_text_makes_them(vocabulary, tokenizer):
    assert list(vocabulary.special_ids.values()) == list(range(324, 333)) and len(tokenizer) == 333
    for name in SPECIAL_TOKENS:
        assert not set(encoder_of(tokenizer).encode_text(f"a {name} b")) & set(
            vocabulary.special_ids.values()
        )
        assert tokenizer.decode(encoder_of(tokenizer).encode_text(name)) == name
    assert vocabulary.token_bytes()[-10:] == [vocabulary.token_bytes()[-10], *[0] * 9]


@pytest.mark.parametrize("text", ["", " ", "j'suis l'mec", "aujourd’hui", "😀 👩‍🦰 œuf\r\n\n", "12,5 + 3"])
def test_any_text_comes_back_whole(tokenizer, text):
    assert tokenizer.decode(encoder_of(tokenizer).encode_text(text)) == text


def test_french_elisions_are_cut_after_their_apostrophe():
    learnt = tiny_vocabulary(400)
    tokenizer = tokenizer_of(learnt)
    pieces = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str("j'suis l'mec aujourd'hui")
    assert [piece for piece, _ in pieces] == ["j'", "suis", "Ġl'", "mec", "Ġaujourd'", "hui"]


def test_a_dialogue_is_written_as_nanochat_does(vocabulary, tokenizer):
    template, ids = TEMPLATES["nanochat"], vocabulary.special_ids
    turns = (Turn("system", "Tu es Léa."), Turn("user", "salut"), Turn("assistant", "ça va"))
    encode = encoder_of(tokenizer).encode_text
    question = [ids["<|bos|>"], ids["<|user_start|>"], *encode("Tu es Léa.\n\nsalut"), ids["<|user_end|>"]]
    answer = [*encode("ça va"), ids["<|assistant_end|>"]]
    example = render(turns, tokenizer, template)
    assert list(example.ids) == [*question, ids["<|assistant_start|>"], *answer]
    assert list(example.learn) == [*[False] * (len(question) + 1), *[True] * len(answer)]
    assert prompt(turns[:2], tokenizer, template) == [*question, ids["<|assistant_start|>"]]
    ends = {ids[f"<|{name}|>"] for name in ("bos", "user_start", "assistant_start", "assistant_end")}
    assert set(stop_conditions(template, tokenizer).ids) == ends
