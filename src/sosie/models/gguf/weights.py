"""The numbers of a model's or an adapter's files, one tensor at a time, as float32 in memory.

Weights.of(folder).read("model.layers.0.self_attn.q_proj.weight")  ->  array of shape (4096, 4096)
"""

import json
import struct
from collections.abc import Mapping
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

    def read(self, name: str) -> "Array":
        """The tensor as float32; of what is stored so, a view of the file."""
        import numpy as np

        place = self.places[name]
        stored = np.memmap(place.file, STORED[place.kind], "r", place.begin, place.shape or (1,))
        if place.kind == "BF16":  # the upper half of a float32
            return (stored.astype(np.uint32) << 16).view(np.float32).reshape(place.shape)
        return stored.astype(np.float32, copy=False).reshape(place.shape)


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
