"""A nanochat vocabulary as transformers' fast tokenizer, so that all of sosie reads and writes with it.

tokenizer_of(vocabulary)  ->  PreTrainedTokenizerFast: the ids that tiktoken gives, without tiktoken
"""

from typing import Any

from sosie.core.errors import BadData
from sosie.models.nanochat.vocabulary import SPECIAL_TOKENS, Vocabulary, byte_letters


def tokenizer_of(vocabulary: Vocabulary) -> Any:
    """BadData where its pattern is no regular expression."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = byte_letters()
    written = {token: "".join(letters[byte] for byte in token) for token in vocabulary.ranks}
    pieces = {written[token]: rank for token, rank in vocabulary.ranks.items()}
    made = Tokenizer(models.BPE(pieces, _merges(vocabulary, written), ignore_merges=True))
    try:
        split = pre_tokenizers.Split(Regex(vocabulary.pattern), "isolated")
    except Exception:  # the library has no family of its own
        raise BadData(
            "Le tokenizer de ce modèle nanochat coupe les mots par une règle illisible.",
            "Reprenez son « tokenizer.pkl » tel que nanochat l'a écrit.",
        ) from None
    made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, use_regex=False)])
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL_TOKENS])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made,
        bos_token="<|bos|>",
        eos_token="<|assistant_end|>",
        clean_up_tokenization_spaces=False,
    )


def _merges(vocabulary: Vocabulary, written: dict[bytes, str]) -> list[tuple[str, str]]:
    """Every pair of tokens that makes a token, by the rank of what it makes, as tiktoken merges."""
    merges = []
    for token in sorted(vocabulary.ranks, key=vocabulary.ranks.__getitem__):
        for cut in range(1, len(token)):
            left, right = written.get(token[:cut]), written.get(token[cut:])
            if left is not None and right is not None:
                merges.append((left, right))
    return merges
