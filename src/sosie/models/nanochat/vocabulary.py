"""nanochat's vocabulary: byte-level BPE, kept as a pickle of one tiktoken Encoding. No tiktoken here.

 tokenizer.pkl  ->  Vocabulary(ranks={b"a": 97, b"le": 256...}, pattern="...")  ->  the same bytes' meaning

A pickle is a program. This one is read only where all its opcodes build plain values and its one global is
that class, which an inert one of ours stands for; anything else is refused before it runs.
"""

import io
import pickle
import pickletools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData

SPECIAL_TOKENS = (
    "<|bos|>",
    "<|user_start|>",
    "<|user_end|>",
    "<|assistant_start|>",
    "<|assistant_end|>",
    "<|python_start|>",
    "<|python_end|>",
    "<|output_start|>",
    "<|output_end|>",
)
BYTES = 256  # the first ids, each a byte of that value
ENCODING = ("tiktoken.core", "Encoding")
MOST_PICKLED = 64 << 20  # bytes of a pickle
LONGEST_PATTERN = 4096
PLAIN = """PROTO FRAME MARK STOP BUILD NEWOBJ GLOBAL STACK_GLOBAL EMPTY_TUPLE EMPTY_DICT SETITEM SETITEMS
MEMOIZE BINPUT LONG_BINPUT BINGET LONG_BINGET BINUNICODE SHORT_BINUNICODE BINBYTES SHORT_BINBYTES
BININT BININT1 BININT2"""  # names of opcodes
# A word with the space or sign before it, an elision with its apostrophe (« l' », « qu' », « aujourd' »),
# numbers by two digits, signs, spaces.
FRENCH_SPLIT = (
    r" ?\p{L}+['’](?=\p{L})|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,2}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class Vocabulary:
    """`ranks`: the bytes of each token and its id, which is also its rank among merges; the nine special
    tokens come after. `pattern`: the regular expression that cuts a text before anything is merged."""

    ranks: Mapping[bytes, int]
    pattern: str

    @property
    def size(self) -> int:
        return len(self.ranks) + len(SPECIAL_TOKENS)

    @cached_property
    def special_ids(self) -> dict[str, int]:
        return {name: len(self.ranks) + place for place, name in enumerate(SPECIAL_TOKENS)}

    def token_bytes(self) -> list[int]:
        """How many bytes each id stands for, 0 for the special ones: what token_bytes.pt holds."""
        lengths = {rank: len(token) for token, rank in self.ranks.items()}
        return [lengths.get(id_, 0) for id_ in range(self.size)]

    @property
    def sound(self) -> bool:
        """Whether every id is there once, and the bytes have their own."""
        return (
            all(isinstance(token, bytes) and type(rank) is int for token, rank in self.ranks.items())
            and sorted(self.ranks.values()) == list(range(len(self.ranks)))
            and all(self.ranks.get(bytes([byte])) is not None for byte in range(BYTES))
            and isinstance(self.pattern, str)
            and 0 < len(self.pattern) <= LONGEST_PATTERN
        )


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary of a tokenizer.pkl. BadData for any other pickle; nothing of it is run."""
    if not path.is_file():
        raise BadData(
            "Il n'y a pas de tokenizer à côté de ce modèle nanochat.",
            "Mettez son « tokenizer.pkl » dans le même dossier, ou dans « tokenizer » du dossier de base.",
        )
    try:
        if path.stat().st_size > MOST_PICKLED:
            raise ValueError("size")
        state = _state_of(path.read_bytes())
        found = Vocabulary(dict(state["mergeable_ranks"]), state["pat_str"])
        if not found.sound or state["special_tokens"] != found.special_ids:
            raise ValueError("vocabulary")
    except Exception:  # a damaged pickle may raise anything, in words of its own
        raise BadData(
            f"« {path.name} » n'est pas un tokenizer de nanochat, ou il est abîmé.",
            "Reprenez le fichier que nanochat a écrit ; sosie n'exécute rien de ce qu'un pickle contient.",
        ) from None
    return found


def _state_of(content: bytes) -> dict[str, Any]:
    """What the pickled Encoding keeps. An exception where the pickle holds anything else."""
    plain = PLAIN.split()
    for opcode, argument, _ in pickletools.genops(content):
        # A place in the memo far beyond the file's length would make that table as large.
        if opcode.name not in plain or (opcode.name == "LONG_BINPUT" and int(argument or 0) > len(content)):
            raise pickle.UnpicklingError("opcode")

    class Encoding:
        """Stands for tiktoken's: made of nothing, keeps what it is given."""

        state: Any = None

        def __setstate__(self, state: Any) -> None:
            self.state = state

    class Reader(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) != ENCODING:
                raise pickle.UnpicklingError("class")
            return Encoding

    found = Reader(io.BytesIO(content)).load()
    if type(found) is not Encoding or type(found.state) is not dict:
        raise pickle.UnpicklingError("kind")
    return found.state


def pickled(vocabulary: Vocabulary) -> bytes:
    """tokenizer.pkl as nanochat reads it: the opcodes that make a tiktoken Encoding of this state."""
    state = {
        "name": "rustbpe",
        "pat_str": vocabulary.pattern,
        "mergeable_ranks": dict(vocabulary.ranks),
        "special_tokens": vocabulary.special_ids,
    }
    made = pickle.GLOBAL + "\n".join(ENCODING).encode() + b"\n" + pickle.EMPTY_TUPLE + pickle.NEWOBJ
    plain = pickle.dumps(state, protocol=3).removeprefix(pickle.PROTO + b"\x03").removesuffix(pickle.STOP)
    return pickle.PROTO + b"\x03" + made + plain + pickle.BUILD + pickle.STOP


def train_vocabulary(texts: Iterable[str], size: int, pattern: str = FRENCH_SPLIT) -> Vocabulary:
    """A vocabulary learnt from texts; smaller than `size` where they give fewer merges."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    letters = byte_letters()
    byte_of = {letter: byte for byte, letter in enumerate(letters)}
    merged = sorted((id_, token) for token, id_ in learner.get_vocab().items() if len(token) > 1)
    ranks = {bytes([byte]): byte for byte in range(BYTES)}
    for _, token in merged:
        ranks[bytes(byte_of[letter] for letter in token)] = len(ranks)
    return Vocabulary(ranks, pattern)


def byte_letters() -> list[str]:
    """The letter by which byte-level BPE of `tokenizers` writes each byte (GPT-2's table)."""
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), BYTES)} - {ord("\u00ad")}
    others = iter(range(BYTES, 2 * BYTES))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(BYTES)]
