"""The five questions asked of a double, in order; what comes out is one object, and one page draws it.

evaluate(double, base, data, folder, options)  ->  Scores  ->  to_json():

{"double": "20261124-101500-mini", "base_model": "mini",
 "verdict": ["Ressemble à vous à 71 ± 9 ; modèle de base : 12.", "Ne recopie pas.", "Aucune fuite."],
 "counts": true                          R may be quoted: neither copier nor leak
 "contexts":   {n, part: test | valid | file, dialogues, left_out{generated, transcribed}, first, last}
 "likeness":   {value, low, high, raw, n, others, measurable, reason, warnings[], drift, contributions[],
                base{the same}, gain{value, low, high, n, measurable, reason}}       gain: double less base
 "rivals":     [{name: base | base+5 | base+20, label, likeness{}, difference{}, memorisation{}}]
 "by_correspondent": [{correspondent, likeness{}}]         from 100 replies to one
 "tells":      {given{}, truth{}, openers{over[], under[]}, closers{}, forms{}, addresses[], ...}   tells.py
 "detection":  {c2st, delta{given, own, others[]}, texture{}, verifier} | null                     detect.py
 "memorisation": {value, low, high, n, longest_run, copied[{reply, training, words}], gate, reason,
                membership{auc, low, high, gap, auc_against_base, n, gate}, extraction{...}}       memory.py
 "leaks":      {value, n_generations, found{class: n}, replies_to_remove[], gate, reason}          leaks.py
 "french":     {share, low, high, own_share, english, loops, empty, cut, template_leaks, role_confusion,
                n, judged, own_judged, gate, reason, base{the same}}                               french.py
 "forgetting": {change_percent, low, high, n, before, after, gate, reason,
                minitests{before, after, n, change_points, mcnemar_p, by_kind{}}}             forgetting.py
 "warnings": [], "versions": {}, "hashes": {}, "sampling": {}, "settings": {}, "seed": 7, "report": path
 "made": {at, seconds}                   apart: everything else is the same for the same seed
 "against": {double, likeness{value, low, high, n, ...}}}      beside another run only: this one less that one

A gate is « green », « red » or « unknown » (nothing to judge from: `reason` says why).
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.errors import NothingToDo
from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Evaluate
from sosie.evaluate.answer_cache import ask
from sosie.evaluate.heldout import Held, held_out, interlocutors, typed
from sosie.evaluate.interview import Said, Subject, interview
from sosie.evaluate.measures.attacks import extraction, membership
from sosie.evaluate.measures.detectability import detect
from sosie.evaluate.measures.differences import tells
from sosie.evaluate.measures.forgetting import forgetting
from sosie.evaluate.measures.french import french
from sosie.evaluate.measures.leaks import Secrets, scan
from sosie.evaluate.measures.likeness import FEWEST_OTHERS, compare, measure
from sosie.evaluate.measures.losses import losses
from sosie.evaluate.measures.memorisation import memorisation, to_remove
from sosie.evaluate.measures.reference import Ruler, make_ruler
from sosie.evaluate.score_store import (
    FOLDER,
    FORMAT,
    Scores,
    answered,
    keep,
    mark,
    measures_mark,
    read_kept,
    versions,
)
from sosie.evaluate.statistics import FEWEST, rounded
from sosie.evaluate.verdict import counts, verdict
from sosie.style.words import usable

ENOUGH_FOR_ONE = 100  # replies to one correspondent that make a score of their own


@dataclass(frozen=True, slots=True)
class Data:
    """What the double learnt, what it never saw, and all that anybody wrote (for the floor)."""

    train: Sequence[Dialogue]
    held: Sequence[Dialogue]
    part: str  # test, valid or file
    secrets: Secrets
    around: Sequence[Dialogue] = ()
    warnings: tuple[str, ...] = ()


def evaluate(
    subject: Subject, data: Data, folder: Path, options: Evaluate = Evaluate(), report: Report = silent
) -> Scores:
    """Every measure, into folder/evaluate; what was measured already is read again."""
    hashes = marks(subject, data, options)
    if kept := read_kept(folder, hashes):
        return kept
    started = time.monotonic()
    held = held_out(data.held, options.contexts, options.seed)
    if not held.contexts:
        raise NothingToDo(
            "Aucune réponse de vous n'a été gardée de côté : il n'y a rien à mesurer.",
            "Ajoutez des discussions (sosie import), ou nommez un fichier : sosie evaluate --held FICHIER",
        )
    report(Event("answer", text=f"Le double et ses rivaux répondent à {len(held.contexts)} messages..."))
    said = interview(subject, held, data.train, options, folder / FOLDER, report)
    record = measures(subject, data, held, said, options, report)
    record |= {"verdict": verdict(record), "counts": counts(record)}
    record |= {
        "hashes": hashes,
        "versions": versions(),
        "settings": options.model_dump(),
        "seed": options.seed,
    }
    seconds = round(time.monotonic() - started, 1)
    record["made"] = {"at": datetime.now().astimezone().isoformat(timespec="seconds"), "seconds": seconds}
    return keep(record, folder)


def measures(
    subject: Subject, data: Data, held: Held, said: Said, options: Evaluate, report: Report
) -> dict[str, Any]:
    """The numbers, room after room. The same answers give the same ones."""
    seed, given, truth, others = options.seed, said.texts("double"), held.truth, people(data)
    whom = [context.correspondent for context in held.contexts]
    ruler = make_ruler(truth, others, seed)
    rooms: dict[str, Callable[[], Any]] = {
        "likeness": lambda: resemblance(ruler, said),
        "rivals": lambda: rivals(ruler, said, truth, data, seed),
        "by_correspondent": lambda: by_correspondent(given, truth, whom, others, seed),
        "tells": lambda: plain(tells(given, truth, whom)),
        "detection": lambda: plain(detect(given, truth, others, seed)),
        "memorisation": lambda: copying(subject, data, held, said, options),
        "leaks": lambda: plain(scan(said.generations, data.secrets)),
        "french": lambda: spoken(said, held),
        "forgetting": lambda: forgotten(subject, options),
    }
    record = {
        "format": FORMAT,
        "double": subject.name,
        "base_model": subject.base_name,
        "sampling": asdict(subject.sampling),
        "contexts": contexts_told(held, data),
        "warnings": list(data.warnings),
    }
    for done, (name, measured) in enumerate(rooms.items()):
        report(Event("measure", done=done, total=len(rooms)))
        record[name] = measured()
    return record


def resemblance(ruler: Ruler, said: Said) -> dict[str, Any]:
    """R of the double, that of its base beside it, and what training has won."""
    given, base = said.texts("double"), said.texts("base")
    return {
        **measure(ruler, given).to_json(),
        "base": measure(ruler, base).to_json(),
        "gain": compare(ruler, given, base).to_json(),
    }


def rivals(ruler: Ruler, said: Said, truth: Sequence[str], data: Data, seed: int) -> list[dict[str, Any]]:
    """R of everybody else beside the double's; and whether they copy what they were shown."""
    rows = []
    for speaker in said.speakers[1:]:
        texts = said.texts(speaker.name)
        memory = plain(memorisation(texts, truth, replies(data), seed))
        rows.append(
            {
                "name": speaker.name,
                "label": speaker.label,
                "likeness": measure(ruler, texts).to_json(),
                "difference": compare(ruler, said.texts("double"), texts).to_json(),
                "memorisation": {key: memory[key] for key in ("value", "low", "high", "n", "gate")},
            }
        )
    return rows


def replies(data: Data) -> list[str]:
    return [reply for dialogue in data.train for reply in dialogue.replies]


def copying(subject: Subject, data: Data, held: Held, said: Said, options: Evaluate) -> dict[str, Any]:
    """M, what to take out of the training where it copies, and what the weights themselves give away."""
    memory = memorisation(said.texts("double"), held.truth, replies(data), options.seed)
    return {
        **plain(memory),
        "replies_to_remove": to_remove(memory, data.train),
        **attacks(subject, data, held, options),
    }


def people(data: Data) -> list[list[str]]:
    """The real other people, where three wrote enough to be a floor; else none: invented ones stand in."""
    said = interlocutors(filter(typed, data.around or (*data.train, *data.held)))
    enough = [texts for _, texts in sorted(said.items()) if len(usable(texts)) >= FEWEST]
    return enough if len(enough) >= FEWEST_OTHERS else []


def by_correspondent(
    given: Sequence[str],
    truth: Sequence[str],
    whom: Sequence[str],
    others: Sequence[Sequence[str]],
    seed: int,
) -> list[dict[str, Any]]:
    """R with each person to whom enough was written; nothing where there is but one."""
    rows = []
    for name, count in sorted(Counter(whom).items()):
        if name and ENOUGH_FOR_ONE <= count < len(whom):
            sides = (
                [text for text, to in zip(side, whom, strict=True) if to == name] for side in (given, truth)
            )
            mine, theirs = sides
            score = measure(make_ruler(theirs, others, seed), mine)
            rows.append({"correspondent": name, "likeness": score.to_json()})
    return rows


def attacks(subject: Subject, data: Data, held: Held, options: Evaluate) -> dict[str, Any]:
    """What can be got out of the weights; null where the engine does not tell its losses."""
    if not (options.attacks and data.train and hasattr(subject.engine, "foreseen")):
        return {"membership": None, "extraction": None}
    engine = subject.engine
    learnt = held_out(data.train, options.contexts, options.seed).contexts
    mine, its = ([losses(one, side) for side in (learnt, held.contexts)] for one in (engine, subject.base))
    return {
        "membership": plain(membership(mine[0], mine[1], its[0], its[1], options.seed)),
        "extraction": plain(extraction(engine, data.train, data.held, options.seed)),
    }


def spoken(said: Said, held: Held) -> dict[str, Any]:
    asked = [context.asked for context in held.contexts]

    def of(name: str) -> dict[str, Any]:
        cut = sum(answer.cut for answer in said.answers[name])
        return french(said.texts(name), held.truth, asked, cut).to_json()

    return {**of("double"), "base": of("base")}


def forgotten(subject: Subject, options: Evaluate) -> dict[str, Any]:
    if not options.forgetting:
        return {"change_percent": None, "gate": "unknown", "reason": "Pas mesuré (réglage forgetting)."}
    if not (hasattr(subject.engine, "losses") and hasattr(subject.engine, "tokenizer")):
        return {"change_percent": None, "gate": "unknown", "reason": "Ce moteur ne dit pas ses pertes."}
    return forgetting(subject.engine, subject.base, options.seed).to_json()


def plain(value: Any) -> Any:
    """A value of another room as JSON, rounded so that the last bit of a processor changes nothing."""
    return None if value is None else rounded(asdict(value))


def contexts_told(held: Held, data: Data) -> dict[str, Any]:
    return {
        "n": len(held.contexts),
        "of": held.of,
        "part": data.part,
        "dialogues": held.dialogues,
        "left_out": held.left_out,
        "first": held.first,
        "last": held.last,
    }


def versus(scores: Scores, other: Scores, data: Data, options: Evaluate) -> dict[str, Any]:
    """The other run, and R of this one less R of that one where both answered the very same messages."""
    held = held_out(data.held, options.contexts, options.seed)
    asked = [one.context for one in ask(held.contexts, options.seed)]
    mine, theirs = answered(scores.folder), answered(other.folder)
    if not all(one in mine and one in theirs for one in asked):
        why = "Les deux doubles n'ont pas répondu aux mêmes messages."
        gap: dict[str, Any] = {"value": None, "low": None, "high": None, "measurable": False, "reason": why}
    else:
        ruler = make_ruler(held.truth, people(data), options.seed)
        sides = ([side[one] for one in asked] for side in (mine, theirs))
        gap = compare(ruler, *sides).to_json()
    return {"double": other.record["double"], "likeness": gap}


def marks(subject: Subject, data: Data, options: Evaluate) -> dict[str, str]:
    """What the scores come from, as short marks: where all are the same, so are the scores."""
    # The salt of a vault may be new each time; what the strings come from is not.
    known = sorted((kind, *ids) for (kind, _), ids in (data.secrets.known or {}).items())
    return {
        "double": mark(subject.weights, asdict(subject.sampling)),
        "base": mark(subject.base_weights),
        "train": mark([dialogue.turns for dialogue in data.train]),
        "held": mark([dialogue.turns for dialogue in data.held], data.part),
        "around": mark([dialogue.turns for dialogue in data.around]),
        "secrets": mark(known),
        "settings": mark(options.model_dump()),
        "measures": measures_mark(),
    }
