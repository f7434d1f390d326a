"""A double goes by the same names in every verb."""

import shutil

import pytest

from sosie import Project
from sosie.arena.contexts import player
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadSettings, NothingToDo, UnknownModel
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.doubles import find_double
from sosie.models.load import load

SPELLINGS = ("lea", "runs/lea", "runs/lea/double", "whole path", "zip", "other tool's folder", None)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with one run, its bundle, and an adapter that PEFT wrote; all of the same small base."""
    import peft
    import torch

    place = tmp_path_factory.mktemp("doubles")
    base = tiny.make(place / "petit")
    torch.manual_seed(0)
    names = find(str(base)).card.targets
    config = peft.LoraConfig(r=2, task_type="CAUSAL_LM", target_modules=list(names))
    adapted = peft.get_peft_model(load(find(str(base)), device="cpu").model, config)
    adapted.save_pretrained(place / "adaptateur")
    project = Project(place / "moi")
    folder = project.workspace.run("lea") / "double"
    shutil.copytree(place / "adaptateur", folder)
    Double(str(base), "mini", adapter_sha256=sha256_of(folder / ADAPTER)).write(folder)
    return project


@pytest.fixture
def named(made, tmp_path, monkeypatch, request):
    """A spelling as it is typed, from a folder that is not the project's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))
    if request.param == "whole path":
        return str(made.workspace.run("lea").resolve())
    if request.param == "zip":  # a bundle names a base that is a folder without its path: it lies beside
        (tmp_path / "petit").symlink_to(made.workspace.folder.parent / "petit")
        return str(made.export("bundle", to=tmp_path / "sortie").files[0])
    if request.param == "other tool's folder":
        return str(made.workspace.folder.parent / "adaptateur")
    return request.param


def chat(project, named):
    return project.open_engine(named).close() is None


def evaluate(project, named):
    with pytest.raises(NothingToDo, match="gardées de côté"):  # the double was found; there is no data
        project.evaluate(named)
    return True


def arena(project, named):
    return "@" in player(project.workspace, named).name  # « lea@3f09aa », a double; a model has no mark


def export(project, named):
    return project.export("bundle", double=named, to=project.workspace.folder.parent / "valise").files


@pytest.mark.parametrize("named", SPELLINGS, indirect=True, ids=str)
@pytest.mark.parametrize("verb", [chat, evaluate, arena, export])
def test_every_verb_finds_the_double_by_every_spelling(made, named, verb):
    assert verb(made, named)


def test_a_run_stands_before_a_path_of_the_same_name(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made.workspace.folder.parent / "adaptateur", tmp_path / "lea")
    assert find_double(made.workspace, "lea").folder == made.workspace.run("lea") / "double"


@pytest.mark.parametrize("named", ["mini", "vigostral", "auteur/modele", "echo", "rien"])
def test_a_model_and_nothing_at_all_are_no_double(made, tmp_path, monkeypatch, named):
    monkeypatch.chdir(tmp_path)
    assert find_double(made.workspace, named) is None


def test_the_names_that_there_are_are_told(made):
    with pytest.raises(NothingToDo) as told:
        made.evaluate("léo")
    assert told.value.mend == "Ici : lea."


MOVED = {
    "a run": lambda project, home: "lea",
    "a bundle": lambda project, home: str(project.export("bundle", "lea", to=home / "sortie").files[0]),
    "another tool's": lambda project, home: str(home / "adaptateur"),
}


@pytest.mark.parametrize("kind", MOVED)
def test_a_base_that_lies_elsewhere_is_named_in_every_verb(made, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))
    project = Project(shutil.copytree(made.workspace.folder, tmp_path / "moi"))
    home = made.workspace.folder.parent
    named = MOVED[kind](project, home)
    elsewhere = str(shutil.move(home / "petit", tmp_path / "ailleurs"))
    try:
        with pytest.raises(UnknownModel) as caught:
            project.open_engine(named)
        assert "« petit »" in caught.value.message and "--base" in caught.value.mend
        assert project.open_engine(named, base=elsewhere).stream
        with pytest.raises(NothingToDo, match="gardées de côté"):
            project.evaluate(named, base=elsewhere)
        assert "@" in player(project.workspace, named, elsewhere).name
        (packed,) = project.export("bundle", named, to=tmp_path, base=elsewhere).files
        assert find_double(project.workspace, str(packed), elsewhere).base == elsewhere
    finally:
        shutil.move(elsewhere, home / "petit")


def test_a_base_is_not_given_to_what_is_a_model(made):
    with pytest.raises(BadSettings, match="« mini » n'est pas un double"):
        made.open_engine("mini", base="mini")
