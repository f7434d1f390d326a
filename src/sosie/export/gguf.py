"""`sosie export gguf`: a double for llama.cpp, Ollama and LM Studio.

 sosie-léa-q8_0.gguf           the double whole, its adapter merged: one file that runs anywhere
 sosie-léa-adaptateur.gguf     the adapter alone, for those who keep the base beside it and turn its strength

Read back and compared with the numbers it was made from before it takes its place.
"""

from pathlib import Path

from sosie.core.errors import BadData, BadSettings
from sosie.core.progress import Event, Report
from sosie.core.workspace import whole
from sosie.export.base import Exported, Order
from sosie.export.bundle import name_of
from sosie.models.catalogue import find
from sosie.models.chat_formats import TEMPLATES
from sosie.models.doubles import need_double
from sosie.models.gguf.checking import compare
from sosie.models.gguf.files import WEIGHT_KINDS, MergedDouble, write_adapter, write_model
from sosie.models.gguf.lora import Lora
from sosie.models.load import load_tokenizer, model_folder
from sosie.models.load_double import check_adapter
from sosie.models.tokenizer_files import TOKENIZER, read_tokenizer


def export_gguf(order: Order, folder: Path, report: Report) -> Exported:
    """The merged model in the weights asked for, and the adapter in float32."""
    if order.weights not in WEIGHT_KINDS:
        raise BadSettings(
            f"Il n'y a pas de GGUF « {order.weights} » ici.", f"Possibles : {', '.join(WEIGHT_KINDS)}."
        )
    double = need_double(order.workspace, order.double)
    own, name = double.folder or Path(), name_of(double)
    check_adapter(double, own)
    base = find(double.base)
    weights = model_folder(base, double.revision)
    tokenizer = read_tokenizer(own) if (own / TOKENIZER).is_file() else load_tokenizer(base)[0]
    lora = Lora.of(own)
    if double.bits:
        text = (
            f"Ce double a été appris sur « {base.name} » en {double.bits} bits ; il est posé ici sur ses "
            "poids entiers : ses réponses peuvent différer un peu."
        )
        report(Event("warning", text=text))
    merged, alone = folder / f"sosie-{name}-{order.weights}.gguf", folder / f"sosie-{name}-adaptateur.gguf"
    with whole(merged) as draft, whole(alone) as draft_alone:
        write_model(
            weights,
            tokenizer,
            TEMPLATES[double.template],
            draft,
            order.weights,
            MergedDouble(lora, double.portrait, double.talking_through_llama),
            f"sosie-{name}",
            report,
        )
        write_adapter(weights, lora, draft_alone)
        if worst := compare(draft, weights, lora):
            raise BadData(f"Le fichier écrit n'a pas les nombres du double ({worst}).", "Recommencez.")
    return Exported(
        (merged, alone),
        (
            "Gardez ces fichiers pour vous : un double peut dire des choses privées.",
            f'Ici : sosie chat --double "{merged.name}"',
            f"Avec llama.cpp : llama-server -m {merged.name}",
        ),
    )
