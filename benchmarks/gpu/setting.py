"""What every variant is given: a random model on disk, its tokenizer, and the same token ids to learn.

 WORK/model/     a Mistral of random weights, normal(0, 0.02) under a fixed seed, 16-bit safetensors
 WORK/two/       the same with two layers, for the check of gradients
 WORK/job.json   dialogues in the order in which they are learnt, each (ids, how many of them are an answer)

Random weights cost what trained ones cost; never zeros, on which products run faster. This file imports
neither sosie nor anything that a variant's own environment may lack.
"""

import json
import random
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SEED = 7
RATE = 2e-4
RANK, ALPHA = 16, 32
GROUP = 4  # dialogues a step: four forwards of one in the usual recipe, one row of four in ours
Dialogue = tuple[list[int], int]  # ids, and how many at the end are learnt


@dataclass(frozen=True)
class Size:
    """A model's shape and a job. `dialogues` is a multiple of GROUP: all loops then have the same groups."""

    name: str
    layers: int
    hidden: int
    mlp: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int
    dialogues: int
    epochs: int
    lengths: tuple[int, int]  # tokens of a dialogue, from and to
    large_group: int  # dialogues of a large pack
    bound_tokens: tuple[int, int]  # rows of the bare products

    @property
    def linears(self) -> list[tuple[int, int]]:
        """(in, out) of the seven products of a block."""
        narrow = self.hidden // self.heads * self.kv_heads
        square, to_mlp = (self.hidden, self.hidden), (self.hidden, self.mlp)
        return [square, (self.hidden, narrow), (self.hidden, narrow), square, to_mlp, to_mlp, to_mlp[::-1]]

    @property
    def multiplied(self) -> int:
        """N, the weights that a token is multiplied with: linears and head. A trained token costs 4N."""
        return self.layers * sum(a * b for a, b in self.linears) + self.hidden * self.vocabulary


SIZES = {
    "mistral-7b": Size(
        "mistral-7b", 32, 4096, 14336, 32, 8, 32_000, 32_768, 124, 3, (60, 300), 16, (600, 2048)
    ),
    "tiny": Size("tiny", 2, 64, 192, 4, 2, 500, 512, 16, 3, (20, 60), 8, (64, 128)),
}


def make(work: Path, size: Size, device: str) -> None:
    """Everything above, in `work`, unless it is there already."""
    done = work / "size.json"
    if done.is_file() and json.loads(done.read_text()) == json.loads(json.dumps(asdict(size))):
        return
    shutil.rmtree(work, ignore_errors=True)
    for name, layers in (("model", size.layers), ("two", 2)):
        save_model(work / name, size, layers, device)
        save_tokenizer(work / name, size)
    (work / "job.json").write_text(json.dumps(draw_job(size)))
    done.write_text(json.dumps(asdict(size)))


def save_model(folder: Path, size: Size, layers: int, device: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM, MistralConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    config = MistralConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.mlp,
        num_hidden_layers=layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.kv_heads,
        max_position_embeddings=size.context,
        sliding_window=None,
        tie_word_embeddings=False,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        dtype="bfloat16",
    )
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model = model.to_empty(device=device)
    chance = torch.Generator(device).manual_seed(SEED)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.02, generator=chance) if weight.dim() > 1 else weight.fill_(1.0)
    model.save_pretrained(folder)


def save_tokenizer(folder: Path, size: Size) -> None:
    """A word for each id. Nothing is ever read with it: libraries want a tokenizer beside a model."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    names = ["<unk>", "<s>", "</s>", *(f"w{number}" for number in range(3, size.vocabulary))]
    inner = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token="<unk>"))
    PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>"
    ).save_pretrained(folder)


def draw_job(size: Size) -> list[list[Dialogue]]:
    """For each epoch, the dialogues in order: log-normal lengths between two bounds, the last half learnt."""
    from sosie.train.pack import groups  # the order in which sosie's own loop takes them

    chance = random.Random(SEED)
    low, high = size.lengths
    made: list[Dialogue] = []
    for _ in range(size.dialogues):
        length = min(high, max(low, round(chance.lognormvariate(0, 0.35) * (low * high) ** 0.5)))
        ids = [1, *(chance.randrange(3, size.vocabulary) for _ in range(length - 1))]
        made.append((ids, length // 2))
    taken = [groups(size.dialogues, GROUP, SEED, epoch) for epoch in range(size.epochs)]
    return [[made[number] for group in epoch for number in group] for epoch in taken]


@dataclass(frozen=True)
class Ground:
    """Where a variant finds all this."""

    work: Path
    device: str  # cuda or cpu
    size: Size

    @property
    def epochs(self) -> list[list[Dialogue]]:
        told: list[list[Any]] = json.loads((self.work / "job.json").read_text())
        return [[(ids, learnt) for ids, learnt in epoch] for epoch in told]

    @property
    def dialogues(self) -> list[Dialogue]:
        """All epochs, one after the other."""
        return [dialogue for epoch in self.epochs for dialogue in epoch]


if __name__ == "__main__":  # a process of its own: it then leaves the GPU's memory as it was
    make(Path(sys.argv[2]), SIZES[sys.argv[1]], sys.argv[3])
    print(json.dumps({"made": sys.argv[1]}))
