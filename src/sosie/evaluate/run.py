"""A name becomes what is measured: the double, what it learnt and never saw; then the suite, and the page."""

from pathlib import Path

from sosie.core.jsonl import read_told
from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Evaluate
from sosie.core.workspace import Workspace
from sosie.evaluate import inputs, score_store, suite
from sosie.evaluate.scores import Scores
from sosie.models.doubles import measured_in, need_double, run_of


def evaluate_double(
    workspace: Workspace,
    named: str | None,
    held: Path | None = None,
    learnt: Path | None = None,
    against: str | None = None,
    options: Evaluate = Evaluate(),
    report: Report = silent,
) -> Scores:
    """The scores of a double, and report.html in its run.

    `held` and `learnt` name files of dialogues in place of the folder's own, for a double that was trained on
    a file; `against` another run that was evaluated, to be drawn beside.
    """
    double = need_double(workspace, named)
    data = (
        inputs.of_files(read_told(held, report), read_told(learnt, report) if learnt else [])
        if held
        else inputs.of_folder(workspace, run_of(double))
    )
    for text in data.warnings:
        report(Event("warning", text=text))
    other = None
    if against:
        rival = need_double(workspace, against)
        other = score_store.evaluated(measured_in(workspace, rival), against)
    folder = measured_in(workspace, double)
    scores = suite.evaluate(inputs.subject(double, report), data, folder, options, report, other)
    score_store.page(scores, other)
    return scores
