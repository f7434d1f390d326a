"""What was learnt, for others to read: a base folder of nanochat (era E), or transformers' (era A)."""

import os
from pathlib import Path
from typing import Any

from sosie.core.workspace import draft_of, set_mode
from sosie.models.nanochat.writer import write_checkpoint
from sosie.nanochat.stages import GROUP, Learnt
from sosie.nanochat.start import Start
from sosie.nanochat.transformers_folder import write_transformers

LESSON = "LECON.md"


def write_learnt(folder: Path, start: Start, base: Learnt | None, learnt: Learnt, lesson: str) -> Path:
    """Put it in `folder`, whole or not at all."""
    with draft_of(folder) as draft:
        if start.model.era.name == "E":
            if base:
                write_stage(draft, start, base, "base")
            write_stage(draft, start, learnt, "sft")
        else:
            write_transformers(draft, learnt.model(start), start.vocabulary, start.tokenizer)
        (draft / LESSON).write_text(lesson, encoding="utf-8")
        for path in draft.rglob("*"):
            set_mode(path, 0o700 if path.is_dir() else 0o600)
        os.replace(draft, folder)
    return folder


def write_stage(draft: Path, start: Start, learnt: Learnt, source: str) -> None:
    """One checkpoint; with the sizes of batches that nanochat's own training would take over from a base."""
    length, bits = start.model.config.sequence_len, learnt.progress.best if source == "base" else None
    batches = {"device_batch_size": GROUP, "max_seq_len": length, "total_batch_size": GROUP * length}
    meta: dict[str, Any] = {"val_bpb": bits, "user_config": {}, **(batches if source == "base" else {})}
    write_checkpoint(
        draft,
        start.model.config,
        learnt.state,
        start.vocabulary,
        source=source,
        step=learnt.progress.step,
        meta=meta,
    )
