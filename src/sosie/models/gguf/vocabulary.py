"""A tokenizer in a GGUF's header, for those who give it text: Ollama, LM Studio, llama.cpp's own page.

Byte-level BPE (mini, Llama 3, Qwen, SmolLM) and SentencePiece BPE (Llama 2, Mistral). What splits words is
named by llama.cpp, not described: a pattern that it has no name for is refused.
"""

import json
from typing import Any

from sosie.core.errors import UnknownModel
from sosie.models.chat_formats import Template
from sosie.models.gguf.chat_template import jinja_of
from sosie.models.token_encoder import encoder_of

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
BYTE_PIECES = frozenset(f"<0x{byte:02X}>" for byte in range(256))
# llama.cpp's name of what cuts words, by a piece of its pattern that no other has.
CUTTERS = (
    ("\\p{N}{1,3}", "llama-bpe"),
    ("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}", "qwen2"),
    ('"individual_digits": true', "smollm"),
    ('"use_regex": true', "gpt-2"),
)


def describe(writer: Any, tokenizer: Any, template: Template, size: int) -> None:
    """The header's keys, in gguf's writer; `size` rows of the model's embeddings."""
    encoder = encoder_of(tokenizer)
    state = encoder.state
    model = state["model"]
    if model["type"] != "BPE":
        raise UnknownModel(
            "Ce tokenizer n'est pas un BPE : il n'a pas de forme GGUF ici.", "Prenez un autre modèle."
        )
    added = {token["id"]: token for token in state["added_tokens"]}
    pieces = {id_: piece for piece, id_ in model["vocab"].items()}
    pieces |= {id_: token["content"] for id_, token in added.items()}
    names = [pieces.get(id_, f"[PAD{id_}]") for id_ in range(max(size, max(pieces) + 1))][:size]
    unknown = model.get("unk_token")

    def kind(id_: int, piece: str) -> int:
        if id_ not in pieces:
            return UNUSED
        if piece == unknown:
            return UNKNOWN
        if id_ in encoder.control_ids:
            return CONTROL
        if id_ in added:
            return USER_DEFINED
        return BYTE if model.get("byte_fallback") and piece in BYTE_PIECES else NORMAL

    kinds = [kind(id_, piece) for id_, piece in enumerate(names)]
    merges = [
        tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]
    ]
    if model.get("byte_fallback"):
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_scores(_scores(names, merges))
        writer.add_add_space_prefix(True)
    else:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(cutter(state))
        # llama.cpp wants one at least; a tokenizer of single bytes has none.
        writer.add_token_merges([" ".join(merge) for merge in merges] or ["Ġ Ġ"])
    writer.add_token_list(names)
    writer.add_token_types(kinds)
    for add, id_ in (
        (writer.add_bos_token_id, encoder.bos),
        (writer.add_eos_token_id, encoder.eos),
        (writer.add_unk_token_id, tokenizer.unk_token_id),
        (writer.add_pad_token_id, tokenizer.pad_token_id),
    ):
        if id_ is not None:
            add(id_)
    first = tokenizer.backend_tokenizer.encode("a", add_special_tokens=True).ids[0]
    writer.add_add_bos_token(encoder.bos is not None and first == encoder.bos)
    if template.user is not None:
        writer.add_chat_template(
            jinja_of(template, str(tokenizer.bos_token or ""), str(tokenizer.eos_token or ""))
        )
    elif isinstance(tokenizer.chat_template, str):
        writer.add_chat_template(tokenizer.chat_template)


def cutter(state: dict[str, Any]) -> str:
    """llama.cpp's name of a byte-level tokenizer's way to cut words."""
    if state["normalizer"] not in (None, {"type": "NFC"}):
        raise UnknownModel(
            "Ce tokenizer change le texte : il n'a pas de forme GGUF ici.", "Prenez un autre modèle."
        )
    written = json.dumps(state["pre_tokenizer"], ensure_ascii=False).replace("\\\\", "\\")
    for part, name in CUTTERS:
        if part in written:
            return name
    return "gpt-2" if '"use_regex": false' in written and "Split" not in written else _unknown()


def _unknown() -> str:
    raise UnknownModel(
        "Ce tokenizer coupe les mots d'une façon que sosie ne sait pas nommer.", "Prenez un autre modèle."
    )


def _scores(names: list[str], merges: list[tuple[str, ...]]) -> list[float]:
    """SentencePiece merges the best-scored piece first: minus the rank of the first merge that makes it."""
    rank: dict[str, int] = {}
    for place, merge in enumerate(merges):
        rank.setdefault("".join(merge), place)
    return [-float(rank.get(name, len(merges) + place)) for place, name in enumerate(names)]
