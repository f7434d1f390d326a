"""After each epoch, the same five questions: one hears the person come.

runs/NAME/samples.jsonl     {"epoch": 1, "question": "salut, ça va ?", "answer": "ouais et toi"}     (0600)

What a double says may hold what it read: the answers go to the terminal and to this file, not to the events.
Greedy, and short: five rows at once, so that an epoch costs a moment more.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.progress import Event, Report
from sosie.core.workspace import own_file
from sosie.models.load import Loaded
from sosie.models.template import prompt, stops
from sosie.train.distributed import ALONE, Together
from sosie.train.packed_attention import usual

QUESTIONS = (
    "salut, ça va ?",
    "tu fais quoi ce soir ?",
    "t'as passé une bonne journée ?",
    "on mange où ?",
    "bon je file, à demain",
)
TOKENS = 24
FILE = "samples.jsonl"


def listener(
    loaded: Loaded, model: Any, portrait: str, folder: Path, report: Report, fellows: Together = ALONE
) -> Callable[[int], None]:
    """What to call with an epoch's number: asks, keeps the answers, and tells the first one.

    Of several processes the main one asks; all do, where each holds a part of the model.
    """
    system = (Turn("system", portrait),) if portrait else ()
    rows = [prompt((*system, Turn("user", q)), loaded.tokenizer, loaded.template) for q in QUESTIONS]

    def hear(epoch: int) -> None:
        if not (fellows.main or fellows.sharded):
            return
        said = answers(loaded, model, rows)
        if not fellows.main:
            return
        with own_file(folder / FILE).open("a", encoding="utf-8") as file:
            for question, answer in zip(QUESTIONS, said, strict=True):
                line = {"epoch": epoch, "question": question, "answer": answer}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        told = f"Passage {epoch} · « {QUESTIONS[0]} » → « {' '.join(said[0].split())} »"
        report(Event("sample", done=epoch, text=told))

    return hear


def answers(loaded: Loaded, model: Any, rows: list[list[int]]) -> list[str]:
    """The likeliest answer to each prompt, its first words."""
    import torch

    width, ends = max(map(len, rows)), stops(loaded.template, loaded.tokenizer)
    ids = torch.tensor([[0] * (width - len(row)) + list(row) for row in rows], device=model.device)
    seen = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=model.device)
    model.eval()
    with torch.inference_mode(), usual(model):
        whole = model.generate(
            input_ids=ids,
            attention_mask=seen,
            max_new_tokens=TOKENS,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            eos_token_id=list(ends.ids),
            pad_token_id=ends.ids[0],
        )
    texts = (loaded.tokenizer.decode(row, skip_special_tokens=True) for row in whole[:, width:])
    return [str(text).strip() for text in texts]
