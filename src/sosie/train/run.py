"""Dialogues in, a double out: the conductor of this wing.

dialogues -> plan -> model -> examples -> adapter put on -> fit -> runs/NAME/double, in place at the very end
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.double import ADAPTER
from sosie.core.errors import BadData, NoRoom, NothingToDo
from sosie.core.extras import need
from sosie.core.french_text import size, span
from sosie.core.jsonl import own_dialogues, read_told
from sosie.core.progress import Event, Report, silent, to_all, to_file
from sosie.core.settings import Train
from sosie.core.workspace import Workspace, full_disk_told
from sosie.models import catalogue, hub
from sosie.models.catalogue import Base
from sosie.models.load import Loaded, load
from sosie.models.quantised import held
from sosie.models.template import Example
from sosie.models.truncation import examples
from sosie.train import epoch_samples, lora, memory_meter, run_folder
from sosie.train.checkpoint import Checkpoints
from sosie.train.distributed import Together, together
from sosie.train.loop import fit
from sosie.train.oom_fallback import SMALLER, memory_is_full
from sosie.train.pack import learnt, pack
from sosie.train.packed_attention import PLAIN, leaks
from sosie.train.plan import Counts, Plan, count, count_examples
from sosie.train.planner import make_plan
from sosie.train.replay import exchanges, mix_in
from sosie.train.result import Trained, trained, write_double

__all__ = ["Trained", "keep_some_for_validation", "train"]

VALID_SHARE = 0.10
VALID_MOST = 200  # dialogues: enough to see a loss fall
VALID_LEAST = 10  # dialogues in all, below which none is spared
PROBE_TOKENS = 64  # of a dialogue, to see whether a model keeps two apart


def dialogues_of(
    workspace: Workspace, data: Path | None, options: Train, report: Report
) -> tuple[Sequence[Dialogue], Sequence[Dialogue]]:
    """(to learn, to validate with): the folder's own, or a file of which a share is kept for validation."""
    if data:
        return keep_some_for_validation(read_told(data, report), options)
    return own_dialogues(workspace, "train"), own_dialogues(workspace, "valid")


def keep_some_for_validation(
    dialogues: Sequence[Dialogue], options: Train = Train()
) -> tuple[list[Dialogue], list[Dialogue]]:
    """(to learn, to validate): a tenth is kept apart, chosen by its content, so that copies stay together."""
    drawn = [run_folder.fingerprint([dialogue]) for dialogue in dialogues]
    if len(set(drawn)) < VALID_LEAST:
        return list(dialogues), []
    wanted = min(VALID_MOST, round(VALID_SHARE * len(set(drawn))))
    kept = set(sorted(set(drawn))[:wanted])
    pairs = list(zip(dialogues, drawn, strict=True))
    return [d for d, mark in pairs if mark not in kept], [d for d, mark in pairs if mark in kept]


def train(
    learn: Sequence[Dialogue],
    valid: Sequence[Dialogue],
    base: Base | None,
    options: Train,
    folder: Path,
    report: Report = silent,
    resume: str | None = None,
) -> Trained:
    """A double in `folder`/double, or the sentence that says why not; what was done before that is kept.

    `resume` names the run to go on with, "" the newest unfinished one, beside `folder`. Its own base, plan
    and settings are then used (`base` may be None), and the data must be the same.
    """
    need("torch", extra="train")
    if not learn:
        raise NothingToDo("Il n'y a pas de dialogue à apprendre.", "Faites d'abord : sosie prepare")
    data = run_folder.fingerprint(learn, valid)
    with full_disk_told(), together() as fellows:
        folder, base, kept = fellows.by_main(lambda: begun(folder, base, options, data, resume))
        person = report if fellows.main else silent
        report = to_all(person, to_file(folder / run_folder.EVENTS)) if fellows.main else silent
        ready = make_ready(learn, valid, base, options, kept, report, fellows)
        plan, model = adapted(ready, kept)
        if kept is None:
            fellows.by_main(lambda: run_folder.keep(folder, plan, base, options, data))
        tell(plan, ready, report)
        checkpoints, portrait = Checkpoints(folder / run_folder.CHECKPOINTS), run_folder.portrait(learn)
        listen = epoch_samples.listener(ready.loaded, model, portrait, folder, person, fellows)
        with failures_told(checkpoints, folder.name, report):
            fitted = fit(
                model, ready.learn, ready.valid, plan, report, checkpoints, listen, ready.neutral, fellows
            )
        double = folder / run_folder.DOUBLE
        fellows.by_main(lambda: leave(double, model, ready, plan, portrait, checkpoints))
        done = trained(double, fitted.progress, *fellows.most(memory_meter.peak(ready.held_before)))
        report(Event("done", done=done.steps, total=done.steps, facts=done.to_json()))
    return done


def begun(
    folder: Path, base: Base | None, options: Train, data: str, resume: str | None
) -> tuple[Path, Base, dict[str, Any] | None]:
    """The run's folder, its base with its card, and what was kept where it is taken up again."""
    if resume is None:
        assert base is not None, "a run that begins needs a base"
        run_folder.begin(folder)
        return folder, sized(base), None
    folder = run_folder.to_resume(folder.parent, resume)
    kept = run_folder.read(folder)
    run_folder.same(kept, options, data)
    return folder, sized(catalogue.find(kept["base"])), kept


def leave(
    double: Path, model: Any, ready: "Ready", plan: Plan, portrait: str, checkpoints: Checkpoints
) -> None:
    """The double in its place, the plan put right where memory made it smaller, and nothing to resume."""
    write_double(double, model, ready.loaded, plan, portrait, ready.counted())
    if lora.rank(model) != plan.settings.rank:
        run_folder.amend(
            double.parent, **lora.figures(model), adapter_bytes=(double / ADAPTER).stat().st_size
        )
    checkpoints.clear()


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that training needs, with the counts that will be told."""

    plan: Plan
    loaded: Loaded
    learn: list[Example]
    valid: list[Example]
    counts: Counts
    valid_dialogues: int
    neutral: list[Example]
    held_before: int  # bytes of this process before the model was loaded

    def counted(self) -> dict[str, int]:
        """What travels in double.json about the data: counts only."""
        return {
            "dialogues": self.counts.dialogues,
            "replies": self.counts.replies,
            "words": self.counts.words,
            "examples": len(self.learn),
            "tokens": self.counts.tokens,
            "learnt_tokens": self.counts.learnt_tokens,
            "valid_dialogues": self.valid_dialogues,
            "neutral": mix_in(self.learn, self.neutral, self.plan).an_epoch,
        }


def make_ready(
    learn: Sequence[Dialogue],
    valid: Sequence[Dialogue],
    base: Base,
    options: Train,
    kept: dict[str, Any] | None,
    report: Report,
    fellows: Together,
) -> Ready:
    """Plan, load, render, and plan again with the tokens counted."""
    machine, counts = fellows.machine(), count(learn)
    plan = Plan.from_json(kept) if kept else fellows.planned(make_plan(base, machine, counts, options))
    fellows.accept(plan)
    if not plan.fits_memory:
        raise NoRoom(plan.reasons[0], SMALLER)
    if not base.local:
        weight = f" ({size(base.card.bytes)})" if base.card and base.card.bytes else ""
        report(Event("load", text=f"Téléchargement de « {base.name} »{weight}..."))
    report(Event("load"))
    held_before = memory_meter.begin(base.card.parameters if base.card else 0, plan.settings.bits)
    with fellows.main_first():
        loaded = load(
            base,
            device=fellows.home,
            dtype=plan.dtype,
            bits=held(plan.settings.bits),
            allow_download=not base.local,  # named by the person, or agreed to
        )
    to_learn = render_all(learn, loaded, plan, report)
    to_measure = render_all(valid, loaded, plan, report) if valid else []
    counts = count_examples(counts, to_learn)
    if not kept:  # the length of examples stays the one they were made with
        sure = fellows.planned(make_plan(base, machine, counts, options))
        plan = sure.with_settings(max_tokens=plan.settings.max_tokens)
    neutral = render_all(exchanges(), loaded, plan, report) if plan.settings.neutral else []
    return Ready(plan, loaded, to_learn, to_measure, counts, len(valid), neutral, held_before)


def sized(base: Base) -> Base:
    """The base with its card, for which its config.json may have to be fetched."""
    if base.card or base.local:
        return base
    return replace(base, card=catalogue.card_of(hub.config(base)))


def render_all(dialogues: Sequence[Dialogue], loaded: Loaded, plan: Plan, report: Report) -> list[Example]:
    """The examples of all dialogues; those that this model's template cannot write are left out, and told."""
    made: list[Example] = []
    refused: list[BadData] = []
    in_parts = 0
    for dialogue in dialogues:
        try:
            parts = examples(dialogue.turns, loaded.tokenizer, loaded.template, plan.settings.max_tokens)
        except BadData as error:
            refused.append(error)
            continue
        in_parts += len(parts) > 1
        made += parts
    made = [example for example in made if learnt(example)]
    if not made:
        raise refused[-1] if refused else BadData("Aucune réponse à apprendre.", "Vérifiez les dialogues.")
    if refused:
        report(Event("warning", text=f"{len(refused)} dialogues laissés de côté : {refused[-1].message}"))
    for told in too_long(made, in_parts, plan.settings.max_tokens):
        report(Event("warning", text=told))
    return made


def too_long(made: Sequence[Example], in_parts: int, length: int) -> Iterator[str]:
    """What does not fit in the model's context, and what becomes of it."""
    if in_parts:
        yield f"Dialogues appris en plusieurs morceaux de {length} jetons au plus : {in_parts}."
    if begins := sum(example.shortened for example in made):
        yield f"Messages plus longs que le contexte : {begins} ; leur début n'est pas lu."
    if ends := sum(example.cut > 0 for example in made):
        yield f"Réponses plus longues que le contexte : {ends} ; leur fin n'est pas apprise."


def adapted(ready: Ready, kept: dict[str, Any] | None) -> tuple[Plan, Any]:
    """The model with its adapter on, and the plan with what is now known for sure."""
    import torch

    plan = ready.plan
    if not kept and ready.loaded.model.config.model_type not in PLAIN:
        pair = [Example(e.ids[:PROBE_TOKENS], e.learn[:PROBE_TOKENS], 0) for e in ready.learn[:2]]
        if leaks(ready.loaded.model, pack(pair, 2 * PROBE_TOKENS)[0], plan.dtype):
            why = "Ce modèle ne tient pas séparés des dialogues mis bout à bout : un par un, plus lentement."
            plan = replace(plan, pack_tokens=1, reasons=(*plan.reasons, why))
    torch.manual_seed(plan.settings.seed)
    model = lora.put_on(ready.loaded.model, plan)
    return replace(plan, trainable_parameters=lora.count(model)), model


def tell(plan: Plan, ready: Ready, report: Report) -> None:
    """What is about to be done; and what the person should know of it."""
    long, most = span(plan.train_seconds_low, plan.train_seconds_high), size(plan.peak_memory_bytes)
    text = f"{plan.settings.model} : {plan.steps} pas au plus, {long}, {most} de mémoire (prévus)."
    report(Event("plan", total=plan.steps, text=text, facts={"peak_memory_bytes": plan.peak_memory_bytes}))
    if not plan.fits:
        report(Event("warning", text=plan.reasons[0]))
    if not plan.enough_data:
        report(Event("warning", text=plan.reasons[1]))
    if not ready.valid:
        why = "Pas de dialogues à part pour valider : ni perte mesurée, ni arrêt au meilleur moment."
        report(Event("warning", text=why))


@contextmanager
def failures_told(checkpoints: Checkpoints, name: str, report: Report) -> Iterator[None]:
    """Ctrl-C says how to go on; a full memory is a sentence."""
    try:
        yield
    except KeyboardInterrupt:
        if checkpoints.files():
            report(Event("warning", text=f"Arrêté ; pour reprendre : sosie train --resume {name}"))
        raise
    except (MemoryError, RuntimeError) as error:
        if memory_is_full(error):
            raise NoRoom("La mémoire ne suffit pas pour cet entraînement.", SMALLER) from None
        raise
