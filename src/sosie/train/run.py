"""A training run, dialogues in, a double out: the conductor of this wing.

dialogues -> plan -> model -> examples -> adapter -> fit -> runs/NAME/double, in place at the very end
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core.circles import circles_of, instruction
from sosie.core.dialogue import Dialogue
from sosie.core.double import ADAPTER
from sosie.core.drafts import data_alone
from sosie.core.errors import NoRoom, NothingToDo
from sosie.core.extras import need
from sosie.core.french_text import size, span
from sosie.core.jsonl import own_dialogues, read_told
from sosie.core.progress import Event, Report, silent, to_all, to_file
from sosie.core.settings import Train
from sosie.core.workspace import Workspace, closed_folder, full_disk_told
from sosie.models import catalogue, hub
from sosie.models.catalogue import Base
from sosie.models.hardware import hardware
from sosie.models.load import load
from sosie.models.load_double import base_of
from sosie.models.template import Example
from sosie.prepare.review.apply import apply_if_needed
from sosie.train import epoch_samples, lora, memory_meter, run_folder
from sosie.train.checkpoint import Checkpoints
from sosie.train.choose_model import choose_model
from sosie.train.corrected import corrected
from sosie.train.distributed import open_process_group
from sosie.train.held_back import keep_some_for_validation
from sosie.train.inputs import Load, TrainingInputs, make_inputs, with_card
from sosie.train.loop import fit
from sosie.train.oom_fallback import SMALLER, is_out_of_memory
from sosie.train.pack import pack
from sosie.train.packed_attention import PLAIN_CAUSAL, leaks
from sosie.train.plan import Plan, count_dialogues
from sosie.train.plan_reasons import APART
from sosie.train.result import Trained, trained_figures, write_double
from sosie.train.update import (
    ChangeMeter,
    Marks,
    Update,
    find_update,
    marks_of,
    put_adapter,
    refuse_update,
    write_marks,
)

__all__ = ["Trained", "keep_some_for_validation", "train", "train_double"]

PROBE_TOKENS = 64  # of a dialogue, to see whether a model keeps two apart


def train_double(
    workspace: Workspace,
    data: Path | None,
    name: str | None,
    resume: str | None,
    options: Train,
    agree: Callable[[str], bool],
    report: Report,
    update: bool = False,
    load: Load = load,
) -> Trained:
    """Names become what is trained: the run's folder, the model and the dialogues; then the run.

    With `update`, the newest double of the folder goes on with what was added since; `load` gives the base.
    """
    run_folder.check_names(name, resume, update)  # before anything is downloaded
    learn, valid = dialogues_of(workspace, data, options, report)
    base = known = None
    if update:
        learn = [*learn, *corrected(workspace)]
        known = find_update(workspace, learn, valid, options)
        base, options = base_of(known.double), known.options
    elif resume is None:  # a run taken up again keeps its own model: there is nothing to choose, nor to ask
        counts = count_dialogues([*learn, *valid] if data else learn)
        base = choose_model(options, counts, hardware("auto"), agree, report, data)
    if base and not base.local:
        hub.check_network(base)
    named = f"{datetime.now():%Y%m%d-%H%M%S}-{base.name if base else 'reprise'}"
    folder = workspace.run(name) if name else run_folder.free(workspace.run(named))
    told = marks_of(workspace, learn, valid)
    if known:
        learn, valid = [*known.new, *known.replayed], [*known.unseen, *known.seen]
    return train(learn, valid, base, options, folder, report, resume, known, told, load)


def dialogues_of(
    workspace: Workspace, data: Path | None, options: Train, report: Report
) -> tuple[Sequence[Dialogue], Sequence[Dialogue]]:
    """(to learn, to validate with): the folder's own, or a file of which a share is kept for validation."""
    if data:
        return keep_some_for_validation(read_told(data, report), options)
    with data_alone(workspace, report):
        apply_if_needed(workspace)
        return own_dialogues(workspace, "train"), own_dialogues(workspace, "valid")


def train(
    learn: Sequence[Dialogue],
    valid: Sequence[Dialogue],
    base: Base | None,
    options: Train,
    folder: Path,
    report: Report = silent,
    resume: str | None = None,
    update: Update | None = None,
    marks: Marks | None = None,
    load: Load = load,
) -> Trained:
    """Train a double into `folder`/double; raises a SosieError where that fails, and keeps the checkpoints.

    `resume` names the run to resume, "" the newest unfinished one, beside `folder`. Its own base, plan and
    settings are then used (`base` may be None), and the data must be the same. `update`: the double to go on
    from, and all that it then knows; `marks`: what tells these dialogues later.
    """
    need("torch", extra="train")
    if not learn:
        raise NothingToDo("Il n'y a pas de dialogue à apprendre.", "Faites d'abord : sosie prepare")
    whole = update.whole if update else (learn, valid)
    data = run_folder.fingerprint(*whole)
    with full_disk_told(), open_process_group() as processes, ExitStack() as held:
        folder, base, saved_plan = processes.on_main(
            lambda: open_run(folder, base, options, data, resume, held, report)
        )
        report = screen = report if processes.is_main else silent
        if processes.is_main:
            since = run_folder.later_than_all(folder.parent)
            report = to_all(screen, to_file(folder / run_folder.EVENTS, since))
        circles = update.double.circles if update else circles_of(learn)
        inputs = make_inputs(learn, valid, base, options, saved_plan, report, processes, load, circles)
        plan, model = adapted_model(inputs, saved_plan)
        if update:
            put_adapter(model, update.double)
        if saved_plan is None:
            made_from = [dialogue for dialogues in whole for dialogue in dialogues]
            processes.on_main(lambda: run_folder.write_plan(folder, plan, base, options, data, made_from))
            processes.on_main(lambda: write_marks(folder, marks, update))
        meter = ChangeMeter(update, model, inputs, plan, processes) if update else None
        announce(plan, inputs, report)
        checkpoints = Checkpoints(folder / run_folder.CHECKPOINTS)
        portrait = instruction(circles[0]) if circles else run_folder.common_portrait(whole[0], report)
        on_epoch = epoch_samples.epoch_sampler(inputs.loaded, model, portrait, folder, screen, processes)
        with failures_reported(checkpoints, folder.name, report):
            sets = inputs.learn, inputs.valid
            fitted = fit(model, *sets, plan, report, checkpoints, on_epoch, inputs.replay, processes)
        double = folder / run_folder.DOUBLE
        processes.on_main(lambda: finish_run(double, model, inputs, plan, portrait, whole[0], checkpoints))
        (peak,) = processes.all_reduce_max(memory_meter.peak(inputs.bytes_before))
        done = trained_figures(double, fitted.progress, peak, meter.changed() if meter else None)
        report(Event("done", done=done.steps, total=done.steps, facts=done.to_json()))
    return done


def open_run(
    folder: Path,
    base: Base | None,
    options: Train,
    data: str,
    resume: str | None,
    held: ExitStack,
    report: Report,
) -> tuple[Path, Base, dict[str, Any] | None]:
    """The run's folder, locked until `held` ends, its base with its card, and its saved plan if resumed.

    Resumed at another learning rate, it goes on as a new run: the record of the old one stays true.
    """
    if resume is None:
        assert base is not None, "a run that begins needs a base"
        closed_folder(folder.parent)
        held.enter_context(run_folder.locked(closed_folder(folder)))
        run_folder.begin_run(folder)
        return folder, with_card(base), None
    folder = run_folder.find_unfinished(folder.parent, resume)
    held.enter_context(run_folder.locked(folder))
    refuse_update(folder)
    saved_plan = run_folder.read_plan(folder)
    run_folder.check_same(saved_plan, options, data)
    if rate := run_folder.other_rate(saved_plan, options):
        text, folder = f"« {folder.name} » reste où il en est", run_folder.fork(folder, saved_plan, rate)
        held.enter_context(run_folder.locked(folder))
        report(Event("warning", text=f"{text} ; la suite est l'entraînement « {folder.name} »."))
        saved_plan = run_folder.read_plan(folder)
    return folder, with_card(catalogue.find(saved_plan["base"])), saved_plan


def finish_run(
    double: Path,
    model: Any,
    inputs: TrainingInputs,
    plan: Plan,
    portrait: str,
    learn: Sequence[Dialogue],
    checkpoints: Checkpoints,
) -> None:
    """Write the double, correct the plan if memory reduced the rank, and delete the checkpoints."""
    write_double(double, model, inputs.loaded, plan, portrait, inputs.data_counts(), learn, inputs.circles)
    if lora.adapter_rank(model) != plan.settings.rank:
        run_folder.update_plan(
            double.parent, **lora.adapter_figures(model), adapter_bytes=(double / ADAPTER).stat().st_size
        )
    checkpoints.clear()


def adapted_model(inputs: TrainingInputs, saved_plan: dict[str, Any] | None) -> tuple[Plan, Any]:
    """The plan with the figures of the real model, and the model with a new adapter."""
    import torch

    plan = inputs.plan
    if not saved_plan and inputs.loaded.model.config.model_type not in PLAIN_CAUSAL:
        pair = [Example(e.ids[:PROBE_TOKENS], e.learn[:PROBE_TOKENS], 0) for e in inputs.learn[:2]]
        if leaks(inputs.loaded.model, pack(pair, 2 * PROBE_TOKENS)[0], plan.dtype):
            plan = replace(plan, pack_tokens=1, reasons=(*plan.reasons, APART))
    torch.manual_seed(plan.settings.seed)
    model = lora.add_adapter(inputs.loaded.model, plan)
    lora.check_whole(model, plan)
    return plan, model


def announce(plan: Plan, inputs: TrainingInputs, report: Report) -> None:
    """Report the plan, and warn of what the person should know."""
    long, most = span(plan.train_seconds_low, plan.train_seconds_high), size(plan.peak_memory_bytes)
    text = f"{plan.settings.model} : {plan.steps} pas au plus, {long}, {most} de mémoire (prévus)."
    report(Event("plan", total=plan.steps, text=text, facts={"peak_memory_bytes": plan.peak_memory_bytes}))
    if not plan.fits:
        report(Event("warning", text=plan.reasons[0]))
    if not plan.enough_data:
        report(Event("warning", text=plan.reasons[1]))
    if not inputs.valid:
        why = "Pas de dialogues à part pour valider : ni perte mesurée, ni arrêt au meilleur moment."
        report(Event("warning", text=why))


@contextmanager
def failures_reported(checkpoints: Checkpoints, name: str, report: Report) -> Iterator[None]:
    """Report how to resume after Ctrl-C, and raise NoRoom for any library's out-of-memory error."""
    try:
        yield
    except KeyboardInterrupt:
        if checkpoints.files():
            report(Event("warning", text=f"Arrêté ; pour reprendre : sosie train --resume {name}"))
        raise
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise NoRoom("La mémoire ne suffit pas pour cet entraînement.", SMALLER) from None
        raise
