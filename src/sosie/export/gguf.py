"""`sosie export gguf`: a double for llama.cpp, Ollama and LM Studio.

 sosie-léa-q8_0.gguf               the double whole, its adapter merged: one file that runs anywhere
 sosie-léa-adaptateur.gguf         the adapter alone, to put on its base at any strength
 sosie-léa-q8_0-certificat.json    what was measured of it, and the sums of both

Read back and compared with the numbers it was made from before it takes its place.
"""

from pathlib import Path

from sosie.core.errors import BadData, BadSettings
from sosie.core.progress import Report
from sosie.core.settings import nearest
from sosie.core.workspace import whole
from sosie.export.base import Exported, Order
from sosie.export.certificate import certify
from sosie.export.opened_double import OpenedDouble, open_double
from sosie.models.double_zip import CERTIFICATE
from sosie.models.gguf.checking import compare
from sosie.models.gguf.files import WEIGHT_KINDS, Kind, MergedDouble, write_adapter, write_model

USUAL_WEIGHTS: Kind = "q8_0"


def export_gguf(order: Order, folder: Path, report: Report) -> Exported:
    """The merged model in the weights asked for, and the adapter in float32."""
    kind = weight_kind(order)
    opened = open_double(order, report)
    stem = f"sosie-{opened.name}"
    merged, alone = folder / f"{stem}-{kind}.gguf", folder / f"{stem}-adaptateur.gguf"
    told = folder / f"{stem}-{kind}-{CERTIFICATE}"
    with whole(merged) as draft, whole(alone) as draft_alone, whole(told) as draft_told:
        write_whole(opened, draft, kind, report)
        write_adapter(opened.weights, opened.lora, draft_alone)
        files = {merged.name: draft, alone.name: draft_alone}
        draft_told.write_bytes(certify(order.workspace, opened.double, opened.name, files))
    return Exported(
        (merged, alone, told),
        (
            "Gardez ces fichiers pour vous : un double peut dire des choses privées.",
            f'Ici : sosie chat --double "{merged.name}"',
            f"Avec llama.cpp : llama-server -m {merged.name}",
        ),
    )


def weight_kind(order: Order) -> Kind:
    """BadSettings for one that a GGUF does not have here."""
    kind = order.weights or USUAL_WEIGHTS
    if kind not in WEIGHT_KINDS:
        raise BadSettings(f"Il n'y a pas de GGUF « {kind} » ici.", nearest(kind, WEIGHT_KINDS))
    return kind


def write_whole(opened: OpenedDouble, path: Path, kind: Kind, report: Report) -> None:
    """The merged double as one file, read back and compared. BadData where it is not the double."""
    double = MergedDouble(opened.lora, opened.double.portrait, opened.double.talking_through_llama)
    name = f"sosie-{opened.name}"
    write_model(opened.weights, opened.tokenizer, opened.template, path, kind, double, name, report)
    if worst := compare(path, opened.weights, opened.lora):
        raise BadData(f"Le fichier écrit n'a pas les nombres du double ({worst}).", "Recommencez.")
