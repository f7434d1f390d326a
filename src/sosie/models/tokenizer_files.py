"""The tokenizer of a model's folder, whatever form its files have."""

from pathlib import Path
from typing import Any

from sosie.core.errors import UnknownModel
from sosie.models import sentencepiece_tokenizer
from sosie.models.catalogue import Base
from sosie.models.tokenizer_limits import refuse_boundless_tokenizer

TOKENIZER = "tokenizer.json"
GPT2_FILES = ("vocab.json", "merges.txt")


def read_tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder: its tokenizer.json as it is, else GPT-2's two files, else SentencePiece's.

    AutoTokenizer is not asked: for a Llama or Mistral it builds its own from parts of the file, and
    « deux  espaces » gets other ids than those the model learnt with.
    """
    if (folder / TOKENIZER).is_file():
        from transformers import PreTrainedTokenizerFast

        refuse_boundless_tokenizer(folder / TOKENIZER)
        return PreTrainedTokenizerFast.from_pretrained(str(folder))
    if all((folder / name).is_file() for name in GPT2_FILES):
        from transformers import GPT2Tokenizer

        return GPT2Tokenizer.from_pretrained(str(folder))
    file = sentencepiece_tokenizer.find_vocabulary(folder)
    if file is None:
        raise UnknownModel(
            f"Il n'y a pas de tokenizer dans « {folder.name} ».",
            "Il faut « tokenizer.json » ou un fichier SentencePiece « tokenizer.model ».",
        )
    return sentencepiece_tokenizer.convert(file)


def tokenizer_of(base: Base, folder: Path) -> Any:
    """Mistral's first tokenizer comes from its package where the model's folder has none."""
    if base.card and base.card.template in ("mistral", "vigostral") and not (folder / TOKENIZER).is_file():
        vocabulary = sentencepiece_tokenizer.find_vocabulary(folder) or sentencepiece_tokenizer.mistral_v1()
        return sentencepiece_tokenizer.convert(vocabulary)
    return read_tokenizer(folder)
