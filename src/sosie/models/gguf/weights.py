"""The numbers of a model's or an adapter's files, one tensor at a time, as float32 in memory.

Weights.of(folder).read("model.layers.0.self_attn.q_proj.weight")  ->  array of shape (4096, 4096)
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import UnknownModel
from sosie.core.tensors import shapes
from sosie.models.gguf.checkpoint_places import places_in_checkpoint
from sosie.models.gguf.place import STORED, Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]


BLOCK_NUMBERS = 4 << 20  # of a tensor, in memory at once


@dataclass(frozen=True, slots=True)
class Weights:
    places: Mapping[str, Place]

    @classmethod
    def of(cls, folder: Path) -> "Weights":
        """Of a model's folder, whatever its number of files. UnknownModel where there is none."""
        files = sorted(folder.glob("model*.safetensors"))
        if not files and (published := sorted(folder.glob("pytorch_model*.bin"))):
            return cls(
                {name: place for file in published for name, place in places_in_checkpoint(file).items()}
            )
        if not files:
            raise UnknownModel(
                f"« {folder.name} » n'a pas de poids en safetensors.",
                "Convertissez-les d'abord avec transformers : model.save_pretrained(DOSSIER).",
            )
        return cls({name: place for file in files for name, place in places_in(file).items()})

    def blocks(self, name: str) -> "Iterator[tuple[int, Array]]":
        """(the first row, some rows as float32), from the first to the last."""
        place = self.places[name]
        step = max(1, BLOCK_NUMBERS // max(1, place.width))
        for begin in range(0, place.rows, step):
            yield begin, self.rows(name, begin, min(begin + step, place.rows))

    def rows(self, name: str, begin: int, end: int) -> "Array":
        """Some rows as float32: read and not mapped, since a map of the whole counts as memory too."""
        import numpy as np

        place = self.places[name]
        kind = np.dtype(STORED[place.kind])
        at = place.begin + begin * place.width * kind.itemsize
        stored = np.fromfile(place.file, kind, (end - begin) * place.width, offset=at)
        if place.kind == "BF16":  # the upper half of a float32
            stored = (stored.astype(np.uint32) << 16).view(np.float32)
        return stored.astype(np.float32, copy=False).reshape(end - begin, *place.shape[1:])

    def read(self, name: str) -> "Array":
        """The whole tensor as float32."""
        place = self.places[name]
        return self.rows(name, 0, place.rows).reshape(place.shape)


def places_in(file: Path) -> dict[str, Place]:
    """The tensors of one file. ValueError where its header is not that of a whole file."""
    known = shapes(file)
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header: dict[str, Any] = json.loads(opened.read(length))
    return {
        name: Place(file, 8 + length + header[name]["data_offsets"][0], header[name]["dtype"], shape)
        for name, shape in known.items()
    }
