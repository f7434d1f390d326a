"""`sosie export space`: only for who insists, closed without its secrets, saying what the double says."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings, SosieError


@pytest.fixture
def folder(work, trained):
    talking = replace(trained.talking, temperature=0.0, max_tokens=24, repetition_penalty=1.0)
    replace(trained, talking=talking).write(trained.folder)
    Project(work.folder).export("space", knowingly=True)
    return work.out / "sosie-léa-space"


def test_it_is_written_only_for_who_insists_and_says_what_stands_against_it(work, whole):
    with pytest.raises(BadSettings) as told:
        Project(work.folder).export("space")
    assert "recopie n'est pas mesuré" in told.value.message and "--je-sais" in told.value.mend
    assert not (work.out / "sosie-léa-space").exists()


def test_the_page_does_not_open_without_its_secrets(folder):
    done = subprocess.run([sys.executable, "app.py"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "deux secrets" in done.stderr


def test_it_answers_what_the_double_answers(folder, work):
    app = {"__name__": "app", "__file__": str(folder / "app.py")}
    exec(compile((folder / "app.py").read_text("utf-8"), "app.py", "exec"), app)
    model, tokenizer = app["charger"]()
    *_, said = app["repondre"]("salut, ça va ?", [], model, tokenizer)
    engine = Project(work.folder).open_engine("léa", "local")
    turns = [Turn("system", engine.portrait), Turn("user", "salut, ça va ?")]
    sampling = replace(engine.sampling, temperature=0.0, max_tokens=24)
    assert said == "".join(engine.stream(turns, sampling)).strip() and "une IA" in app["AVIS"]


def test_the_folder_is_a_space_s_and_its_certificate_holds(folder, work):
    front = (folder / "README.md").read_text("utf-8").split("---")[1]
    assert "sdk: gradio" in front and "app_file: app.py" in front
    assert "gradio==" in (folder / "requirements.txt").read_text("utf-8")
    assert "+cpu" not in (folder / "requirements.txt").read_text("utf-8")
    assert Project(work.folder).verify(folder / "certificat.json").valid
    assert "genre" not in json.dumps([path.read_text("utf-8", "ignore") for path in folder.glob("*.*")])


def test_a_base_of_this_machine_cannot_go(work, whole, tmp_path):
    replace(whole, base=str(tmp_path / "base")).write(whole.folder)
    with pytest.raises(SosieError):
        Project(work.folder).export("space", knowingly=True)
