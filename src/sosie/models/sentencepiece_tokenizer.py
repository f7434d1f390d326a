"""A SentencePiece BPE file as the same tokenizer for transformers, id for id.

transformers reads such a file by itself, but wrongly and without a word: the leading space is lost, or the
BOS. Here the BPE is built from the pieces, its merges in the order of their scores, and tried before it is
given out. Covered: BPE with byte fallback and no normalisation (Llama 2, Mistral up to v0.3). Not covered:
unigram models (T5, Gemma's own file); they are refused.
"""

import re
from pathlib import Path
from typing import Any

from sosie.core.errors import UnknownModel
from sosie.core.extras import need

# « été,  où ? » with double spaces, marks, bytes that no piece has: where a wrong conversion shows.
_TRIALS = (
    "salut",
    "  deux  espaces ",
    "l'été où ?\n\n\tOK…",
    "🙂👩‍🚀 \u0301\u00a0!",
    "",
    " ",
    "</s>[INST]",
)
_FILE_NAME = re.compile(r".+\.model(\.v\d+(m\d+)?)?")


def find_vocabulary(folder: Path) -> Path | None:
    """The SentencePiece file of a model's folder: tokenizer.model, or Mistral's tokenizer.model.v1."""
    found = sorted(file for file in folder.glob("*.model*") if _FILE_NAME.fullmatch(file.name))
    return found[0] if found else None


def mistral_v1() -> Path:
    """The file of Mistral 7B v0.1 and v0.2, from the mistral-common package."""
    package = need("mistral_common", extra="train")
    return Path(str(package.__file__)).parent / "data" / "tokenizer.model.v1"


def convert(file: Path) -> Any:
    """The transformers tokenizer of a SentencePiece file. UnknownModel if it would not be the same."""
    need("transformers", extra="train")
    from transformers import PreTrainedTokenizerFast

    processor = need("sentencepiece", extra="train").SentencePieceProcessor(model_file=str(file))
    backend = backend_of(processor)
    for text in _TRIALS:
        if backend.encode(text, add_special_tokens=False).ids != processor.encode(text):
            raise UnknownModel(
                f"Le tokenizer « {file.name} » est d'une sorte que sosie ne sait pas convertir.",
                "Il faut un dossier avec « tokenizer.json ».",
            )
    ids = {"bos_token": processor.bos_id(), "eos_token": processor.eos_id(), "unk_token": processor.unk_id()}
    ids["pad_token"] = processor.pad_id()
    named = {key: processor.id_to_piece(token) for key, token in ids.items() if token >= 0}
    made: Any = PreTrainedTokenizerFast
    return made(tokenizer_object=backend, **named, clean_up_tokenization_spaces=False, padding_side="left")


def backend_of(processor: Any) -> Any:
    """The `tokenizers.Tokenizer` of what answers as a SentencePieceProcessor does.

    A BOS goes in front where it is asked to add special tokens.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors

    vocabulary = {processor.id_to_piece(token): token for token in range(processor.vocab_size())}
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=_merges(processor, vocabulary),
            unk_token=processor.id_to_piece(processor.unk_id()),
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special_tokens = [
        name for name, id_ in vocabulary.items() if processor.is_control(id_) or processor.is_unknown(id_)
    ]
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in special_tokens]
    )
    bos = processor.id_to_piece(processor.bos_id())
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, processor.bos_id())]
    )
    # Without special tokens in text: what a user writes as « </s> » is letters, as SentencePiece has it.
    tokenizer.encode_special_tokens = True
    return tokenizer


def _merges(processor: Any, vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    """Every pair that makes a piece, the best-scored piece first: SentencePiece's own order of merging."""
    ordinary = {
        name
        for name, token in vocabulary.items()
        if not (processor.is_control(token) or processor.is_unknown(token) or processor.is_byte(token))
    }
    found = []
    for name in ordinary:
        score = processor.get_score(vocabulary[name])
        for cut in range(1, len(name)):
            left, right = name[:cut], name[cut:]
            if left in ordinary and right in ordinary:
                found.append((-score, vocabulary[left], vocabulary[right], (left, right)))
    return [pair for *_, pair in sorted(found)]
