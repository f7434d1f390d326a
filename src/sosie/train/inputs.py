"""The inputs of a training: dialogues -> plan -> base model -> examples -> plan with counted tokens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sosie.core.circles import told
from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadData, BadSettings, NoRoom
from sosie.core.french_text import size
from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Train
from sosie.models import catalogue, hub
from sosie.models.catalogue import Base
from sosie.models.gguf import dequantised as gguf
from sosie.models.hardware import Machine
from sosie.models.load import Loaded, load, model_folder
from sosie.models.mlx.choice import VARIABLE, Backend, asked_backend, choose_backend, config_in
from sosie.models.mlx.weights import refused_weights
from sosie.models.quantised import quantised_bits
from sosie.models.template import Example
from sosie.models.truncation import make_examples
from sosie.models.unsuitable import refuse_unsuitable, unknown_family
from sosie.train import memory_meter
from sosie.train.distributed import ProcessGroup
from sosie.train.oom_fallback import SMALLER
from sosie.train.pack import target_positions
from sosie.train.plan import Counts, Plan, count_dialogues, count_examples
from sosie.train.planner import make_plan
from sosie.train.replay import plan_replay, replay_dialogues

Load = Callable[..., Loaded]  # as models.load.load


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """Everything that training needs, with the counts of its data."""

    plan: Plan
    loaded: Loaded
    learn: list[Example]
    valid: list[Example]
    counts: Counts
    valid_dialogues: int
    replay: list[Example]
    bytes_before: int  # bytes of this process before the model was loaded
    circles: tuple[str, ...] = ()  # that the dialogues are told, each its own

    def data_counts(self) -> dict[str, int]:
        """The data's counts in double.json: numbers only."""
        return {
            "dialogues": self.counts.dialogues,
            "replies": self.counts.replies,
            "words": self.counts.words,
            "examples": len(self.learn),
            "tokens": self.counts.tokens,
            "learnt_tokens": self.counts.learnt_tokens,
            "valid_dialogues": self.valid_dialogues,
            "neutral": plan_replay(self.learn, self.replay, self.plan).per_epoch,
        }


def make_inputs(
    learn: Sequence[Dialogue],
    valid: Sequence[Dialogue],
    base: Base,
    options: Train,
    saved_plan: dict[str, Any] | None,
    report: Report,
    processes: ProcessGroup,
    load: Load = load,
    circles: tuple[str, ...] = (),
) -> TrainingInputs:
    """Plan, load the base, render the examples, and plan again with their tokens counted."""
    machine, counts = processes.machine(), count_dialogues(learn)
    if saved_plan:
        plan = Plan.from_json(saved_plan)
    else:
        plan = processes.fit_plan(make_plan(base, machine, counts, options))
    processes.check_plan(plan)
    if not plan.fits_memory:
        raise NoRoom(plan.reasons[0], SMALLER)
    if not base.local:
        weight = f" ({size(base.card.bytes)})" if base.card and base.card.bytes else ""
        report(Event("load", text=f"Téléchargement de « {base.name} »{weight}..."))
    if gguf.is_gguf(Path(base.where)):
        processes.on_main(lambda: dequantise(base, report))
    report(Event("load"))
    parameters = base.card.parameters if base.card else 0
    bytes_before = memory_meter.begin(parameters, plan.settings.bits, plan.keeps_memory)
    with processes.main_first():
        backend = backend_of(plan, base, machine, processes)
        loaded = load(
            base,
            device=processes.load_device,
            dtype=plan.dtype,
            bits=quantised_bits(plan.settings.bits),
            allow_download=not base.local,  # named by the person, or agreed to
            backend=backend.name,
        )
    if backend.reason:
        report(Event("load", text=backend.reason))
    learn, valid = ([told(dialogue, circles) for dialogue in part] for part in (learn, valid))
    to_learn = render_all(learn, loaded, plan, report)
    to_measure = render_all(valid, loaded, plan, report) if valid else []
    counts = count_examples(counts, to_learn)
    if not saved_plan:  # the length of examples stays the one they were made with
        exact = processes.fit_plan(make_plan(base, machine, counts, options))
        plan = exact.with_settings(max_tokens=plan.settings.max_tokens)
    replay = render_all(replay_dialogues(), loaded, plan, silent) if plan.settings.neutral else []
    sets = to_learn, to_measure, counts, len(valid), replay
    return TrainingInputs(plan, loaded, *sets, bytes_before, circles)


def backend_of(plan: Plan, base: Base, machine: Machine, processes: ProcessGroup) -> Backend:
    """What computes this training: as asked for, else what suits the machine and the model.

    Checkpoints are the same for both: a run may be taken up again by the other.
    """
    others = [*not_for_mlx(plan, processes), *refused_weights(base, plan.settings.bits)]
    asked = asked_backend()
    if asked == "mlx" and others:
        raise BadSettings(f"MLX ne convient pas à cet entraînement : {others[0]}.", f"Enlevez {VARIABLE}.")
    if asked:
        return Backend(asked)
    return choose_backend(
        machine, lambda: config_in(model_folder(base, allow_download=not base.local)), others
    )


def not_for_mlx(plan: Plan, processes: ProcessGroup) -> Iterator[str]:
    """What keeps a plan from MLX, in French."""
    if plan.settings.dora:
        yield "DoRA ne s'y apprend pas"
    if plan.settings.neftune:
        yield "le bruit NEFTune ne s'y ajoute pas"
    if processes.size > 1:
        yield "il y a plusieurs processus"


def dequantise(base: Base, report: Report) -> None:
    """Make the weights of a GGUF file that can be learnt on, unless the cache has them: before memory is
    measured."""
    file = Path(base.where)
    if gguf.cached_folder(file) is None:
        needed = size(base.card.bytes) if base.card else "?"
        told = f"« {base.name} » est déquantifié dans le cache, une fois pour toutes ({needed})..."
        report(Event("load", text=told))
        gguf.folder_of(file)


def with_card(base: Base) -> Base:
    """The base with its card; its config.json is fetched if need be.

    UnknownModel, before any weights are fetched, if it cannot become a double.
    """
    if base.card or base.local:
        return base
    folder = hub.fetch_config(base)
    refuse_unsuitable(folder, base.where)
    return replace(base, card=catalogue.card_of(folder) or unknown_family(folder, base.where))


def render_all(dialogues: Sequence[Dialogue], loaded: Loaded, plan: Plan, report: Report) -> list[Example]:
    """The examples of all dialogues; dialogues that the model's template refuses are dropped and reported."""
    rendered: list[Example] = []
    refused: list[BadData] = []
    in_parts = 0
    for dialogue in dialogues:
        try:
            parts = make_examples(dialogue.turns, loaded.tokenizer, loaded.template, plan.settings.max_tokens)
        except BadData as error:
            refused.append(error)
            continue
        in_parts += len(parts) > 1
        rendered += parts
    rendered = [example for example in rendered if target_positions(example)]
    if not rendered:
        raise refused[-1] if refused else BadData("Aucune réponse à apprendre.", "Vérifiez les dialogues.")
    if refused:
        report(Event("warning", text=f"{len(refused)} dialogues laissés de côté : {refused[-1].message}"))
    for sentence in truncation_warnings(rendered, in_parts, plan.settings.max_tokens):
        report(Event("warning", text=sentence))
    return rendered


def truncation_warnings(rendered: Sequence[Example], in_parts: int, length: int) -> Iterator[str]:
    """A sentence for each way in which dialogues did not fit in the model's context."""
    if in_parts:
        yield f"Dialogues appris en plusieurs morceaux de {length} jetons au plus : {in_parts}."
    if begins := sum(example.shortened for example in rendered):
        yield f"Messages plus longs que le contexte : {begins} ; leur début n'est pas lu."
    if ends := sum(example.cut > 0 for example in rendered):
        yield f"Réponses plus longues que le contexte : {ends} ; leur fin n'est pas apprise."
