"""The valise: what is in it, what never is, and that it opens elsewhere as it was packed."""

import json
import shutil
import stat
import zipfile

import pytest
from planted import SECRET
from test_bundle import link, zipped

from sosie.api import Project
from sosie.cli.main import _run
from sosie.core import checked_zip, jsonl, settings, settings_file
from sosie.core.errors import BadData, BadSettings, NothingToDo, SosieError, UnsafeArchive
from sosie.core.workspace import Workspace


@pytest.fixture
def kit(work):
    return {path.name: path for path in Project(work.folder).export("colab").files}


@pytest.fixture
def there(tmp_path):
    return Workspace(tmp_path / "là-bas")


def test_the_kit_is_four_files(kit, work):
    assert set(kit) == {"valise.zip", "sosie_colab.ipynb", "sosie_kaggle.ipynb", "entrainer.sh"}
    assert all(path.parent == work.out for path in kit.values())
    assert stat.S_IMODE(kit["valise.zip"].stat().st_mode) == 0o600


def test_nothing_private_ever_leaves(kit):
    for path in kit.values():
        assert SECRET.encode() not in path.read_bytes(), path.name
    with zipfile.ZipFile(kit["valise.zip"]) as valise:
        names = {name for name in valise.namelist() if not name.endswith(".whl")}
    data = {f"data/{part}.jsonl" for part in ("train", "valid", "test")}
    assert names == data | {"sosie.toml", "contraintes.txt", "LISEZMOI.txt", "SHA256SUMS"}


def test_a_valise_opens_as_it_was_packed(kit, work, there):
    assert Project(there.folder).unpack(kit["valise.zip"]) == 12
    for part in ("train", "valid", "test"):
        path = there.data / f"{part}.jsonl"
        assert [*jsonl.read(path)] == [*jsonl.read(work.data / path.name)]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for verb, model in (("train", settings.Train), ("evaluate", settings.Evaluate)):
        assert settings_file.load(there.settings, verb, model) == settings_file.load(
            work.settings, verb, model
        )
    assert Project(there.folder).unpack(kit["valise.zip"]) == 12  # a cell that is run again


def test_dialogues_of_the_old_form_leave_without_their_ids(work):
    sosie = {"format": 1, "id": "d1", "source": "sms", "conversation": "sms-06", "replies": [["m1"]]}
    line = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    times = {"first": "2025-03-01T10:00:07+00:00", "last": None}
    (work.data / "train.jsonl").write_text(json.dumps(line | {"sosie": sosie | times}), encoding="utf-8")
    with zipfile.ZipFile(Project(work.folder).export("colab").files[0]) as valise:
        told = json.loads(valise.read("data/train.jsonl"))
    assert told["messages"] == line["messages"]
    origin = told["sosie"]
    assert (origin["id"], origin["conversation"], origin["first"], origin["last"]) == (
        "",
        "",
        "2025-03-01",
        None,
    )
    assert "replies" not in origin and origin["source"] == "sms"


def test_lines_of_another_tool_leave_as_they_are_said(work, there):
    line = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    (work.data / "train.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    valise = Project(work.folder).export("colab").files[0]
    assert Project(there.folder).unpack(valise) == 1
    assert json.loads((there.data / "train.jsonl").read_text("utf-8")) == line


def test_a_valise_that_the_host_unpacked_opens_too(kit, there, tmp_path):
    with zipfile.ZipFile(kit["valise.zip"]) as valise:
        valise.extractall(tmp_path / "déplié")
    assert Project(there.folder).unpack(tmp_path / "déplié") == 12
    (tmp_path / "déplié" / "lien").symlink_to("/etc/passwd")
    with pytest.raises(UnsafeArchive):
        Project(there.folder).unpack(tmp_path / "déplié")


def test_every_setting_survives_the_journey(work, there):
    from sosie.export.training_kit import recipe

    train = settings.Train(model='un "nom"', epochs=0.5, learning_rate=1e-5, dora=True, max_tokens=64, seed=0)
    measure = settings.Evaluate(contexts=33, rivals=False)
    there.folder.mkdir()
    there.settings.write_text(recipe(train, measure), encoding="utf-8")
    assert settings_file.load(there.settings, "train", settings.Train) == train
    assert settings_file.load(there.settings, "evaluate", settings.Evaluate) == measure


def test_other_dialogues_are_never_overwritten(kit, work, there):
    jsonl.write(there.data / "train.jsonl", jsonl.read(work.data / "test.jsonl"))
    before = (there.data / "train.jsonl").read_bytes()
    with pytest.raises(BadSettings):
        Project(there.folder).unpack(kit["valise.zip"])
    assert (there.data / "train.jsonl").read_bytes() == before and not there.settings.exists()


def changed(kit, path, **members):
    """The valise with members replaced (None: left out) and honest sums."""
    with zipfile.ZipFile(kit["valise.zip"]) as valise:
        kept = {name: valise.read(name) for name in valise.namelist() if name != "SHA256SUMS"}
    kept |= members
    checked_zip.write(path, {name: content for name, content in kept.items() if content is not None})
    return path


LIES = {
    "no dialogues": {"data/train.jsonl": None},
    "nothing to learn": {"data/train.jsonl": b'{"messages": []}\n'},
    "no UTF-8": {"data/train.jsonl": b"\xff\xfe"},
    "no recipe": {"sosie.toml": None},
    "an unknown setting": {"sosie.toml": b"[train]\ncommande = 'rm'\n"},
    "a file more": {"data/autre.jsonl": b"{}"},
    "code": {"sosie/__init__.py": b"import os"},
    "another wheel": {"torch-9-py3-none-any.whl": b"PK"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_valise_that_lies_is_refused_and_nothing_is_written(lie, kit, there, tmp_path):
    with pytest.raises(SosieError) as caught:
        Project(there.folder).unpack(changed(kit, tmp_path / "forgée.zip", **LIES[lie]))
    assert caught.value.message.endswith(".") and caught.value.mend
    assert not there.folder.exists()


@pytest.mark.parametrize("entry", ["../data/train.jsonl", "/data/train.jsonl", link("data/train.jsonl")])
def test_an_unsafe_valise_is_refused(entry, there, tmp_path):
    with pytest.raises(UnsafeArchive):
        Project(there.folder).unpack(zipped(tmp_path / "piège.zip", [(entry, b"{}")]))


def test_what_leaves_is_told_before_anything_is_written(work):
    heard = []

    def hear(event):
        heard.append((event.text, [path for path in work.out.glob("*") if path.name[0] != "."]))

    Project(work.folder).export("colab", report=hear)
    text, written = heard[0]
    assert not written
    for words in ("12 dialogues", "Google", "noms peuvent y rester", "non scellée"):
        assert words in text


def test_other_dialogues_or_settings_make_another_run(kit, work):
    first = kit["sosie_colab.ipynb"].read_text("utf-8")
    assert {path.name: path.read_bytes() for path in Project(work.folder).export("colab").files} == {
        name: path.read_bytes() for name, path in kit.items()
    }
    jsonl.write(work.data / "train.jsonl", [*jsonl.read(work.data / "train.jsonl")][:-1])
    Project(work.folder).export("colab")
    assert kit["sosie_colab.ipynb"].read_text("utf-8") != first


def test_the_model_is_vigostral_where_none_is_said(work, capsys):
    work.settings.unlink()
    assert _run(["export", "colab", "--folder", str(work.folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["files"]) == 4
    with zipfile.ZipFile(work.out / "valise.zip") as valise:
        assert 'model = "vigostral"' in valise.read("sosie.toml").decode()
    page = (work.out / "sosie_colab.ipynb").read_text("utf-8")
    assert "Vigostral 7B Chat" in page and "14,5 Go" in page and "[train,qlora]" in page


def test_no_dialogues_yet_and_a_model_of_this_machine_are_sentences(work, tmp_path):
    model = tmp_path / "modèle"
    model.mkdir()
    (model / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadSettings, match="dossier de cette machine"):
        Project(work.folder).export("colab", model=str(model))
    shutil.rmtree(work.data)
    with pytest.raises(NothingToDo):
        Project(work.folder).export("colab")
    with pytest.raises(BadData):
        Project(work.folder).unpack(tmp_path / "rien.zip")
