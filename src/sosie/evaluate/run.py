"""A name becomes what is measured: the double, what it learnt and never saw; then the suite, and the page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sosie.core.dialogue import Dialogue
from sosie.core.drafts import data_alone
from sosie.core.extras import need
from sosie.core.jsonl import own_dialogues, read_told
from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Evaluate
from sosie.core.workspace import Workspace
from sosie.evaluate import inputs, score_store, suite
from sosie.evaluate.scores import Scores
from sosie.models.doubles import measured_in, need_double, run_of
from sosie.train import run_folder
from sosie.train.run import keep_some_for_validation


def evaluate_double(
    workspace: Workspace,
    named: str | None,
    held: Path | None = None,
    learnt: Path | None = None,
    against: str | None = None,
    options: Evaluate = Evaluate(),
    report: Report = silent,
    base: str | None = None,
) -> Scores:
    """The scores of a double, and report.html in its run.

    `held` and `learnt` name files of dialogues in place of the folder's own, for a double that was trained on
    a file; `against` another run that was evaluated, to be drawn beside.
    """
    need("sklearn", extra="evaluate")  # now, and not once the double has answered for an hour
    double = need_double(workspace, named, base)
    folder = measured_in(workspace, double)
    with score_store.one_at_a_time(folder, report):
        data = data_of(workspace, run_of(double), held, learnt, report).told(double.circles)
        for text in data.warnings:
            report(Event("warning", text=text))
        other = None
        if against:
            rival = need_double(workspace, against)
            other = score_store.evaluated(measured_in(workspace, rival), against)
        scores = suite.evaluate(inputs.subject(double, report), data, folder, options, report, other)
        score_store.page(scores, other)
    return scores


def data_of(
    workspace: Workspace, run: Path, held: Path | None, learnt: Path | None, report: Report
) -> inputs.Data:
    """What files hold, or the folder: its parts are of one preparation."""
    with data_alone(workspace, report):
        return of_files(workspace, run, held, learnt, report) if held else inputs.of_folder(workspace, run)


def of_files(workspace: Workspace, run: Path, held: Path, learnt: Path | None, report: Report) -> inputs.Data:
    """What files hold, with a warning where the double has learnt what it is to be measured on."""
    asked, taught = read_told(held, report), read_told(learnt, report) if learnt else []
    known = {dialogue.turns for dialogue in (*taught, *taught_by(workspace, run, asked))}
    seen = sum(dialogue.turns in known for dialogue in asked)
    data = inputs.of_files(asked, taught)
    if not seen:
        return data
    told = f"{seen} des {len(asked)} dialogues de « {held.name} » ont servi à entraîner ce double : "
    return replace(data, warnings=(*data.warnings, told + "la mesure le flatte."))


def taught_by(workspace: Workspace, run: Path, asked: Sequence[Dialogue]) -> Sequence[Dialogue]:
    """What a run was trained with, where it is the file asked about or the folder's own (by the hash)."""
    plan = run_folder.read_plan(run) if (run / run_folder.PLAN).is_file() else {}
    own = [own_dialogues(workspace, part, missing_ok=True) for part in ("train", "valid")]
    for sets in (keep_some_for_validation(asked), own):
        if plan.get("data_sha256") == run_folder.fingerprint(*sets):
            return [dialogue for some in sets for dialogue in some]
    return []
