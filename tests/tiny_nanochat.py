"""Tiny nanochat checkpoints, made by formula: the same numbers on every machine, without a seed."""

from pathlib import Path

import torch

from sosie.models.nanochat.checkpoint import Checkpoint
from sosie.models.nanochat.era import ERAS, Era, NanochatConfig, tensor_shapes
from sosie.models.nanochat.vocabulary import Vocabulary, train_vocabulary
from sosie.models.nanochat.writer import write_checkpoint

TEXTS = [
    "Salut, ça va ? Oui et toi, l'été arrive enfin et les vacances approchent.",
    "J'suis là, t'inquiète : on mange quoi ce soir ? Des pâtes, comme hier.",
    "Aujourd'hui il pleut sur la ville, demain nous irons au marché acheter du pain.",
] * 20


def tiny_vocabulary(size: int = 333) -> Vocabulary:
    return train_vocabulary(TEXTS, size)


def tiny_config(vocab_size: int = 333, pattern: str = "SL") -> NanochatConfig:
    """Three layers, grouped heads, an odd vocabulary; "S" is a window of 128 of 200 in the last eras."""
    return NanochatConfig(200, vocab_size, 3, 4, 2, 64, pattern)


def formula_state(config: NanochatConfig, era: Era) -> dict[str, torch.Tensor]:
    """Sines of large steps: as good as noise, and known without a seed."""
    scales = {"wte": 1.0, "lm_head": 1.5, "value_embeds": 0.5, "gate": 0.6, "lambda": 0.2}
    state = {}
    for number, (name, shape) in enumerate(tensor_shapes(config, era).items()):
        places = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
        values = torch.sin(places * (12.9898 + number) + number).reshape(shape)
        scale = next((scale for part, scale in scales.items() if part in name), 0.25)
        state[name] = (scale * values + (1.0 if name == "resid_lambdas" else 0.0)).float()
    return state


def tiny_checkpoint(era: str = "E") -> Checkpoint:
    vocabulary = tiny_vocabulary()
    config = tiny_config(vocabulary.size)
    return Checkpoint(config, ERAS[era], vocabulary, formula_state(config, ERAS[era]), 1)


def write_tiny(base: Path, **options: object) -> Path:
    """The tiny model of era E in a base folder of nanochat; gives its checkpoint's folder."""
    made = tiny_checkpoint()
    return write_checkpoint(base, made.config, made.state, made.vocabulary, **options)


def formula_ids(rows: int, tokens: int, vocab_size: int = 333) -> torch.Tensor:
    places = torch.arange(rows * tokens).reshape(rows, tokens)
    return (places * places * 7 + places * 31 + 5) % vocab_size
