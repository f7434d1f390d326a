"""The ladder: the bases of the catalogue that sosie advises, the best one for this machine first.

 machine + counts of the data  ->  Rung(model, fits, train_seconds, why), ...

`plan`, `doctor` and `train` choose by this one function, so that they never contradict each other. The order
is the catalogue's (`rank`: the best in French first), those that fit this machine before those that do not.
« Fits » is the planner's word and the catalogue's advice: a machine on which its owner can still do something
else (`needs`), and weights in 32 bits on a processor, where 16 are slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sosie.core.french_text import size, span
from sosie.core.settings import Train
from sosie.models import catalogue
from sosie.models.catalogue import Base
from sosie.models.hardware import GIB, Machine
from sosie.train import memory_estimate
from sosie.train.plan import Counts, Plan
from sosie.train.planner import make_plan

UNTRIED = "pas du catalogue : son français n'est pas connu"
TUTORIAL_DATA = "combined_dataset.jsonl"  # the name that the tutorial gives to its dialogues
TUTORIAL_BASE = "vigostral"
PREVIEW = "mini"
NOMINAL = Counts(120, 300, 2400, (80,) * 120, 4800)  # before there are dialogues: 300 short replies
LONG_SECONDS = 3600  # « des heures » is said before anything good
NOMINAL_SHARE = 0.9  # of the memory that a machine is sold with, which its system reports


@dataclass(frozen=True, slots=True)
class Rung:
    """One base on this machine. `train_seconds`: predicted, without an early stop."""

    model: str
    fits: bool
    train_seconds: float
    why: str  # one line, in French


def make_ladder(
    machine: Machine, counts: Counts, options: Train = Train(), data: Path | None = None
) -> tuple[Rung, ...]:
    """The rungs, the best first. `data` is the file of dialogues, if one was named: with the tutorial's own
    file, the tutorial's base is the first of those that fit."""
    counts = counts if counts.dialogues else NOMINAL
    cards = sorted((card for card in catalogue.catalogue().values() if card.rank), key=lambda card: card.rank)
    rungs = [make_rung(catalogue.find(card.name), machine, counts, options) for card in cards]
    able = {rung.model for rung in rungs if rung.fits} or {PREVIEW}  # where nothing fits, the smallest
    first = TUTORIAL_BASE if data and data.name == TUTORIAL_DATA else ""
    return tuple(sorted(rungs, key=lambda rung: (rung.model not in able, rung.model != first)))


def recommended(ladder: Sequence[Rung]) -> Base:
    """The base to take on this machine."""
    return catalogue.find(ladder[0].model)


def make_rung(base: Base, machine: Machine, counts: Counts, options: Train) -> Rung:
    plan = make_plan(base, machine, counts, options)
    worth = (base.card and base.card.worth) or UNTRIED
    if obstacle := why_not(base, machine, plan, options):
        return Rung(base.name, False, plan.train_seconds, f"{worth} ; {obstacle}")
    return Rung(base.name, True, plan.train_seconds, what_it_takes(plan, worth))


def why_not(base: Base, machine: Machine, plan: Plan, options: Train) -> str:
    """Why this base is not for this machine; empty if it is."""
    kind = "card" if machine.cuda else "mac" if machine.mac else "cpu"
    wanted = base.card.needs.get(kind, 0) if base.card else 0
    has = machine.gpu_memory_bytes if machine.cuda else machine.memory_bytes
    owner = {"card": "une carte", "mac": "un Mac", "cpu": "une machine"}[kind]
    long = span(plan.train_seconds_low, plan.train_seconds_high)
    if not plan.fits_memory:
        usable = size(memory_estimate.usable_bytes(machine))
        return f"ne tient pas ici : {size(plan.peak_memory_bytes)} prévus, {usable} utilisables."
    if has < NOMINAL_SHARE * wanted * GIB:
        return f"demande {owner} de {wanted} Go."
    if not plan.fits:
        return f"trop long ici : {long} (prévu)."
    if kind == "cpu" and plan.settings.bits < 32 and options.bits is None:
        return "demande plus de mémoire : en 16 bits, un processeur est lent."
    return ""


def what_it_takes(plan: Plan, worth: str) -> str:
    """What a base is worth, then its memory and its time; hours are said before anything good."""
    long, memory = span(plan.train_seconds_low, plan.train_seconds_high), size(plan.peak_memory_bytes)
    if plan.train_seconds >= LONG_SECONDS:
        return f"long, {long} ; {worth} ; tient ici : {memory} (prévus)."
    return f"{worth} ; tient ici : {memory}, {long} (prévus)."
