"""One verb for many people: the conductor of this wing.

 people -> those who are not done yet -> tasks -> pool -> outcomes -> journal -> Summary

Killed at any moment, it is run again: who was done stays done, who was begun is taken up where it was. Who
was set aside is tried anew.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sosie.core import settings
from sosie.core.drafts import one_at_a_time
from sosie.core.errors import SosieError
from sosie.core.progress import Agree, Event, Report, silent
from sosie.core.settings import Fleet, Train
from sosie.core.settings_file import read_tables
from sosie.core.workspace import Workspace
from sosie.core.writing import private
from sosie.fleet.cost import Cluster, Forecast, constants_of, forecast
from sosie.fleet.count import Count, Summary, foreseen
from sosie.fleet.journal import Journal, Outcome
from sosie.fleet.people import Person, SameName, find_people, mark_of, namesakes
from sosie.fleet.pool import Pool, ProcessPool
from sosie.fleet.tasks import Task
from sosie.models.catalogue import Base, find
from sosie.models.hardware import hardware
from sosie.models.load import model_folder
from sosie.models.quantised import origin_of
from sosie.train.choose_model import choose_model
from sosie.train.inputs import with_card
from sosie.train.ladder import NOMINAL
from sosie.train.memory_estimate import usable_bytes
from sosie.train.planner import make_plan

STATE_FOLDER = ".fleet"
OF_PEOPLE = ("import", "prepare", "train", "evaluate")  # tables of sosie.toml that bear on each person
GIGABYTE = 1e9
NAMESAKE = "Un autre dossier a le même nom, aux majuscules ou aux accents près, ou est le même."

Tables = Mapping[str, Mapping[str, Any]]
MakePool = Callable[[int, int, int], Pool]  # processes, threads of each, a descriptor that holds the lock


def run_fleet(
    root: Path,
    verb: str,
    options: Fleet = Fleet(),
    report: Report = silent,
    agree: Agree = lambda question: False,
    make_pool: MakePool | None = None,
) -> Summary:
    """`prepare`, `train` or `evaluate` for each person of `root`; `agree` as for a training."""
    people = find_people(root)

    def local(processes: int, threads: int, lock: int) -> Pool:
        return ProcessPool(processes, 60 * options.silent_minutes, options.tries, threads, (lock,))

    return _run(Workspace(root), people, verb, options, report, agree, make_pool or local)


def forecast_fleet(root: Path, verb: str, people: int, options: Fleet = Fleet()) -> Forecast:
    """What the verb would cost for so many people, from those who were done here. Nothing is done."""
    find_people(root)
    constants = constants_of(Journal(root / STATE_FOLDER).outcomes(verb))
    workers = options.processes or hardware("cpu").cores
    return forecast(people, constants, Cluster(workers, options.price_per_hour))


@private
def _run(
    workspace: Workspace,
    people: list[Person],
    verb: str,
    options: Fleet,
    report: Report,
    agree: Agree,
    make_pool: MakePool,
) -> Summary:
    told = Event("warning", text="Un autre « sosie fleet » travaille dans ce dossier : on l'attend.")
    with one_at_a_time(workspace.folder / STATE_FOLDER, lambda: report(told)) as lock:
        journal, count = Journal(workspace.folder / STATE_FOLDER), Count(len(people))
        tables = tables_of_all(workspace, options)
        base = base_of_all(tables, agree, report) if verb == "train" else None
        processes = options.processes or processes_for(base, tables, len(people))
        asked = Task(verb, tables=tables)
        if base:
            asked = replace(asked, base=base.key, origin=origin_of(base).key)
        tasks = list(sift(people, asked, options, journal, count))
        report(foreseen(count, journal.seconds(verb), processes))
        if tasks:
            processes = min(processes, len(tasks))
            pool = make_pool(processes, threads_of(processes), lock)
            work(pool, tasks, journal, count, report)
        if not journal.flush():
            report(Event("warning", text="Le disque est plein : l'état n'est pas écrit en entier."))
        return count.summary()


def work(pool: Pool, tasks: list[Task], journal: Journal, count: Count, report: Report) -> None:
    """Every task done or set aside, and noted as it comes."""

    def hear(worker: int, person: str, event: dict[str, Any]) -> None:
        facts = {"worker": worker, "person": person, "doing": event["kind"]}
        report(Event("worker", event["done"], event["total"], facts))

    for outcome in pool.run(iter(tasks), hear):
        count.worked += 1
        count.add(outcome)
        journal.add(tasks[0].verb, outcome)
        report(count.event())


def sift(people: list[Person], asked: Task, options: Fleet, journal: Journal, count: Count) -> Iterator[Task]:
    """`asked` of each person for whom it is still to do; the others are counted, or noted if set aside."""
    same, most = namesakes(people), GIGABYTE * options.largest_gigabytes
    for person in people:
        try:
            if person.name in same:
                raise SameName(NAMESAKE, "Renommez-le.")
            mark = mark_of(person, asked.verb, [asked.tables, asked.origin], most)
        except (SosieError, OSError) as error:
            message = error.message if isinstance(error, SosieError) else "Ce dossier ne peut pas être lu."
            outcome = Outcome(person.name, type(error).__name__, message)
            count.add(outcome)
            journal.add(asked.verb, outcome)
            continue
        last = journal.last(asked.verb, person.name)
        if last and last.done and last.mark == mark:
            count.add(last)
        else:
            yield replace(asked, person=person.name, folder=str(person.folder.absolute()), mark=mark)


def tables_of_all(workspace: Workspace, options: Fleet) -> Tables:
    """The settings that bear on each person, checked. BadSettings names what is wrong."""
    found = {name: table for name, table in read_tables(workspace.settings).items() if name in OF_PEOPLE}
    if options.model:
        found["train"] = {**found.get("train", {}), "model": options.model}
    for name, table in found.items():
        settings.check(settings.VERBS[name], table, f"[{name}] de {workspace.settings.name}")
    return found


def base_of_all(tables: Tables, agree: Agree, report: Report) -> Base:
    """The model that everybody learns on: named, or as `sosie train` chooses it. Fetched once if need be."""
    options = Train(**tables.get("train", {}))
    base = with_card(choose_model(options, NOMINAL, hardware("auto"), agree, report))
    if not base.local:
        report(Event("load", text=f"Téléchargement de « {base.name} »..."))
        model_folder(base, allow_download=True)
    return find(base.key)


def threads_of(processes: int) -> int:
    """Of each process: what the environment says, as everywhere; else its share of the cores."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() else max(1, hardware("cpu").cores // processes)


def processes_for(base: Base | None, tables: Tables, people: int) -> int:
    """A process for each core, as many as memory has room for; one on a graphics card."""
    machine = hardware("auto")
    most = 1 if base and machine.accelerator else machine.cores
    if base and base.card:
        plan = make_plan(base, machine, NOMINAL, Train(**tables.get("train", {})))
        most = min(most, int(usable_bytes(machine) / max(1, plan.peak_memory_bytes)))
    return max(1, min(most, people))
