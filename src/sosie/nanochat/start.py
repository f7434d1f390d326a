"""What training starts from: a vocabulary and weights drawn at random, or a base that nanochat made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.errors import NoRoom, UnknownModel
from sosie.core.french_text import size
from sosie.core.settings import Nanochat
from sosie.core.workspace import whole
from sosie.models.hardware import hardware
from sosie.models.nanochat.checkpoint import TOKENIZER, build, read_checkpoint
from sosie.models.nanochat.era import NEWEST, NanochatConfig
from sosie.models.nanochat.model import NanochatModel
from sosie.models.nanochat.tokenizer import tokenizer_of
from sosie.models.nanochat.vocabulary import Vocabulary, pickled, read_vocabulary, train_vocabulary
from sosie.nanochat.weights import new_weights

HEAD_WIDTH = 32
WINDOWS = "SSSL"  # of layers, as nanochat's own
COPIES, BYTES = 8, 4  # read, trained, gradient, two moments, mean, best, saved; of a float32
WRITABLE = ("A", "E")  # eras that something else can read: transformers, and nanochat itself


@dataclass(frozen=True)
class Start:
    model: NanochatModel
    vocabulary: Vocabulary
    tokenizer: Any


def from_nothing(texts: Sequence[str], options: Nanochat, kept: Path) -> Start:
    """A vocabulary learnt from the texts, kept for a run that is resumed, and new weights."""
    path = kept / TOKENIZER
    if not path.is_file():
        learnt = train_vocabulary(texts, options.vocabulary)
        with whole(path) as draft:
            draft.write_bytes(pickled(learnt))
    vocabulary = read_vocabulary(path)
    heads = options.width // HEAD_WIDTH
    config = NanochatConfig(
        options.length, vocabulary.size, options.layers, heads, heads // 2, options.width, WINDOWS
    )
    weights = {name: tensor.to(device()) for name, tensor in new_weights(config, options.seed).items()}
    return Start(NanochatModel(config, NEWEST, weights), vocabulary, tokenizer_of(vocabulary))


def from_base(folder: Path) -> Start:
    """A checkpoint of nanochat. UnknownModel for one of an era that nothing else could read afterwards."""
    found = read_checkpoint(folder)
    if found.era.name not in WRITABLE:
        raise UnknownModel(
            f"Ce modèle est de l'époque {found.era.name} de nanochat : une fois instruit, ni nanochat "
            "d'aujourd'hui ni transformers ne pourraient le lire.",
            "Prenez un modèle d'avant le 11 janvier 2026 (époque A), ou d'après le 14 mars 2026 (époque E).",
        )
    refuse_too_large(sum(tensor.numel() for tensor in found.state.values()))
    return Start(build(found, device()), found.vocabulary, tokenizer_of(found.vocabulary))


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def refuse_too_large(parameters: int) -> None:
    """NoRoom where the weights, their copies and what AdamW keeps of each do not fit."""
    machine = hardware("auto")
    room, needed = machine.gpu_memory_bytes or machine.memory_bytes, COPIES * BYTES * parameters
    if needed > room:
        raise NoRoom(
            f"Instruire ce modèle demande {size(needed)} de mémoire, et cette machine en a {size(room)}.",
            "Prenez un modèle moins profond, ou une machine avec une plus grande carte graphique.",
        )
