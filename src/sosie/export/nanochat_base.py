"""What is known of the nanochat that will learn: how its tokenizer counts, and the batches of its base.

Without a base folder, guesses on the safe side: a token is a byte where a row must fit, three in a forecast.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sosie.core.errors import BadData
from sosie.core.extras import need
from sosie.core.given import object_in
from sosie.export.nanochat_steps import Batches
from sosie.models.nanochat.checkpoint import TOKENIZER, find_checkpoint
from sosie.models.nanochat.vocabulary import read_vocabulary

Size = Callable[[str], int]  # in tokens
LONGEST_ROW = 2048  # tokens: nanochat cuts what is longer, and with it the end of an answer
BYTES_A_TOKEN = 3  # of French messages, by nanochat's tokenizers of 32 768 words
COUNTED = "comptés par le tokenizer de votre base"
GUESSED = f"à environ {BYTES_A_TOKEN} octets par jeton ; exactement, avec --base DOSSIER"


@dataclass(frozen=True, slots=True)
class KnownBase:
    """`at_most` and `about`: the tokens of a text; `how`: in words, how they are counted."""

    at_most: Size
    about: Size
    how: str
    batches: Batches = Batches()


def utf8_bytes(text: str) -> int:
    """The most tokens that a text can have: those of nanochat are of one byte or more."""
    return len(text.encode("utf-8", "replace"))


UNKNOWN = KnownBase(utf8_bytes, lambda text: -(-utf8_bytes(text) // BYTES_A_TOKEN), GUESSED)


def read_base(folder: Path) -> KnownBase:
    """The tokenizer and the base of a base folder of nanochat. BadData where there are none."""
    need("tokenizers", extra="train")
    from sosie.models.nanochat.tokenizer import tokenizer_of

    vocabulary = read_vocabulary(folder / "tokenizer" / TOKENIZER)
    where = find_checkpoint(folder / "base_checkpoints")
    if where is None:
        raise BadData(
            f"Il n'y a pas de modèle de base de nanochat dans « {folder.name} ».",
            "Donnez le dossier qui contient « tokenizer » et « base_checkpoints » : --base ~/.cache/nanochat",
        )
    tokenizer = tokenizer_of(vocabulary)

    def count(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])

    return KnownBase(
        count, count, COUNTED, batches_of(max(where.glob("meta_*.json"), default=where / "none"))
    )


def batches_of(meta: Path) -> Batches:
    """Those that `chat_sft` takes over from the base, where its file says them."""
    usual = Batches()
    with suppress(OSError, ValueError):
        told = object_in(meta)
        names = ("max_seq_len", "device_batch_size", "total_batch_size")
        given = [told.get(name) for name in names]
        sizes = [size if type(size) is int and 0 < size <= 1 << 30 else 0 for size in given]
        return Batches(sizes[0] or usual.length, sizes[1] or usual.rows, sizes[2] or usual.tokens)
    return usual
