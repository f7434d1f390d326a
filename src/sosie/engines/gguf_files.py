"""The GGUF files that an engine opens: a base from the cache, made there once; an adapter made for the time.

$SOSIE_CACHE/gguf/mini-3f9c21d07ab4-q8_0.gguf     the base: nobody's words
(a private temporary folder)/adapter.gguf         a person's adapter never goes to the cache
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.double import Double
from sosie.core.errors import BadData, NoRoom
from sosie.core.french_text import size
from sosie.core.sampling import Sampling
from sosie.core.settings import nearest
from sosie.core.workspace import cache_home, whole
from sosie.core.writing import in_cache
from sosie.models import quantised
from sosie.models.catalogue import Base, find
from sosie.models.chat_formats import JINJA, TEMPLATES, Template
from sosie.models.doubles import double_at, run_of
from sosie.models.gguf.architecture import Architecture
from sosie.models.gguf.files import WEIGHT_KINDS, Kind, write_adapter, write_model
from sosie.models.gguf.lora import Lora
from sosie.models.gguf.naming import begins_as_one, named
from sosie.models.gguf.reading import GgufFile
from sosie.models.load import load_tokenizer, model_folder, published_sampling
from sosie.models.load_double import check_adapter
from sosie.models.tokenizer_files import TOKENIZER, read_tokenizer

HALF = 2  # bytes of a number in llama.cpp's keys and values
LONGEST_CONTEXT = 8192  # tokens; more would take memory that a chat never fills
SPARE = 1.1


@dataclass(frozen=True, slots=True)
class Opened:
    """Files and what belongs to them. `token_bytes`: of one token's keys and values."""

    model: Path
    adapters: tuple[Path, ...]
    tokenizer: Any
    template: Template
    name: str
    portrait: str
    sampling: Sampling
    context: int
    token_bytes: int


def open_files(what: Double | Path | str, private: Path, kind: str = "q8_0") -> Opened:
    """The files of a double or a model; `private` is a folder for what is a person's."""
    if isinstance(what, str | Path) and (file := named(what)):
        return open_file(*file)
    if kind not in WEIGHT_KINDS:
        raise BadData(f"Il n'y a pas de GGUF « {kind} » ici.", nearest(kind, WEIGHT_KINDS))
    double = what if isinstance(what, Double) else double_at(what)
    base = find(double.base if double else str(what))
    folder = model_folder(base, double.revision if double else "")
    tokenizer, template = load_tokenizer(base)
    shape = Architecture.of(folder)
    its_own = Path(base.where)
    model = its_own if begins_as_one(its_own) else cached_model(base, folder, tokenizer, template, kind)
    context = min(shape.context, LONGEST_CONTEXT)
    token_bytes = 2 * shape.layers * shape.key_heads * shape.head_size * HALF
    if double is None:
        sampling = published_sampling(folder)
        return Opened(model, (), tokenizer, template, base.name, "", sampling, context, token_bytes)
    own = double.folder or Path()
    check_adapter(double, own)
    if (own / TOKENIZER).is_file():
        tokenizer = read_tokenizer(own)
    adapter = private / "adapter.gguf"
    write_adapter(folder, Lora.of(own), adapter)
    name, template = run_of(double).name, TEMPLATES[double.template]
    return Opened(
        model,
        (adapter,),
        tokenizer,
        template,
        name,
        double.portrait,
        double.talking_through_llama,
        context,
        token_bytes,
    )


def open_file(name: str, path: Path) -> Opened:
    """A model that is one GGUF file already: nothing is converted."""
    file = GgufFile.read(path)
    file.check_chat()
    tokenizer = file.tokenizer()
    context = min(file.context, LONGEST_CONTEXT)
    template = TEMPLATES.get(file.template, JINJA)
    return Opened(
        path, (), tokenizer, template, name, file.portrait, file.sampling, context, file.token_bytes
    )


def cached_model(base: Base, folder: Path, tokenizer: Any, template: Template, kind: Kind) -> Path:
    """The base in the cache, written there if it is not."""
    origin = quantised.origin_of(base)
    path = cache_home() / "gguf" / f"{base.name}-{origin.key}-{kind}.gguf"
    if not path.is_file():
        with in_cache("gguf") as place:
            stored = sum(file.stat().st_size for file in folder.glob("model*.safetensors"))
            if shutil.disk_usage(place).free < SPARE * stored * (2 if kind == "f32" else 1):
                raise NoRoom(
                    f"Il n'y a pas la place de convertir « {base.name} » ({size(stored)}) dans le cache.",
                    "Libérez de la place, ou donnez un autre disque avec SOSIE_CACHE.",
                )
            with whole(path) as draft:
                write_model(folder, tokenizer, template, draft, kind, name=base.name)
    return path
