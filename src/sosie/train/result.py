"""The result of a run: its figures, and the double, put in place whole at the very end."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, MANIFEST, Double, made_at
from sosie.core.sampling import to_be_read
from sosie.core.workspace import draft_of, set_mode
from sosie.models.catalogue import Base
from sosie.models.lexicon import OWN_WORDS, lexicon_of
from sosie.models.load import Loaded
from sosie.models.mlx.weights import mlx_model
from sosie.models.quantised import quantised_bits
from sosie.train import lora
from sosie.train.checkpoint import Progress
from sosie.train.own_words import own_words
from sosie.train.plan import Plan

LIBRARIES = ("sosie", "torch", "transformers", "peft", "accelerate")
MLX_LIBRARIES = ("mlx", "mlx-lm")


@dataclass(frozen=True, slots=True)
class Changed:
    """What an update brought: mean losses of validation replies, None where there was no such reply."""

    updates: str  # the run that it goes on from
    new: int  # dialogues learnt for the first time
    replayed: int
    new_before: float | None = None
    new_after: float | None = None
    old_before: float | None = None
    old_after: float | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """The measured figures of a run. Losses are mean nats per target; `valid_loss` is the kept adapter's.

    `peak_memory_bytes`: the peak of the model and its training beyond the libraries (train/memory_meter.py).
    """

    double: Path
    steps: int
    seconds: float
    tokens: int
    learnt_tokens: int
    loss_first: float | None
    loss_last: float | None
    valid_loss_before: float | None
    valid_loss: float | None
    peak_memory_bytes: int
    update: Changed | None = None  # of a double that went on from another

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "double": str(self.double)}


def trained_figures(double: Path, done: Progress, peak: int, changed: Changed | None = None) -> Trained:
    return Trained(
        double=double,
        steps=done.step,
        seconds=round(done.seconds, 3),
        tokens=done.tokens,
        learnt_tokens=done.learnt_tokens,
        loss_first=done.loss_first,
        loss_last=done.loss_last,
        valid_loss_before=done.valid_before,
        valid_loss=done.valid_best,
        peak_memory_bytes=peak,
        update=changed,
    )


def write_double(
    folder: Path,
    model: Any,
    loaded: Loaded,
    plan: Plan,
    portrait: str,
    data: Mapping[str, int],
    learn: Sequence[Dialogue] = (),
    circles: tuple[str, ...] = (),
) -> Double:
    """Write adapter, tokenizer, words and manifest in a draft, then put it in place by one rename."""
    double = Double(
        base=loaded.base.key,
        template=loaded.template.name,
        revision=loaded.revision,
        portrait=portrait,
        circles=circles,
        sampling=loaded.base.sampling,
        talking=to_be_read(loaded.base.sampling),
        data=data,
        versions=library_versions(model),
        bits=quantised_bits(plan.settings.bits),
        created=newest_date(folder.parent.parent),
        folder=folder,
    )
    with draft_of(folder) as draft:
        lora.write_adapter(model, draft, public_name(loaded.base), plan.dtype)
        loaded.tokenizer.save_pretrained(draft)
        if lexicon := lexicon_of(Path(loaded.base.where)):
            (draft / OWN_WORDS).write_text("\n".join(own_words(learn, lexicon)), encoding="utf-8")
        double = replace(double, adapter_sha256=sha256_of(draft / ADAPTER))
        double.write(draft)
        for path in draft.iterdir():
            set_mode(path, 0o600)  # whatever the libraries' mode
        for path in (*draft.iterdir(), draft):
            _sync(path)
        os.replace(draft, folder)
    return double


def newest_date(runs: Path) -> str:
    """Now; or a second after the newest double that is there, where the clock was put back."""
    others = [made_at(path.parent) + 1 for path in runs.glob(f"*/double/{MANIFEST}")]
    now = datetime.now(UTC).timestamp()
    return datetime.fromtimestamp(max([now, *others]), UTC).isoformat(timespec="seconds")


def public_name(base: Base) -> str:
    """The base's name in the adapter's settings: never a path of this machine."""
    return base.name if Path(base.where).is_absolute() else base.where


def library_versions(model: Any) -> dict[str, str]:
    """Those of the libraries that this model was trained with."""
    names = LIBRARIES if mlx_model(model) is None else LIBRARIES + MLX_LIBRARIES
    return {"python": sys.version.split()[0], **{name: version(name) for name in names}}


def _sync(path: Path) -> None:
    """Write a file's cached pages to the disk, so that it is whole after a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
