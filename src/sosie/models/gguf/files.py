"""A model, a merged double or an adapter as a GGUF file, in the memory of a few rows.

write_model(folder, tokenizer, template, path, "q8_0")            the base
write_model(folder, tokenizer, template, path, "q8_0", double)    the double, its adapter merged
write_adapter(folder, lora, path)                                 the adapter alone, for that base
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from sosie.core.errors import BadData
from sosie.core.progress import Event, Report, silent
from sosie.core.sampling import Sampling
from sosie.models.chat_formats import Template
from sosie.models.gguf import k_quants, vocabulary
from sosie.models.gguf.architecture import Architecture
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.weights import Weights

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

Kind = Literal["f32", "f16", "q8_0", "q4_k_m", "q4_0"]
WEIGHT_KINDS: tuple[Kind, ...] = ("f32", "f16", "q8_0", "q4_k_m", "q4_0")
TensorKind = Literal["f32", "f16", "q8_0", "q4_0", "q4_k", "q6_k"]
TEMPLATE, ORIGIN, PORTRAIT, SAMPLING = "sosie.template", "sosie.origin", "sosie.portrait", "sosie.sampling"
BLOCK = 32  # weights that share a scale, in a row


@dataclass(frozen=True, slots=True)
class MergedDouble:
    """What of a double goes into a file with its weights; the portrait and the sampling for sosie alone."""

    lora: Lora
    portrait: str = field(default="", repr=False)
    sampling: Sampling = Sampling()


def write_model(
    folder: Path,
    tokenizer: Any,
    template: Template,
    path: Path,
    kind: Kind = "q8_0",
    double: MergedDouble | None = None,
    name: str = "",
    report: Report = silent,
) -> None:
    """The model of a folder, or a double on it. UnknownModel where its family or tokenizer is not covered."""
    lora = double.lora if double else None
    import gguf

    if kind == "q4_k_m":
        k_quants.quantiser()  # refused before anything is written
    shape, weights = Architecture.of(folder), Weights.of(folder)
    names = gguf_names(shape, weights)
    if lora and (lost := lora.pairs.keys() - names.keys()):
        raise BadData(
            f"L'adaptateur ne va pas avec ce modèle : {len(lost)} de ses couches n'y sont pas.",
            "Vérifiez sur quel modèle il a été appris.",
        )
    with closing(gguf.GGUFWriter(path, shape.name)) as writer:
        writer.add_name(name or folder.name)
        writer.add_file_type(getattr(gguf.LlamaFileType, _file_type(kind)))
        _add_own_keys(writer, template, double)
        shape.describe(writer)
        rows = int(weights.places[_embeddings(weights)].shape[0])
        vocabulary.describe(writer, tokenizer, template, rows)
        kinds = {key: _kind_of(key, weights.places[key].shape, kind, shape.layers) for key in names}
        sizes = {
            key: _announce(writer, target, weights.places[key].shape, kinds[key])
            for key, target in names.items()
        }
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for done, key in enumerate(names, 1):
            tensor: Any = _Streamed(sizes[key], ordered_blocks(shape, weights, lora, key), kinds[key])
            writer.write_tensor_data(tensor)
            report(Event("export", done=done, total=len(names)))


def ordered_blocks(shape: Architecture, weights: Weights, lora: Lora | None, name: str) -> "Iterator[Array]":
    """The merged rows of a tensor in llama.cpp's order, some at a time; a permuted one as a whole."""
    if shape.permutes(name):
        whole = weights.read(name)
        yield shape.ordered(name, lora.merged(name, whole) if lora else whole)
        return
    for begin, rows in weights.blocks(name):
        yield lora.merged(name, rows, begin) if lora else rows


@dataclass(frozen=True, slots=True)
class _Streamed:
    """What gguf's writer asks of a tensor: how many bytes, and to write them."""

    nbytes: int
    blocks: "Iterator[Array]"
    kind: TensorKind

    def tofile(self, file: BinaryIO) -> None:
        for block in self.blocks:
            _stored(block, self.kind).tofile(file)


def write_adapter(folder: Path, lora: Lora, path: Path) -> None:
    """The adapter for the model of a folder, in float32."""
    import gguf
    import numpy as np

    shape = Architecture.of(folder)
    names = shape.tensor_names()
    with closing(gguf.GGUFWriter(path, shape.name)) as writer:
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", lora.scale * lora.rank)  # llama.cpp divides by the rank
        for name, (a, b) in lora.pairs.items():
            target = names.get_name(name, try_suffixes=(".weight",))
            if target is None:
                raise BadData(
                    "Cet adaptateur ne va pas avec ce modèle.", "Vérifiez sur lequel il a été appris."
                )
            writer.add_tensor(f"{target}.lora_a", np.ascontiguousarray(a))
            writer.add_tensor(f"{target}.lora_b", np.ascontiguousarray(shape.ordered(name, b)))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def _add_own_keys(writer: Any, template: Template, double: MergedDouble | None) -> None:
    """What sosie alone reads: the format by its name, and what a double is like."""
    writer.add_string(TEMPLATE, template.name)
    if double:
        writer.add_string(ORIGIN, "double")
        writer.add_string(PORTRAIT, double.portrait)
        writer.add_string(SAMPLING, json.dumps(asdict(double.sampling)))


def gguf_names(shape: Architecture, weights: Weights) -> dict[str, str]:
    """{transformers' name: gguf's}, of every tensor that the file needs."""
    names, found = shape.tensor_names(), {}
    tied = bool(shape.config.get("tie_word_embeddings"))
    for name in weights.places:
        if (tied and name == "lm_head.weight") or name.endswith("rotary_emb.inv_freq"):
            continue
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise BadData(
                f"Ce modèle a un poids que GGUF ne connaît pas : « {name[:80]} ».", "Prenez un autre modèle."
            )
        found[name] = target
    return found


def _embeddings(weights: Weights) -> str:
    return next(name for name in weights.places if name.endswith("embed_tokens.weight"))


def _file_type(kind: Kind) -> str:
    return {"f32": "ALL_F32"}.get(kind, f"MOSTLY_{kind.upper()}")


def _kind_of(name: str, shape: tuple[int, ...], kind: Kind, layers: int) -> TensorKind:
    """Vectors stay float32; the embeddings of a 4-bit file have more: the head of small models is in them."""
    if len(shape) < 2 or kind == "f32":
        return "f32"
    if kind == "f16" or shape[-1] % BLOCK:
        return "f16"
    if kind == "q4_k_m":
        return "q8_0" if shape[-1] % k_quants.SUPERBLOCK else k_quants.mixed(name, layers)
    return "q8_0" if "embed_tokens" in name or "lm_head" in name else kind


def _stored(tensor: "Array", kind: TensorKind) -> Any:
    import gguf
    import numpy as np

    if kind in ("q4_k", "q6_k"):
        return k_quants.quantise(tensor, kind)

    if kind in ("f32", "f16"):
        return np.ascontiguousarray(tensor, dtype=np.float32 if kind == "f32" else np.float16)
    return gguf.quantize(np.ascontiguousarray(tensor), getattr(gguf.GGMLQuantizationType, kind.upper()))


def _announce(writer: Any, name: str, shape: tuple[int, ...], kind: TensorKind) -> int:
    """A tensor's entry in the header, and how many bytes it has: it is written later, one at a time."""
    import gguf
    import numpy as np

    if kind in ("f32", "f16"):
        dtype = np.dtype(np.float32 if kind == "f32" else np.float16)
        size = int(np.prod(shape)) * dtype.itemsize
        writer.add_tensor_info(name, shape, dtype, size)
        return size
    type_ = getattr(gguf.GGMLQuantizationType, kind.upper())
    packed = gguf.quant_shape_to_byte_shape(shape, type_)
    size = int(np.prod(packed))
    writer.add_tensor_info(name, packed, np.dtype(np.uint8), size, type_)
    return size
