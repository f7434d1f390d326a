"""`sosie export ollama`: a folder from which Ollama makes a model by one command.

 sortie/sosie-léa-ollama/   Modelfile, sosie-léa-q8_0.gguf (the double merged), certificat.json

The weights are merged: since 0.34.1 Ollama refuses an adapter beside its base (ollama#14969).
"""

import re
import shlex
import unicodedata
from pathlib import Path

from sosie.core.progress import Report
from sosie.core.workspace import IGNORE
from sosie.export.base import Exported, Order
from sosie.export.bundle import licence, title
from sosie.export.certificate import names_in
from sosie.export.gguf import weight_kind, write_whole
from sosie.export.merged import add_certificate
from sosie.export.modelfile import go_template, modelfile, parameters
from sosie.export.opened_double import OpenedDouble, open_double
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models.catalogue import catalogue
from sosie.models.gguf.architecture import Architecture
from sosie.models.template import stop_conditions
from sosie.models.token_encoder import encoder_of

LONGEST_CONTEXT = 8192  # tokens; more would take memory that a chat never fills
LICENCE = """\
Modèle de base : {base}, licence : {licence}.
Ce double est une IA, qui imite la façon d'écrire d'une personne et n'est qu'à elle : ne le partagez pas."""


def export_ollama(order: Order, folder: Path, report: Report) -> Exported:
    """The GGUF and the Modelfile that says how to talk to it."""
    kind = weight_kind(order)
    opened = open_double(order, report)
    file = f"sosie-{opened.name}-{kind}.gguf"
    text = modelfile_of(opened, file)
    path = folder / f"sosie-{opened.name}-ollama"
    with whole_folder(path, names_in) as draft:
        (draft / "Modelfile").write_text(text, encoding="utf-8")
        write_whole(opened, draft / file, kind, report)
        add_certificate(order.workspace, opened.double, opened.name, draft)
    model = model_name(opened.name)
    command = f"ollama create {model} -f {shlex.quote(str(path / 'Modelfile'))} && ollama run {model}"
    return Exported(
        tuple(path / name for name in files_in(path) if name != IGNORE),
        ("Gardez ce dossier pour vous : un double peut dire des choses privées.", command),
    )


def modelfile_of(opened: OpenedDouble, file: str) -> str:
    """BadData where the double's format cannot be told to Ollama."""
    tokenizer, card = opened.tokenizer, catalogue().get(opened.double.base)
    encoder = encoder_of(tokenizer)
    first = tokenizer.backend_tokenizer.encode("a", add_special_tokens=True).ids[0]
    bos, eos = str(tokenizer.bos_token or ""), str(tokenizer.eos_token or "")
    template = go_template(
        opened.template, bos, eos, adds_bos=encoder.bos is not None and first == encoder.bos
    )
    stops = tokenizer.convert_ids_to_tokens(list(stop_conditions(opened.template, tokenizer).ids))
    context = min(Architecture.of(opened.weights).context, LONGEST_CONTEXT)
    told = parameters(opened.double.talking_through_llama, stops, context)
    base = title(opened.double, card) if card else opened.base.name
    about = LICENCE.format(base=base, licence=licence(card))
    return modelfile(file, template, opened.double.portrait, about, told)


def model_name(name: str) -> str:
    """« Léa 2 » -> « sosie-lea-2 »: Ollama's names are of plain small letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"sosie-{re.sub(r'[^a-z0-9]+', '-', plain).strip('-') or 'double'}"
