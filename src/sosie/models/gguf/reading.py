"""A .gguf file that somebody else made: what it is, its tokenizer and its chat format.

    GgufFile.read(path)  ->  GgufFile(architecture="qwen2", context=32768, ...)
    .tokenizer()         ->  transformers' tokenizer, with the file's own chat template

Split files are opened by their first, NAME-00001-of-0000N.gguf. BadData for what is no model to chat with.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData, SosieError, UnknownModel
from sosie.core.sampling import Sampling
from sosie.models.gguf.files import PORTRAIT, SAMPLING, TEMPLATE
from sosie.models.gguf.header import Header, read_header
from sosie.models.gguf.pieces import Pieces
from sosie.models.gguf.vocabulary import CONTROL, CUTTERS, USER_DEFINED
from sosie.models.sentencepiece_tokenizer import backend_of

MOST_TOKENS = 2_000_000
SPLIT = re.compile(r"(?P<name>.+)-(?P<part>\d{5})-of-(?P<parts>\d{5})\.gguf")
WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
MARKS_AND_BLANKS = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {  # of llama.cpp's src/llama-vocab.cpp, by its names
    "llama-bpe": rf"{WORDS}|\p{{N}}{{1,3}}|{MARKS_AND_BLANKS}",
    "qwen2": rf"{WORDS}|\p{{N}}|{MARKS_AND_BLANKS}",
}
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}


@dataclass(frozen=True, slots=True)
class GgufFile:
    path: Path
    keys: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "GgufFile":
        for part in parts_of(path):
            header_of(part)
        return cls(path, header_of(path).keys)

    @property
    def architecture(self) -> str:
        return str(self.keys.get("general.architecture", ""))

    @property
    def template(self) -> str:
        """sosie's name of the chat format, in a file that sosie wrote."""
        return str(self.keys.get(TEMPLATE, ""))

    @property
    def portrait(self) -> str:
        return str(self.keys.get(PORTRAIT, ""))

    @property
    def sampling(self) -> Sampling:
        """That of the double in a file that sosie wrote; our default otherwise."""
        try:
            told = json.loads(self.keys[SAMPLING])
            return Sampling(**{**told, "stop": tuple(told["stop"])})
        except (KeyError, ValueError, TypeError):
            return Sampling()

    @property
    def context(self) -> int:
        return int(self.keys.get(f"{self.architecture}.context_length", 2048))

    @property
    def token_bytes(self) -> int:
        """Of one token's keys and values, in 16 bits."""

        def of(name: str, default: int = 0) -> int:
            value = self.keys.get(f"{self.architecture}.{name}", default)
            return max(value) if isinstance(value, list) else int(value)

        heads = of("attention.head_count", 1)
        width = of("attention.key_length", of("embedding_length") // max(1, heads))
        return 2 * 2 * of("block_count") * of("attention.head_count_kv", heads) * width

    def check_chat(self) -> None:
        """BadData for an adapter, a model of embeddings, images or sounds, or one without a chat format."""
        kind = self.keys.get("general.type", "model")
        if kind != "model" or self.architecture in ("clip", "bert", "nomic-bert", "whisper"):
            raise BadData(
                f"« {self.path.name} » n'est pas un modèle de conversation ({self.architecture[:40]}).",
                "Donnez le fichier d'un modèle « instruct » ou « chat ».",
            )
        if not isinstance(self.keys.get("tokenizer.chat_template"), str):
            raise BadData(
                f"« {self.path.name} » ne dit pas son format de conversation.",
                "Prenez la version « instruct » ou « chat » de ce modèle.",
            )

    def tokenizer(self) -> Any:
        """Made anew from the file's vocabulary. UnknownModel where what cuts words has no name known here."""
        try:
            return self._tokenizer()
        except SosieError:
            raise
        except Exception:  # of tokenizers' own family too
            raise damaged(self.path) from None

    def _tokenizer(self) -> Any:
        from transformers import PreTrainedTokenizerFast

        tokens, kinds = self.keys["tokenizer.ggml.tokens"], self.keys["tokenizer.ggml.token_type"]
        if len(tokens) > MOST_TOKENS or len(tokens) != len(kinds):
            raise damaged(self.path)
        if self.keys.get("tokenizer.ggml.model") == "llama":
            backend = backend_of(
                Pieces(
                    tokens,
                    kinds,
                    self.keys["tokenizer.ggml.scores"],
                    self.keys["tokenizer.ggml.bos_token_id"],
                )
            )
        else:
            backend = self._byte_level(tokens, kinds)
        named = {
            f"{name}_token": tokens[id_]
            for name in ("bos", "eos", "pad")
            if (id_ := self.keys.get(f"tokenizer.ggml.{'padding' if name == 'pad' else name}_token_id"))
            is not None
        }
        made: Any = PreTrainedTokenizerFast
        return made(
            tokenizer_object=backend,
            chat_template=self.keys["tokenizer.chat_template"],
            clean_up_tokenization_spaces=False,
            **named,
        )

    def _byte_level(self, tokens: list[str], kinds: list[int]) -> Any:
        from tokenizers import Tokenizer

        cut = str(self.keys.get("tokenizer.ggml.pre", "gpt-2"))
        if cut not in {name for _, name in CUTTERS}:
            raise UnknownModel(
                f"« {self.path.name} » coupe les mots d'une façon inconnue ici (« {cut[:40]} »).",
                "Prenez ce modèle au format de transformers (un dossier).",
            )
        vocab = {token: id_ for id_, token in enumerate(tokens)}
        merges = [merge.split(" ", 1) for merge in self.keys["tokenizer.ggml.merges"]]
        special = [id_ for id_, kind in enumerate(kinds) if kind in (CONTROL, USER_DEFINED)]
        added = [
            {
                "id": id_,
                "content": tokens[id_],
                "special": kinds[id_] == CONTROL,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
            }
            for id_ in special
        ]
        state = {
            "version": "1.0",
            "added_tokens": added,
            "normalizer": None,
            "pre_tokenizer": pre_tokenizer(cut),
            "post_processor": None,
            "decoder": {**BYTE_LEVEL, "use_regex": True},
            "model": {
                "type": "BPE",
                "vocab": vocab,
                # A tokenizer of bytes alone has one that makes nothing, for llama.cpp, which wants one.
                "merges": [pair for pair in merges if "".join(pair) in vocab],
            },
        }
        return Tokenizer.from_str(json.dumps(state))


def pre_tokenizer(cut: str) -> dict[str, Any]:
    """What cuts words, by llama.cpp's name for it."""
    if cut in PATTERNS:
        split = {
            "type": "Split",
            "pattern": {"Regex": PATTERNS[cut]},
            "behavior": "Isolated",
            "invert": False,
        }
        return {"type": "Sequence", "pretokenizers": [split, {**BYTE_LEVEL, "use_regex": False}]}
    whole = {**BYTE_LEVEL, "use_regex": True}
    if cut == "smollm":
        return {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, whole]}
    return whole


def parts_of(path: Path) -> list[Path]:
    """The files of a model, whose first one was named. BadData where one is missing."""
    if (split := SPLIT.fullmatch(path.name)) is None:
        return [path]
    count = int(split["parts"])
    names = [f"{split['name']}-{part:05}-of-{count:05}.gguf" for part in range(1, count + 1)]
    if missing := [name for name in names if not (path.parent / name).is_file()]:
        raise BadData(
            f"Il manque « {missing[0]} » à ce modèle en {count} morceaux.", "Copiez tous les morceaux."
        )
    if int(split["part"]) != 1:
        raise BadData("Ce fichier est un morceau d'un modèle.", f"Donnez le premier : {names[0]}")
    return [path.parent / name for name in names]


def header_of(path: Path) -> Header:
    """BadData unless it is that of a whole file."""
    try:
        return read_header(path)
    except (OSError, ValueError, TypeError):
        raise damaged(path) from None


def damaged(path: Path) -> BadData:
    return BadData(
        f"« {path.name} » n'est pas un fichier GGUF entier.",
        "Téléchargez-le de nouveau, ou donnez-en un autre.",
    )
