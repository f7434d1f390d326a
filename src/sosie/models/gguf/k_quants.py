"""llama.cpp's « K » formats of 4 and 6 bits: gguf reads and does not write them, ggml itself does.

    quantise(rows, "q4_k")  ->  bytes, one row a row        the function is in xllamacpp's library

Source of the mixture « M »: llama.cpp, src/llama-quant.cpp (use_more_bits): 6 bits for the head, and for the
values and the last matrix of the first and last eighths of the layers, and of each third one between.
"""

import ctypes
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sosie.core.errors import BadSettings
from sosie.core.extras import need

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

KKind = Literal["q4_k", "q6_k"]
SUPERBLOCK = 256  # weights, in a row
FINER = re.compile(r"layers\.(\d+)\.(?:self_attn\.v_proj|mlp\.down_proj)\.")


def mixed(name: str, layers: int) -> KKind:
    """What a weight has in the mixture « M », by transformers' name."""
    if "embed_tokens" in name or "lm_head" in name:
        return "q6_k"
    found = FINER.search(name)
    return "q6_k" if found and more_bits(int(found[1]), layers) else "q4_k"


def more_bits(layer: int, layers: int) -> bool:
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def quantise(rows: "Array", kind: KKind) -> Any:
    """Rows of a multiple of SUPERBLOCK as the bytes of a GGUF."""
    import gguf
    import numpy as np

    rows, type_ = np.ascontiguousarray(rows), gguf.GGMLQuantizationType[kind.upper()]
    stored = np.empty(gguf.quant_shape_to_byte_shape(rows.shape, type_), np.uint8)
    written = quantiser()(type_.value, rows.ctypes.data, stored.ctypes.data, 0, *rows.shape, None)
    assert written == stored.nbytes
    return stored


@cache
def quantiser() -> Any:
    """ggml's function. MissingExtra without xllamacpp, BadSettings where its library hides the function."""
    return quantiser_in(need("xllamacpp", extra="gguf").xllamacpp.__file__)


def quantiser_in(library: str) -> Any:
    try:
        function = ctypes.CDLL(library).ggml_quantize_chunk
    except (OSError, AttributeError):
        raise BadSettings(
            "Le llama.cpp installé ici ne sait pas écrire en q4_k_m.", "Prenez q4_0 ou q8_0."
        ) from None
    place, count = ctypes.c_void_p, ctypes.c_int64
    function.argtypes = [ctypes.c_int, place, place, count, count, count, place]
    function.restype = ctypes.c_size_t
    return function
