"""Writing a checkpoint that nanochat reads: era E, into a base folder of its own.

 BASE/tokenizer/{tokenizer.pkl, token_bytes.pt}
 BASE/chatsft_checkpoints/d4/{model_000001.pt, meta_000001.json, sosie_nanochat.json}

A base folder has one tokenizer for all its models: one with another is refused. So is nanochat's real cache,
unless the caller says that the person agreed.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadFolder, BadSettings
from sosie.core.extras import need
from sosie.core.workspace import make_folder, whole
from sosie.models.nanochat.checkpoint import NOTE, TOKENIZER, note_of
from sosie.models.nanochat.era import NEWEST, NanochatConfig, tensor_shapes
from sosie.models.nanochat.vocabulary import Vocabulary, pickled, read_vocabulary

if TYPE_CHECKING:
    from torch import Tensor

FOLDERS = {"base": "base_checkpoints", "sft": "chatsft_checkpoints", "rl": "chatrl_checkpoints"}
TOKEN_BYTES = "token_bytes.pt"


def own_cache() -> tuple[Path, ...]:
    """Where nanochat itself keeps its models on this machine."""
    told = os.environ.get("NANOCHAT_BASE_DIR")
    return tuple(Path(path).expanduser().resolve() for path in (told, "~/.cache/nanochat") if path)


def write_checkpoint(
    base: Path,
    config: NanochatConfig,
    state: "Mapping[str, Tensor]",
    vocabulary: Vocabulary,
    *,
    source: str = "sft",
    tag: str = "",
    step: int = 1,
    meta: Mapping[str, Any] | None = None,
    into_own_cache: bool = False,
) -> Path:
    """Write the model, its configuration and its tokenizer; gives the checkpoint's folder.

    `source`: base, sft or rl; `tag`: d<layers> unless said otherwise; `meta`: more for meta_*.json.
    BadSettings where the tensors are not those of era E; BadFolder for a folder of another tokenizer.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    if shapes != tensor_shapes(config) or vocabulary.size != config.vocab_size:
        raise BadSettings(
            "nanochat ne lit que des modèles de son époque E, et celui-ci n'en est pas un.",
            "Prenez un modèle de mars 2026 ou plus récent.",
        )
    if not into_own_cache and base.expanduser().resolve() in own_cache():
        raise BadFolder(
            "Ce dossier est celui où nanochat garde ses propres modèles : sosie n'y écrit pas sans le dire.",
            "Choisissez un autre dossier, et donnez-le à nanochat par NANOCHAT_BASE_DIR.",
        )
    _write_tokenizer(base / "tokenizer", vocabulary)
    folder = make_folder(base / FOLDERS[source] / (tag or f"d{config.n_layer}"))
    told = {"step": step, "val_bpb": None, **(meta or {}), "model_config": asdict(config)}
    # Whole tensors of their own: a part of a larger one would be saved with all of it.
    plain = OrderedDict((name, tensor.detach().cpu().clone()) for name, tensor in state.items())
    _save(folder / f"model_{step:06d}.pt", plain)
    _write(folder / f"meta_{step:06d}.json", json.dumps(told, indent=2).encode())
    _write(folder / NOTE, note_of(NEWEST, config).encode())
    return folder


def _write_tokenizer(folder: Path, vocabulary: Vocabulary) -> None:
    """The tokenizer of a base folder; nothing where it is there already."""
    path = folder / TOKENIZER
    if path.exists() and read_vocabulary(path) != vocabulary:
        raise BadFolder(
            "Ce dossier de base de nanochat a déjà le tokenizer d'un autre modèle.",
            "Choisissez un dossier à part : un dossier de base n'a qu'un tokenizer.",
        )
    torch = need("torch", extra="train")
    make_folder(folder)
    _write(path, pickled(vocabulary))
    _save(folder / TOKEN_BYTES, torch.tensor(vocabulary.token_bytes(), dtype=torch.int32))


def _save(path: Path, value: Any) -> None:
    torch = need("torch", extra="train")
    with whole(path) as draft:
        torch.save(value, draft)


def _write(path: Path, content: bytes) -> None:
    with whole(path) as draft:
        draft.write_bytes(content)
