"""The files of a double as they leave: what its readers need of them, and nothing else that lies in them.

 adapter_config.json    {"r": 16, "base_model_name_or_path": "/home/léa/m", "note": ...}  ->  {"r": 16, ...}

Paths, notes and whatever a tool wrote for itself stay here: a key that is not known does not leave, and the
safetensors' own metadata neither. The portrait leaves: it is how the double is asked.
"""

import json
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, MANIFEST, Double
from sosie.core.given import object_in
from sosie.core.lora_settings import KINDS
from sosie.models import double_zip

COUNTS = (
    "dialogues",
    "replies",
    "words",
    "examples",
    "tokens",
    "learnt_tokens",
    "valid_dialogues",
    "neutral",
)
LIBRARIES = ("python", "sosie", "torch", "transformers", "peft", "accelerate")
MOMENT = re.compile(r"[\dT:+.Z-]{0,40}")
VERSION = re.compile(r"\d[\w.+-]{0,40}")
SIGNS = tuple(f"{name}_token" for name in ("bos", "eos", "unk", "pad", "sep", "cls", "mask"))
SIGN_FILES = frozenset({*SIGNS, "additional_special_tokens", "extra_special_tokens"})
KNOWN: dict[str, frozenset[str]] = {
    double_zip.CONFIG: frozenset({*KINDS, "peft_type", "task_type", "target_modules", "inference_mode"})
    | {"exclude_modules", "layers_to_transform", "layers_pattern", "base_model_name_or_path"},
    "tokenizer.json": frozenset(
        {"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer"}
        | {"post_processor", "decoder", "model"}
    ),
    "tokenizer_config.json": SIGN_FILES
    | {"tokenizer_class", "model_max_length", "clean_up_tokenization_spaces", "added_tokens_decoder"}
    | {"add_bos_token", "add_eos_token", "add_prefix_space", "legacy", "chat_template", "padding_side"}
    | {"truncation_side", "split_special_tokens", "spaces_between_special_tokens", "model_input_names"}
    | {"use_default_system_prompt", "errors", "do_lower_case", "backend", "unk_id"},
    "special_tokens_map.json": SIGN_FILES,
    "generation_config.json": frozenset(
        {"bos_token_id", "eos_token_id", "pad_token_id", "do_sample", "temperature", "top_p", "top_k"}
        | {"min_p", "repetition_penalty", "max_length", "max_new_tokens"}
    ),
}


def public_double(double: Double) -> tuple[Double, dict[str, bytes | Path]]:
    """The double as its manifest says it elsewhere, and its files by name, the manifest among them."""
    folder = double.folder or Path()
    adapter = without_metadata(folder / ADAPTER)
    files: dict[str, bytes | Path] = {ADAPTER: adapter}
    if double.base and Path(double.base).is_absolute():
        double = replace(double, base=Path(double.base).name)
    double = replace(
        double,
        created=double.created if MOMENT.fullmatch(double.created) else "",
        data=counts_of(double),
        versions={
            name: told
            for name in LIBRARIES
            if isinstance(told := double.versions.get(name), str) and VERSION.fullmatch(told)
        },
        adapter_sha256=sha256_of(adapter) if isinstance(adapter, bytes) else double.adapter_sha256,
    )
    for name in (double_zip.CONFIG, *double_zip.TOKENIZER):
        if (path := folder / name).is_file():
            files[name] = known_part(path)
    files[MANIFEST] = double.manifest().encode()
    return double, files


def counts_of(double: Double) -> dict[str, int]:
    """How much it learnt, in numbers."""
    return {name: count for name in COUNTS if type(count := double.data.get(name)) is int}


def known_part(path: Path) -> bytes | Path:
    """A file of settings without the keys that are not known; the file itself where there is none."""
    if path.name not in KNOWN:
        return path
    told = object_in(path)
    kept: dict[str, Any] = {key: value for key, value in told.items() if key in KNOWN[path.name]}
    if Path(base := str(kept.get("base_model_name_or_path", ""))).is_absolute():
        kept["base_model_name_or_path"] = Path(base).name
    return path if kept == told else json.dumps(kept, ensure_ascii=False, indent=1).encode()


def without_metadata(path: Path) -> bytes | Path:
    """A safetensors file whose header says only where the numbers are."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        if header.pop("__metadata__", {"format": "pt"}) == {"format": "pt"}:
            return path
        told = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
        told += b" " * (-len(told) % 8)
        return struct.pack("<Q", len(told)) + told + file.read()
