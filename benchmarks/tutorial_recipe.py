"""The usual tutorial's recipe, whole, on any base: what sosie's default recipe is compared with.

 LoRA of rank 16, alpha 32, on q_proj and v_proj; 3 passes; 4 dialogues a step; AdamW at a constant 2e-4;
 the loss on every token, questions and signs included; no validation, no early stop: the last adapter

Its template and its tokens are ours, so that only the recipe differs.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.settings import Train
from sosie.models.catalogue import Base
from sosie.models.hardware import hardware
from sosie.models.load import load
from sosie.models.template import Example
from sosie.models.truncation import make_examples
from sosie.train import lora
from sosie.train.forward import ForwardModel, backward_group, open_accelerator
from sosie.train.loop import longest_example
from sosie.train.pack import groups, pack
from sosie.train.packed_attention import attend_by_dialogue
from sosie.train.plan import Plan, count_dialogues
from sosie.train.planner import make_plan
from sosie.train.result import write_double

EPOCHS, GROUP = 3, 4
RATE = 2e-4
SETTINGS = Train(
    epochs=EPOCHS, group=GROUP, rank=16, alpha=32.0, dropout=0.05, patience=0, learning_rate=RATE
)


def train(folder: Path, dialogues: Sequence[Dialogue], base: Base, rate: float = RATE) -> dict[str, Any]:
    """Its double, in `folder`; gives the steps."""
    import torch

    plan = replace(
        make_plan(base, hardware("auto"), count_dialogues(dialogues), SETTINGS), targets=("q_proj", "v_proj")
    )
    loaded = load(base, dtype=plan.dtype)
    read = (
        make_examples(d.turns, loaded.tokenizer, loaded.template, plan.settings.max_tokens) for d in dialogues
    )
    learn = [replace(example, learn=(True,) * len(example.ids)) for made in read for example in made]
    torch.manual_seed(plan.settings.seed)
    model = lora.add_adapter(loaded.model, plan)
    steps = descend(model, learn, plan, rate)
    write_double(folder, model, loaded, plan, "", {"dialogues": len(dialogues)})
    return {"steps": steps}


def descend(model: Any, learn: Sequence[Example], plan: Plan, rate: float) -> int:
    """The steps, at a constant rate."""
    import torch

    weights = list(lora.trainable_weights(model).values())
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
    order = [
        group for epoch in range(EPOCHS) for group in groups(len(learn), GROUP, plan.settings.seed, epoch)
    ]
    with attend_by_dialogue(model, longest_example(learn)) as apart:
        net = ForwardModel(open_accelerator(model, plan.dtype), model, apart)
        for group in order:
            backward_group(net, pack([learn[number] for number in group], plan.pack_tokens))
            torch.nn.utils.clip_grad_norm_(weights, plan.clip)
            optimiser.step()
            optimiser.zero_grad()
    return len(order)
