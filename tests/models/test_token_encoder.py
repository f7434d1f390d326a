"""How a encoder reads texts with tokenizers of several makes."""

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from sosie.core.errors import BadData
from sosie.models.chat_formats import Segment, special_token
from sosie.models.token_encoder import encoder_of

LETTERS = list("abcdefghijklmnopqrstuvwxyz<>|/_ ▁\n")


def spelled(merges=(), added=(), pre=None, **special):
    """A BPE of single letters; `merges` join some, `added` are (text, special)."""
    vocabulary = {letter: place for place, letter in enumerate(LETTERS)}
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges)))
    if pre:
        backend.pre_tokenizer = pre
    backend.decoder = decoders.Fuse()
    backend.add_tokens([AddedToken(text, special=mark, normalized=False) for text, mark in added])
    return PreTrainedTokenizerFast(tokenizer_object=backend, **special)


def words(tokenizer, ids):
    return tokenizer.convert_ids_to_tokens(ids)


def test_signs_with_ids_of_their_own_are_letters_in_a_text_and_the_other_tokens_stay():
    tokenizer = spelled(added=[("<|im_end|>", True), ("zz", False), ("<|im_start|>", False), ("\n\n", False)])
    encoder = encoder_of(tokenizer)
    assert words(tokenizer, encoder.encode_text("a<|im_end|>zz\n\n")) == ["a", *"<|im_end|>", "zz", "\n\n"]
    assert words(tokenizer, encoder.encode_text("<|im_start|>")) == list("<|im_start|>")
    assert words(tokenizer, [encoder.special_id("<|im_start|>"), encoder.special_id("<|im_end|>")]) == [
        "<|im_start|>",
        "<|im_end|>",
    ]


def test_a_vocabulary_that_can_spell_its_own_sign_does_not():
    tokenizer = spelled(merges=[("<", "e"), ("<e", ">")], added=[("<e>", True)], eos_token="<e>")
    encoder = encoder_of(tokenizer)
    assert encoder.eos in encoder.control_ids
    assert words(tokenizer, encoder.encode_text("a<e>b<e>")) == ["a", "<", "e", ">", "b", "<", "e", ">"]


def test_a_sign_of_one_letter_cannot_be_told_from_the_letter():
    encoder = encoder_of(spelled(added=[("a", True)], eos_token="a"))
    with pytest.raises(BadData, match="une lettre"):
        encoder.encode_text("bab")


@pytest.mark.parametrize(("scheme", "again"), [("always", True), ("first", False), ("never", False)])
def test_a_leading_space_comes_where_the_tokenizer_puts_it(scheme, again):
    tokenizer = spelled(
        added=[("<e>", True)],
        pre=pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False),
        eos_token="<e>",
    )
    pieces = [Segment("a"), special_token("eos"), Segment("b")]
    written = [words(tokenizer, ids) for ids in encoder_of(tokenizer).encode(pieces, tokenize_alone=False)]
    assert written == [["▁", "a"] if scheme != "never" else ["a"], ["<e>"], ["▁", "b"] if again else ["b"]]
    whole = tokenizer.encode("a<e>b", add_special_tokens=False)
    assert [token for piece in written for token in piece] == words(tokenizer, whole)


def test_the_pen_learns_of_tokens_that_are_added_later():
    tokenizer = spelled(added=[("<e>", True)])
    assert len(encoder_of(tokenizer).encode_text("<neuf>")) == 6
    tokenizer.add_special_tokens({"additional_special_tokens": ["<neuf>"]})
    assert "<neuf>" in encoder_of(tokenizer).special_tokens
    assert len(encoder_of(tokenizer).encode_text("<neuf>")) == 6


def test_a_tokenizer_of_another_sort_is_a_sentence():
    class Slow:
        chat_template = None

        def __len__(self):
            return 0

    with pytest.raises(BadData, match="tokenizer"):
        encoder_of(Slow())
