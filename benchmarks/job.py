"""The job that every loop is given: the same model, token ids, groups, learnt tokens and LoRA.

A small random Mistral, and 40 dialogues of about 100 tokens of which the answers are learnt. Random weights
and words cost what trained ones cost. SOSIE_JOB names the shape:

 tiny   4 layers, 32,000 words (18.6 M parameters), LoRA on all linear layers
 toy    6 layers, 8,000 words, LoRA on q and v, as the usual tutorials do
 real   the model of the folder SOSIE_JOB_MODEL, LoRA on all linear layers; the ids are still random words

Of sosie, this file imports the order of groups only, so that it also runs in TRL's own environment.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

from sosie.train.pack import groups

LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SHAPES = {"tiny": (4, 32_000, LINEARS), "toy": (6, 8_000, ["q_proj", "v_proj"])}
MODEL = Path(os.environ.get("SOSIE_JOB_MODEL", ""))
if (JOB := os.environ.get("SOSIE_JOB", "tiny")) == "real":
    SHAPES["real"] = (0, json.loads((MODEL / "config.json").read_text("utf-8"))["vocab_size"], LINEARS)
LAYERS, VOCABULARY, TARGETS = SHAPES[JOB]
DIALOGUES = 40
GROUP = 4
SEED = 7
RATE = 2e-4
RANK, ALPHA = 16, 32


def make_model(dtype: str = "float32") -> Any:
    """The real model; or the toy: same weights each time, std 0.06 so that its scores are not all alike."""
    import torch
    from transformers import AutoModelForCausalLM, MistralConfig, MistralForCausalLM

    if JOB == "real":
        return AutoModelForCausalLM.from_pretrained(MODEL, dtype=dtype)
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=LAYERS,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        sliding_window=None,
        initializer_range=0.06,
        pad_token_id=2,
    )
    return MistralForCausalLM(config)


def make_dialogues() -> list[tuple[list[int], list[bool]]]:
    """(ids, learnt) of each: two to four turns of 20 to 40 tokens, an answer each second one."""
    chance = random.Random(SEED)
    made = []
    for _ in range(DIALOGUES):
        ids, learn = [1], [False]
        for turn in range(chance.choice([2, 4, 4])):
            size = chance.randint(20, 40)
            ids += [chance.randrange(3, VOCABULARY) for _ in range(size)]
            learn += [turn % 2 == 1] * size
        made.append((ids, learn))
    return made


def in_order(epoch: int) -> list[tuple[list[int], list[bool]]]:
    """The dialogues as an epoch's groups of 4 take them."""
    dialogues = make_dialogues()
    return [dialogues[number] for group in groups(DIALOGUES, GROUP, SEED, epoch) for number in group]


def tokens(dialogues: list[tuple[list[int], list[bool]]]) -> int:
    return sum(len(ids) for ids, _ in dialogues)
