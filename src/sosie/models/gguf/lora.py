"""The LoRA of a double as pairs of matrices by the name of the weight they add to.

    Lora.of(folder).pairs["model.layers.0.self_attn.q_proj.weight"]  ->  (A (r, in), B (out, r))
    .scale                                                            ->  alpha / r, or alpha / sqrt(r)

rsLoRA: Kalajdzievski, arXiv 2312.03732. What a scale cannot say is refused: DoRA, ranks by pattern, trained
embeddings.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from sosie.core.double import ADAPTER
from sosie.core.errors import BadData
from sosie.core.given import object_in
from sosie.core.lora_settings import obeyed
from sosie.models.adapter import CONFIG, WRAPPED, peft_name
from sosie.models.gguf.weights import Weights, places_in

if TYPE_CHECKING:
    from sosie.models.gguf.weights import Array

PAIR = re.compile(r"(?:base_model\.model\.)?(?P<module>.+)\.lora_(?P<side>[AB])\.weight")
MEND = "Gardez-le au format de sosie : sosie export bundle"


@dataclass(frozen=True, slots=True)
class Lora:
    rank: int
    alpha: float
    scale: float
    pairs: "Mapping[str, tuple[Array, Array]]"

    @classmethod
    def of(cls, folder: Path) -> "Lora":
        """The pairs of a double's folder. BadData for an adapter that is more than a LoRA of one rank."""
        told = obeyed(object_in(folder / CONFIG))
        if told.get("use_dora") or told.get("rank_pattern") or told.get("alpha_pattern"):
            raise BadData(
                "Cet adaptateur (DoRA, ou rangs par couche) ne se fond pas ici, ni en GGUF.",
                MEND,
            )
        weights = Weights(places_in(folder / ADAPTER))
        sides: dict[str, dict[str, Array]] = {}
        for name in weights.places:
            found = PAIR.fullmatch(peft_name(WRAPPED.sub("", name)))
            if found is None:
                raise BadData(
                    "Cet adaptateur a appris plus qu'un LoRA : il ne se fond pas ici, ni en GGUF.",
                    MEND,
                )
            sides.setdefault(f"{found['module']}.weight", {})[found["side"]] = weights.read(name)
        if not sides or not all(len(pair) == 2 for pair in sides.values()):
            raise BadData("Cet adaptateur est incomplet.", "Reprenez-en une copie saine.")
        rank, alpha = int(told.get("r", 8)), float(told.get("lora_alpha", 8))
        scale = alpha / sqrt(rank) if told.get("use_rslora") else alpha / rank
        return cls(rank, alpha, scale, {name: (pair["A"], pair["B"]) for name, pair in sides.items()})

    def merged(self, name: str, rows: "Array", begin: int = 0) -> "Array":
        """W + scale B A, in float32, of all rows of a weight or of those from `begin` on."""
        if name not in self.pairs:
            return rows
        a, b = self.pairs[name]
        merged: Array = rows + self.scale * (b[begin : begin + len(rows)] @ a)
        return merged
