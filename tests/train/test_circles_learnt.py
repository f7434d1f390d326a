"""A double that learns under the circles of its dialogues talks as to the commonest, or to the one chosen."""

from dataclasses import replace

import pytest
from said import written

from sosie import Project
from sosie.core import jsonl
from sosie.core.circles import instruction
from sosie.core.double import Double
from sosie.core.errors import BadSettings
from sosie.core.settings import Train
from sosie.train import run_folder

QUICK = {"epochs": 1, "group": 4}
CIRCLES = ("tutoiement", "vouvoiement")


@pytest.fixture
def trained(base, tmp_path):
    """train(circles of 12 dialogues) -> (the project, the double)"""

    def train(*circles, name="un", update=False, of=12):
        project = Project(tmp_path / "moi")
        told = [
            replace(each, origin=replace(each.origin, circle=circles[place % len(circles)]))
            for place, each in enumerate(written(of))
        ]
        for part, some in (("train", told), ("valid", told[:2])):
            jsonl.write(project.workspace.data / f"{part}.jsonl", some)
        options = {} if update else {"options": Train(model=base.where, **QUICK)}
        return project, Double.read(project.train(name=name, update=update, **options).double)

    return train


def test_its_portrait_is_the_commonest_and_another_is_chosen_when_it_is_opened(trained):
    project, double = trained("tutoiement", "tutoiement", "vouvoiement")
    assert double.circles == CIRCLES and double.portrait == instruction("tutoiement")
    assert project.open_engine("un").portrait == instruction("tutoiement")
    assert project.open_engine("un", circle="vouv").portrait == instruction("vouvoiement")
    with pytest.raises(BadSettings):
        project.open_engine("mini", circle="vouv")


def test_the_data_of_a_run_stays_recognised_whatever_the_circles_are_called(trained):
    project, _ = trained(*CIRCLES)
    learn, valid = (list(jsonl.read(project.workspace.data / f"{part}.jsonl")) for part in ("train", "valid"))
    bare = [
        [replace(each, origin=replace(each.origin, circle="")) for each in part] for part in (learn, valid)
    ]
    plan = run_folder.read_plan(project.workspace.run("un"))
    assert plan["data_sha256"] == run_folder.fingerprint(*bare)


def test_one_manner_is_told_nothing(trained):
    _, double = trained("")
    assert double.circles == () and double.portrait == ""


def test_an_update_keeps_to_the_circles_of_its_double(trained):
    trained("")
    _, double = trained(*CIRCLES, name="deux", update=True, of=20)
    assert double.circles == () and double.portrait == ""
    trained(*CIRCLES, name="trois")
    _, double = trained("vouvoiement", "neuf", name="quatre", update=True, of=20)
    assert set(double.circles) == set(CIRCLES)
