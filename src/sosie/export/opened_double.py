"""What every export of whole weights begins with: the double, its LoRA, and the files of its base."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.double import Double
from sosie.core.errors import BadData
from sosie.core.progress import Event, Report
from sosie.export.base import Order
from sosie.export.bundle import name_of
from sosie.models.catalogue import Base, find
from sosie.models.chat_formats import TEMPLATES, Template
from sosie.models.doubles import need_adapter
from sosie.models.gguf.lora import Lora
from sosie.models.load import load_tokenizer, model_folder
from sosie.models.load_double import COPY_AGAIN, check_adapter
from sosie.models.tokenizer_files import TOKENIZER, read_tokenizer


@dataclass(frozen=True, slots=True)
class OpenedDouble:
    double: Double
    name: str
    base: Base
    weights: Path  # the folder of the base
    tokenizer: Any
    template: Template
    lora: Lora

    @property
    def own(self) -> Path:
        return self.double.folder or Path()


def open_double(order: Order, report: Report) -> OpenedDouble:
    """The double that was named, whose base is on this machine; told if it merges on other weights."""
    double = need_adapter(order.workspace, order.double, order.base)
    own = double.folder or Path()
    check_adapter(double, own)
    if double.template not in TEMPLATES:
        raise BadData("Ce double a un format de conversation inconnu.", "Mettez sosie à jour.")
    base = find(double.base)
    weights = model_folder(base, double.revision)
    tokenizer = own_tokenizer(own) if (own / TOKENIZER).is_file() else load_tokenizer(base)[0]
    if double.bits:
        text = (
            f"Ce double a été appris sur « {base.name} » en {double.bits} bits ; il est posé ici sur ses "
            "poids entiers : ses réponses peuvent différer un peu."
        )
        report(Event("warning", text=text))
    return OpenedDouble(
        double, name_of(double), base, weights, tokenizer, TEMPLATES[double.template], Lora.of(own)
    )


def own_tokenizer(own: Path) -> Any:
    """The one that a double has beside its adapter. BadData where it cannot be read."""
    try:
        return read_tokenizer(own)
    except Exception:  # of several libraries' families
        raise BadData("Le tokenizer de ce double ne peut pas être lu.", COPY_AGAIN) from None
