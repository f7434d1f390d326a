"""`sosie train --update`: what was added since is learnt over the newest double, which stays as it is."""

import json
import os

import pytest
from said import written

from sosie import Project
from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.settings import Train
from sosie.train import run_folder, update
from sosie.train.result import Changed

QUICK = {"epochs": 2, "group": 4, "learning_rate": 5e-3, "patience": 0}


def other(number):
    """Dialogues of a new subject."""
    pairs = ((f"tu viens au tennis {n} ?", f"ouais carrément le tennis {n}") for n in range(number))
    return [Dialogue((Turn("user", asked), Turn("assistant", said))) for asked, said in pairs]


@pytest.fixture
def project(base, tmp_path):
    """A folder with a double that learnt 14 dialogues of a file."""
    project = Project(tmp_path / "moi")
    jsonl.write(tmp_path / "un.jsonl", written(14))
    project.train(tmp_path / "un.jsonl", name="un", options=Train(model=base.where, **QUICK))
    return project


@pytest.fixture
def more(tmp_path):
    jsonl.write(tmp_path / "deux.jsonl", [*written(14), *other(12)])
    return tmp_path / "deux.jsonl"


def test_an_update_learns_what_is_new_replays_what_was_and_says_what_changed(project, more, base):
    before = sha256_of(project.workspace.run("un") / "double" / ADAPTER)
    done = project.train(more, name="deux", options=Train(epochs=6), update=True)
    told = done.update
    assert told.updates == "un" and told.new >= 10 and told.replayed == 12
    assert told.new_after < told.new_before - 0.2  # a subject it had never heard of
    assert told.old_before is None or told.old_after < told.old_before + 0.5
    assert sha256_of(project.workspace.run("un") / "double" / ADAPTER) == before
    double = Double.read(done.double)
    assert double.base == base.key and double.adapter_sha256 != before
    assert project.workspace.latest_double() == done.double


def test_it_begins_where_the_double_ended(project, more):
    """Its first loss is that of the adapter that was there, not of the bare base."""
    bare = project.train(
        more,
        name="seul",
        options=Train(model=Double.read(project.workspace.run("un") / "double").base, **QUICK),
    )
    for path in (project.workspace.run("seul") / "double").iterdir():
        path.unlink()
    done = project.train(more, name="deux", update=True)
    assert done.valid_loss_before < bare.valid_loss_before - 0.1


def test_an_update_of_an_update_knows_all_that_was_learnt(project, more, tmp_path):
    project.train(more, name="deux", update=True)
    with pytest.raises(NothingToDo, match="rien de nouveau depuis « deux »|rien de nouveau"):
        project.train(more, name="trois", update=True)
    assert not (project.workspace.run("trois") / "double").exists()
    jsonl.write(tmp_path / "trois.jsonl", [*written(14), *other(12), *written(3, seed=8)])
    assert project.train(tmp_path / "trois.jsonl", name="trois", update=True).update.updates == "deux"


def test_what_is_kept_tells_nothing_of_the_words(project):
    told = (project.workspace.run("un") / update.LEARNT).read_text()
    marks = {mark for name in ("learnt", "validated") for mark in json.loads(told)[name]}
    assert len(marks) == 14
    plain = {run_folder.fingerprint([dialogue])[:16] for dialogue in written(14)}
    assert not marks & plain and "genre" not in told
    assert os.stat(project.workspace.run("un") / update.LEARNT).st_mode & 0o777 == 0o600


def test_the_run_says_all_that_it_knows_and_not_only_what_is_new(project, more):
    """Whoever is forgotten must be found in it."""
    done = project.train(more, name="deux", update=True)
    learn, valid = run_folder_sets(more)
    assert run_folder.read_plan(done.double.parent)["data_sha256"] == run_folder.fingerprint(learn, valid)


def run_folder_sets(path):
    from sosie.train.run import keep_some_for_validation

    return keep_some_for_validation(list(jsonl.read(path)))


@pytest.mark.parametrize("asked", [{"rank": 4}, {"dora": True}, {"model": "mini"}])
def test_an_adapter_that_is_there_keeps_its_shape(asked, project, more):
    with pytest.raises(BadSettings, match=next(iter(asked))):
        project.train(more, name="deux", options=Train(**asked), update=True)


def test_a_run_of_an_older_version_is_told_in_a_sentence(project, more):
    (project.workspace.run("un") / update.LEARNT).unlink()
    with pytest.raises(NothingToDo, match="version d'avant"):
        project.train(more, name="deux", update=True)


def test_a_stopped_update_is_begun_anew_and_never_resumed(project, more):
    def stop(event):
        if event.kind == "step" and event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.train(more, name="deux", update=True, report=stop)
    assert Double.read(project.workspace.latest_double()).folder.parent.name == "un"
    with pytest.raises(BadSettings, match="mise à jour arrêtée"):
        project.train(more, resume="deux")
    with pytest.raises(BadSettings, match="ne se reprend pas"):
        project.train(more, resume="deux", update=True)
    assert project.train(more, name="trois", update=True).update.updates == "un"


def test_without_a_double_there_is_nothing_to_update(more, tmp_path, capsys):
    words = ["train", str(more), "--update", "--folder", str(tmp_path / "vide"), "--json"]
    assert _run(words) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "NothingToDo"


def test_both_kinds_of_replies_are_drawn(capsys):
    from rich.console import Console

    from sosie.cli.train import draw_update

    draw_update(Console(width=200), Changed("un", 12, 24, 3.9, 3.7, 3.8, 3.85))
    said = capsys.readouterr().out
    assert "« un » reste tel quel" in said and "nouvelles : perte 3,90 → 3,70" in said
    assert "anciennes : perte 3,80 → 3,85" in said
