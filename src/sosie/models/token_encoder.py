"""Token encoder: special tokens and texts to ids. The only file that encodes with a tokenizer.

A text is encoded by a copy of the tokenizer without its control tokens, so that « </s> » or « <|im_end|> » in
a message is plain letters. Control tokens are those flagged special, used by a known template, of the shape
<|...|>, or written in the model's own chat template. Other added tokens (Gemma's line breaks, for instance)
stay: the model was trained with them.
"""

import json
import re
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from sosie.core.errors import BadData
from sosie.models.chat_formats import TEMPLATES, Segment, special_tokens_of

# Byte-level vocabularies write bytes as signs that can be seen: a byte that is none has one from U+0100 on.
_SEEN = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_UNSEEN = tuple(byte for byte in range(0x100) if byte not in _SEEN)
_BYTES = {chr(byte): byte for byte in _SEEN} | {chr(0x100 + at): byte for at, byte in enumerate(_UNSEEN)}
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_MARKER = re.compile(r"<\|.+\|>", re.DOTALL)
KNOWN_SPECIAL_TOKENS = frozenset(
    name for template in TEMPLATES.values() for name in special_tokens_of(template)
)


class TokenEncoder:
    """Encodes segments with one tokenizer, of transformers with a `tokenizers` backend; else BadData.

    `control_ids`: the ids that no text may make.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not hasattr(tokenizer, "backend_tokenizer"):
            raise BadData(
                "Le tokenizer de ce modèle n'est pas de la sorte que sosie sait lire.",
                "Il faut un dossier avec « tokenizer.json ».",
            )
        self.state: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
        self.special_tokens = {
            token["content"]: int(token["id"]) for token in self._control_tokens(tokenizer)
        }
        self.bos: int | None = tokenizer.bos_token_id
        self.eos: int | None = tokenizer.eos_token_id
        # A rare letter may give the unknown token, which controls nothing.
        unknown = {tokenizer.unk_token_id} - {self.bos, self.eos}
        self.control_ids = frozenset(self.special_tokens.values()) - unknown
        self._tokenizers: dict[bool, Any] = {}
        self.prefixes_first_only = '"prepend_scheme": "first"' in json.dumps(self.state["pre_tokenizer"])

    def _control_tokens(self, tokenizer: Any) -> list[dict[str, Any]]:
        chat_template = tokenizer.chat_template if isinstance(tokenizer.chat_template, str) else ""

        def controls(token: dict[str, Any]) -> bool:
            text = token["content"]
            if token["special"] or text in KNOWN_SPECIAL_TOKENS or _MARKER.fullmatch(text):
                return True
            return bool(text.strip()) and text in chat_template

        return [token for token in self.state["added_tokens"] if controls(token)]

    def special_id(self, name: str) -> int:
        """The id of a special token. BadData if the tokenizer lacks it."""
        id_ = {"bos": self.bos, "eos": self.eos}.get(name, self.special_tokens.get(name))
        if id_ is None:
            raise BadData(
                f"Le tokenizer de ce modèle n'a pas le signe « {name} ».",
                "Ce format de conversation n'est pas celui du modèle : laissez sosie choisir.",
            )
        return id_

    @cached_property
    def _pieces(self) -> dict[int, str]:
        vocabulary = self.state["model"]["vocab"]
        if isinstance(vocabulary, dict):
            return {id_: piece for piece, id_ in vocabulary.items()}
        return {id_: piece for id_, (piece, _) in enumerate(vocabulary)}

    @cached_property
    def _added(self) -> dict[int, str]:
        return {token["id"]: token["content"] for token in self.state["added_tokens"]}

    def bytes_of(self, token: int) -> bytes:
        """What a token stands for in a text; half a character, perhaps."""
        if token in self._added:
            return self._added[token].encode()
        piece = self._pieces.get(token, "")
        if self.state["model"].get("byte_fallback") and (byte := _BYTE.fullmatch(piece)):
            return bytes([int(byte[1], 16)])
        if '"ByteLevel"' in json.dumps(self.state["decoder"]):
            return bytes(_BYTES.get(sign, ord("?")) for sign in piece)
        return piece.replace("▁", " ").encode()

    def encode_text(self, text: str, opens: bool = True) -> list[int]:
        """The ids of a text, none of them a control id.

        `opens`: whether the text begins something (SentencePiece tokenizers then put a space in front) or
        continues what stands before.
        """
        if not text:
            return []
        encoding = self._tokenizer(opens).encode(whole_characters(text), add_special_tokens=False)
        for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            if token in self.control_ids:  # a vocabulary has it as plain letters too: encode two halves
                if end - start < 2:
                    raise BadData(
                        "Le tokenizer de ce modèle prend une lettre pour un signe.", "Prenez un autre modèle."
                    )
                return self.encode_text(text[: start + 1], opens) + self.encode_text(
                    text[start + 1 :], opens=False
                )
        return list(encoding.ids)

    def encode(self, segments: list[Segment], tokenize_alone: bool) -> list[list[int]]:
        """The ids of each segment; `tokenize_alone` as in Template."""
        ids: list[list[int]] = []
        previous: Segment | None = None
        for segment in segments:
            if segment.special:
                ids.append([self.special_id(segment.text)])
            else:
                opens = (
                    tokenize_alone or previous is None or (previous.special and not self.prefixes_first_only)
                )
                ids.append(self.encode_text(segment.text, opens))
            previous = segment
        return ids

    def _tokenizer(self, opens: bool) -> Any:
        if opens not in self._tokenizers:
            from tokenizers import Tokenizer

            state = {**self.state, "added_tokens": self._without_control(), "post_processor": None}
            state |= {"truncation": None, "padding": None}
            state["normalizer"] = _prefixed(state["normalizer"], opens)
            state["pre_tokenizer"] = _prefixed(state["pre_tokenizer"], opens)
            self._tokenizers[opens] = Tokenizer.from_str(json.dumps(state))
        return self._tokenizers[opens]

    def _without_control(self) -> list[dict[str, Any]]:
        """The added tokens without the control ones.

        Ids beyond the model's vocabulary are assigned in order when a tokenizer is built, so a control token
        there keeps its place, under a name that no text has.
        """
        vocabulary = self.state["model"]["vocab"]
        pieces = set(vocabulary) if isinstance(vocabulary, dict) else {piece for piece, _ in vocabulary}
        tokens = []
        for token in self.state["added_tokens"]:
            if token["content"] not in self.special_tokens:
                tokens.append(token)
            elif token["content"] not in pieces:
                tokens.append({**token, "content": f"\U0010fffe{token['id']}\U0010fffe"})
        return tokens


def whole_characters(text: str) -> str:
    """The text with lone surrogates, which broken exports and terminals give, joined or made U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _prefixed(part: Any, opens: bool) -> Any:
    """A normalizer or pre-tokenizer whose leading space, if any, is put only where a text opens."""
    if isinstance(part, list):
        return [inner_part for inner in part if (inner_part := _prefixed(inner, opens)) is not None]
    if not isinstance(part, dict):
        return part
    kind = part.get("type")
    if kind == "Prepend":
        return part if opens else None
    if kind == "Metaspace" and part.get("prepend_scheme") != "never":
        return {**part, "prepend_scheme": "always" if opens else "never"}
    if kind == "ByteLevel" and part.get("add_prefix_space"):
        return {**part, "add_prefix_space": opens}
    if kind == "Sequence":
        return {name: _prefixed(value, opens) for name, value in part.items()}
    return part


_encoders: WeakKeyDictionary[Any, tuple[int, str, TokenEncoder]] = WeakKeyDictionary()


def encoder_of(tokenizer: Any) -> TokenEncoder:
    """The tokenizer's encoder, made once; made again if tokens or a chat template were added since."""
    size, chat_template = len(tokenizer), str(getattr(tokenizer, "chat_template", ""))
    cached = _encoders.get(tokenizer)
    if cached is None or cached[:2] != (size, chat_template):
        cached = (size, chat_template, TokenEncoder(tokenizer))
        _encoders[tokenizer] = cached
    return cached[2]
