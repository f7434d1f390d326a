"""Ray is never opened where others could reach it, unless somebody said that they know."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import sosie
from sosie.core.errors import BadSettings
from sosie.fleet.ray_pool import check_network, only_loopback

EXAMPLE = Path(sosie.__file__).parent / "demo" / "Discussion WhatsApp avec Malo.zip"


def in_namespace(code, *arguments):
    """A program in a network namespace of its own, with nothing but its loopback; what it printed."""
    probe = (
        subprocess.run(["unshare", "-rn", "true"], capture_output=True) if shutil.which("unshare") else None
    )
    if probe is None or probe.returncode or not shutil.which("ip"):
        pytest.skip("no network namespace can be made here")
    script = 'ip link set lo up && exec "$0" "$@"'
    command = ["unshare", "-rn", "sh", "-c", script, sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def test_a_machine_that_others_can_reach_is_refused_with_the_way_to_do_it(monkeypatch):
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    with pytest.raises(BadSettings) as refused:
        check_network(knowingly=False)
    assert "sans mot de passe" in refused.value.message and "unshare -rn" in refused.value.mend
    check_network(knowingly=True)


def test_a_cluster_that_the_user_named_is_theirs_to_open(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:6379")
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(2, "eth0")])
    check_network(knowingly=False)


def test_alone_in_its_namespace_it_is_not_refused():
    (said,) = in_namespace(
        "from sosie.fleet.ray_pool import check_network, only_loopback; check_network(False); "
        "print(only_loopback())"
    )
    assert said == "True"
    assert only_loopback() == (sorted(os.listdir("/sys/class/net")) == ["lo"])


RUN = """
import json, sys
import sosie.fleet.ray_pool
from pathlib import Path
from sosie.core.settings import Fleet
from sosie.fleet.ray_pool import RayPool
from sosie.fleet.run import run_fleet
if "other" in sys.argv:
    sosie.fleet.ray_pool.__version__ = "0"  # of this process alone
done = run_fleet(Path(sys.argv[1]), "prepare", Fleet(processes=1), lambda event: None,
                 make_pool=lambda count, threads, lock: RayPool(count, 900, 2, threads))
print(json.dumps(done.to_json()))
"""


@pytest.mark.slow
def test_the_same_tasks_are_done_on_ray(tmp_path):
    pytest.importorskip("ray", reason="ray is not installed")
    for name in ("lea", "vide"):
        (tmp_path / name).mkdir()
    shutil.copy(EXAMPLE, tmp_path / "lea")
    said = json.loads(in_namespace(RUN, str(tmp_path))[-1])
    assert said["done"] == 1 and said["set_aside"] == {"NothingToDo": 1}
    assert (tmp_path / "lea" / "data" / "train.jsonl").is_file()


@pytest.mark.slow
def test_a_cluster_of_another_version_sets_people_aside(tmp_path):
    pytest.importorskip("ray", reason="ray is not installed")
    (tmp_path / "lea").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "lea")
    said = json.loads(in_namespace(RUN, str(tmp_path), "other")[-1])
    assert said["done"] == 0 and said["set_aside"] == {"BadSettings": 1}
    assert not (tmp_path / "lea" / "data").exists()
