"""Sample answers after each epoch, to the same five questions: the person's voice appears as it is learnt.

runs/NAME/samples.jsonl     {"epoch": 1, "question": "salut, ça va ?", "answer": "ouais et toi"}     (0600)

An answer may hold what the double read: answers go to the terminal and to this file, not to the events.
Greedy and short, five rows in one batch, so that they cost little.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.progress import Event, Report
from sosie.core.workspace import whole
from sosie.models.load import Loaded
from sosie.models.mlx.forward import greedy_ids
from sosie.models.mlx.lora import adapter_of
from sosie.models.mlx.weights import mlx_model
from sosie.models.template import prompt, stop_conditions
from sosie.train.distributed import SINGLE, ProcessGroup
from sosie.train.packed_attention import own_attention

QUESTIONS = (
    "salut, ça va ?",
    "tu fais quoi ce soir ?",
    "t'as passé une bonne journée ?",
    "on mange où ?",
    "bon je file, à demain",
)
TOKENS = 24
SAMPLES_FILE = "samples.jsonl"


def epoch_sampler(
    loaded: Loaded, model: Any, portrait: str, folder: Path, report: Report, processes: ProcessGroup = SINGLE
) -> Callable[[int], None]:
    """A function of an epoch's number: it asks the questions, writes the answers, and reports the first one.

    Only the main process asks; all processes do if each holds a part of the model.
    """
    system = (Turn("system", portrait),) if portrait else ()
    rows = [prompt((*system, Turn("user", q)), loaded.tokenizer, loaded.template) for q in QUESTIONS]

    def write_samples(epoch: int) -> None:
        if not (processes.is_main or processes.sharded):
            return
        texts = greedy_answers(loaded, model, rows)
        if not processes.is_main:
            return
        said = zip(QUESTIONS, texts, strict=True)
        new = [{"epoch": epoch, "question": question, "answer": answer} for question, answer in said]
        path = folder / SAMPLES_FILE
        lines = [*lines_before(path, epoch), *(json.dumps(line, ensure_ascii=False) for line in new)]
        with whole(path) as draft:
            draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        first = f"Passage {epoch} · « {QUESTIONS[0]} » → « {' '.join(texts[0].split())} »"
        report(Event("sample", done=epoch, text=first))

    return write_samples


def lines_before(path: Path, epoch: int) -> list[str]:
    """What earlier epochs left: a run that was killed after an epoch's samples ends that epoch again."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [line for line in lines if json.loads(line)["epoch"] < epoch]


def greedy_answers(loaded: Loaded, model: Any, rows: list[list[int]]) -> list[str]:
    """The greedy answer to each prompt, up to TOKENS tokens."""
    import torch

    width, ends = max(map(len, rows)), stop_conditions(loaded.template, loaded.tokenizer)
    if mlx_model(model) is not None:
        adapter = adapter_of(model)
        adapter.push()
        answers = [greedy_ids(adapter.model, row, TOKENS, ends.ids) for row in rows]
        return [str(loaded.tokenizer.decode(ids, skip_special_tokens=True)).strip() for ids in answers]
    ids = torch.tensor([[0] * (width - len(row)) + list(row) for row in rows], device=model.device)
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=model.device)
    model.eval()
    with torch.inference_mode(), own_attention(model):
        output = model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=TOKENS,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            eos_token_id=list(ends.ids),
            pad_token_id=ends.ids[0],
        )
    texts = (loaded.tokenizer.decode(row, skip_special_tokens=True) for row in output[:, width:])
    return [str(text).strip() for text in texts]
