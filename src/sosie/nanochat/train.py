"""`sosie nanochat train`: a micro nanochat from nothing, or a nanochat base that learns dialogues.

 dialogues -> vocabulary -> base: plain texts  \
                  or a base of nanochat's own   -> sft: the person's replies only -> a base folder of nanochat

 runs/NAME/
 ├─ nanochat.json   what it is made from, for --resume      events.jsonl
 ├─ checkpoints/    tokenizer.pkl, base.pt, sft.pt, until it is done
 └─ double/         tokenizer/, base_checkpoints/, chatsft_checkpoints/, LECON.md
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadSettings, NothingToDo, SosieError
from sosie.core.extras import need
from sosie.core.progress import Report, to_all, to_file
from sosie.core.settings import Nanochat, Train
from sosie.core.workspace import Workspace, closed_folder, full_disk_told
from sosie.nanochat import lesson, record
from sosie.nanochat.record import Record
from sosie.nanochat.rows import count_tokens, plain_texts
from sosie.nanochat.stages import BASE_SHARE, REPLY_SHARE, ROWS, Learnt, Room, learn_base, learn_replies
from sosie.nanochat.start import from_base, from_nothing
from sosie.nanochat.written import write_learnt
from sosie.train import run_folder
from sosie.train.replay import replay_dialogues
from sosie.train.run import dialogues_of


@dataclass(frozen=True, slots=True)
class Taught:
    """The measured figures: losses in nats a target of the replies; `valid_losses`, in the order of time."""

    double: Path
    steps: int
    seconds: float
    loss_first: float | None
    loss_last: float | None
    valid_bits_per_byte: float | None
    valid_loss_before: float | None
    valid_loss: float | None
    valid_losses: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "double": str(self.double)}


def train_nanochat(
    workspace: Workspace,
    data: Path | None,
    base: Path | None,
    name: str | None,
    resume: str | None,
    options: Nanochat,
    report: Report,
) -> Taught:
    """Teach it, in runs/NAME; `resume` names the run to go on with, "" the newest unfinished one."""
    need("torch", extra="train")
    run_folder.check_names(name, resume)
    if resume is not None and base:
        raise BadSettings("Un entraînement repris garde sa base.", "Donnez --resume ou --base, pas les deux.")
    learn, held = dialogues_of(workspace, data, Train(), report)
    if not learn or not held:
        raise NothingToDo("Il y a trop peu de dialogues pour apprendre et mesurer.", "Importez-en d'autres.")
    print_ = run_folder.fingerprint(learn, held)
    named = workspace.run(name or f"{datetime.now():%Y%m%d-%H%M%S}-nanochat")
    folder = named if resume is None else record.find_unfinished(workspace.runs, resume)
    with full_disk_told(), run_folder.locked(closed_folder(folder)):
        if resume is None:
            made = record.begin(folder, base, options, print_, [*learn, *held])
        else:
            made = record.take_up(folder, print_)
        try:
            return teach(folder, made, learn, held, to_all(report, to_file(folder / run_folder.EVENTS)))
        except SosieError:
            if not any((folder / run_folder.CHECKPOINTS).glob("*.pt")):  # nothing learnt: its name is free
                shutil.rmtree(folder, ignore_errors=True)
            raise


def teach(
    folder: Path, made: Record, learn: Sequence[Dialogue], held: Sequence[Dialogue], report: Report
) -> Taught:
    began = time.process_time()
    kept = folder / run_folder.CHECKPOINTS
    options, pages = made.settings, lesson.Pages(report)
    base: Learnt | None = None
    if made.base:
        start = from_base(Path(made.base))
        share = BASE_SHARE + REPLY_SHARE
    else:
        texts = plain_texts([*learn, *replay_dialogues()])
        start, share = from_nothing(texts, options, kept), REPLY_SHARE
        pages.tell_vocabulary(start, texts)
        room = Room(kept / "base.pt")
        base = learn_base(start, texts, held, options, room, report)
        start = replace(start, model=base.model(start))
        pages.tell_base(start, base.progress, ROWS, count_tokens(texts, start.tokenizer))
    room = Room(kept / "sft.pt")
    learnt = learn_replies(start, learn, held, options, room, report, share)
    pages.tell_replies(replace(start, model=learnt.model(start)), learnt.progress)
    double = write_learnt(folder / run_folder.DOUBLE, start, base, learnt, pages.text)
    shutil.rmtree(kept, ignore_errors=True)
    return Taught(
        double=double,
        steps=learnt.progress.step + (base.progress.step if base else 0),
        seconds=round(time.process_time() - began, 3),
        loss_first=learnt.progress.loss_first,
        loss_last=learnt.progress.loss_last,
        valid_bits_per_byte=base.progress.best if base else None,
        valid_loss_before=learnt.progress.before,
        valid_loss=learnt.progress.best,
        valid_losses=learnt.progress.measures,
    )
