"""`sosie export cluster`: scripts that a shell and a YAML reader take, and nobody's words."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from planted import SECRET

from sosie.api import Project
from sosie.core.errors import BadSettings

CHECK = Path(__file__).parents[2] / "tools" / "check_cluster.py"


@pytest.fixture
def folder(work):
    Project(work.folder).export("cluster")
    return work.out / "sosie-cluster"


def lines_said(folder, tmp_path, people, *arguments):
    """What lancer.sh asks of sosie, a stand-in of which notes its words."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "sosie").write_text(f'#!/bin/bash\necho "$@" >> {tmp_path}/said\n')
    (venv / "bin" / "sosie").chmod(0o700)
    environment = {"PATH": "/usr/bin:/bin", "SOSIE_VENV": str(venv), "PERSONNES": str(people)}
    subprocess.run(["bash", folder / "lancer.sh", *arguments], env=environment, check=True)
    return (tmp_path / "said").read_text().splitlines()


def test_scripts_are_bash_and_files_are_yaml(folder):
    for name in ("lancer.sh", "slurm.sh"):
        assert subprocess.run(["bash", "-n", folder / name]).returncode == 0
    task, job = (
        yaml.safe_load((folder / name).read_text("utf-8")) for name in ("sky.yaml", "kubernetes.yaml")
    )
    assert task["resources"]["use_spot"] is True and "lancer.sh" in task["run"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert job["kind"] == "Job" and "lancer.sh" in container["command"][-1]


def held(folder):
    """Whether the files keep to the schemas that are installed here, and to sbatch's options."""
    return subprocess.run([sys.executable, CHECK, folder], capture_output=True).returncode == 0


def test_directives_are_sbatchs_own_and_stand_before_the_first_command(folder):
    assert held(folder)
    script = folder / "slurm.sh"
    text = script.read_text("utf-8")
    for wrong in (
        text.replace("--mem=", "--memory="),
        text.replace("=24:", "=un jour:"),
        f"{text}#SBATCH --x",
    ):
        script.write_text(wrong, encoding="utf-8")
        assert wrong != text and not held(folder)


def test_a_machine_does_its_own_lot(folder, tmp_path):
    lot = tmp_path / "personnes" / "lot-3"
    lot.mkdir(parents=True)
    said = lines_said(folder, tmp_path, lot.parent, "3")
    assert [line.split()[:3] for line in said] == [
        ["fleet", verb, str(lot)] for verb in ("prepare", "train", "evaluate")
    ]
    assert "--model mini" in said[1] and "--model" not in said[0]


def test_without_lots_everybody_is_done(folder, tmp_path):
    (tmp_path / "personnes").mkdir()
    assert lines_said(folder, tmp_path, tmp_path / "personnes")[0].split()[2] == str(tmp_path / "personnes")


def test_a_large_base_asks_for_a_card(work):
    Project(work.folder).export("cluster", model="vigostral")
    folder = work.out / "sosie-cluster"
    assert yaml.safe_load((folder / "sky.yaml").read_text("utf-8"))["resources"]["accelerators"]
    assert "--gres=gpu:1" in (folder / "slurm.sh").read_text("utf-8")
    assert "nvidia.com/gpu" in (folder / "kubernetes.yaml").read_text("utf-8")


def test_no_dialogue_is_in_it_and_it_is_written_anew_in_its_place(folder, work):
    assert not any(SECRET.encode() in path.read_bytes() for path in folder.iterdir() if path.suffix != ".whl")
    assert not any("genre midi" in path.read_text("utf-8", "replace") for path in folder.iterdir())
    Project(work.folder).export("cluster")
    (folder / "mine.txt").write_text("x")
    with pytest.raises(BadSettings):
        Project(work.folder).export("cluster")
