"""The usual tutorial's loop, our own copy of its idea: a dialogue a forward, all recomputed, all scores.

    python benchmarks/tutorial_loop.py EPOCHS

 for each dialogue: forward with gradient checkpointing, scores at every token, loss, backward
 every 4 dialogues: AdamW

Such tutorials also learn the questions; here only the answers, so that the work compared is the same.
"""

import json
import sys
import time
from typing import Any

import job
import torch
from torch.nn.functional import cross_entropy


def run(epochs: float) -> dict[str, Any]:
    """CPU seconds and tokens between the end of the first step and the end of the last."""
    import warnings

    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    warnings.filterwarnings("ignore", message="`.*gradient_checkpointing.*` is deprecated")
    settings = LoraConfig(r=job.RANK, lora_alpha=job.ALPHA, target_modules=job.TARGETS, task_type="CAUSAL_LM")
    model = get_peft_model(job.make_model(), settings)
    model.enable_input_require_grads()
    model.gradient_checkpointing_enable({"use_reentrant": False})
    model.train()
    optimiser = torch.optim.AdamW((w for w in model.parameters() if w.requires_grad), lr=job.RATE)
    marks: list[float] = []
    losses: list[float] = []
    done = 0
    for epoch in range(int(epochs)):
        dialogues = job.in_order(epoch)
        done += job.tokens(dialogues)
        for start in range(0, len(dialogues), job.GROUP):
            group = dialogues[start : start + job.GROUP]
            targets = sum(sum(learn) for _, learn in group)
            total = 0.0
            for ids, learn in group:
                loss = nats(model, ids, learn) / targets
                loss.backward()
                total += loss.item()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            marks.append(time.process_time())
            losses.append(total)
    first = job.tokens(job.in_order(0)[: job.GROUP])
    return {
        "loop": "tutorial",
        "steps": len(marks),
        "cpu_seconds": marks[-1] - marks[0],
        "tokens": done - first,
        "loss_first": losses[0],
        "loss_last": losses[-1],
    }


def nats(model: Any, ids: list[int], learn: list[bool]) -> torch.Tensor:
    """The summed surprise of a dialogue's answers, from scores at every token."""
    row = torch.tensor([ids])
    labels = torch.where(torch.tensor([learn]), row, -100)
    scores = model(input_ids=row, attention_mask=torch.ones_like(row), use_cache=False).logits.float()
    return cross_entropy(scores[0, :-1], labels[0, 1:], ignore_index=-100, reduction="sum")


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(run(float(sys.argv[1]))))
