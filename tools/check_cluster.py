"""Hold what `sosie export cluster` wrote to the schemas of those who read it, where they are installed.

    python tools/check_cluster.py sortie/sosie-cluster     ->  one line of JSON: what was held to what

kubernetes.yaml   to the API's schemas, strictly: `kubernetes-validate`
sky.yaml          to SkyPilot's own, then read as it reads it: `skypilot`, which pins much: a venv of its own
*.sh              by `bash -n`; each #SBATCH line has to be an option of sbatch

It needs neither sosie nor the two packages: what is missing is left out, and the rest is held.
"""

import importlib.util
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

DIRECTIVES = {  # sbatch(1)
    "job-name": r"[\w-]+",
    "array": r"\d+-\d+",
    "cpus-per-task": r"\d+",
    "mem": r"\d+[KMGT]",
    "time": r"\d+:\d\d:\d\d",
    "requeue": r"",
    "output": r"[\w%.-]+",
    "gres": r"gpu:\d+",
}
DIRECTIVE = re.compile(r"#SBATCH --([a-z-]+)(?:=(\S+))?")


def check_directives(text: str) -> int:
    """How many #SBATCH lines there are. ValueError for one that sbatch would not take, or would not read."""
    lines = text.splitlines()
    given = [line for line in lines if line.startswith("#SBATCH")]
    for line in given:
        found = DIRECTIVE.fullmatch(line)
        if not found or not re.fullmatch(DIRECTIVES.get(found[1], "-"), found[2] or ""):
            raise ValueError(line)
    first = next(at for at, line in enumerate(lines) if line and not line.startswith("#"))
    if any(line.startswith("#SBATCH") for line in lines[first:]):
        raise ValueError("a directive after the first command")  # sbatch stops reading there
    return len(given)


def check_kubernetes(path: Path) -> str:
    """The versions of Kubernetes whose schema the Job keeps to, every one that the package has."""
    import kubernetes_validate
    import yaml

    job = yaml.safe_load(path.read_text(encoding="utf-8"))
    schemas = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    found = {each.name.split("-")[0].removeprefix("v") for each in schemas.iterdir()}
    known = sorted({tuple(map(int, name.split(".")[:2])) for name in found})
    for major, minor in known:
        kubernetes_validate.validate(job, f"{major}.{minor}", strict=True)
    return f"{'.'.join(map(str, known[0]))}-{'.'.join(map(str, known[-1]))}"


def check_sky(path: Path) -> str:
    """SkyPilot's version, whose schemas of a task, its resources and its storage this one keeps to."""
    import sky
    import yaml
    from sky.utils import common_utils, schemas

    task = yaml.safe_load(path.read_text(encoding="utf-8"))
    common_utils.validate_schema(task, schemas.get_task_schema(), "task: ")
    common_utils.validate_schema(task["resources"], schemas.get_resources_schema(), "resources: ")
    for storage in task["file_mounts"].values():
        common_utils.validate_schema(storage, schemas.get_storage_schema(), "storage: ")
    sky.Task.from_yaml_config(task)
    return str(sky.__version__)


def main() -> None:
    folder, held = Path(sys.argv[1]), dict[str, Any]()
    for script in ("lancer.sh", "slurm.sh"):
        subprocess.run(["bash", "-n", folder / script], check=True)
    held["slurm_directives"] = check_directives((folder / "slurm.sh").read_text(encoding="utf-8"))
    if importlib.util.find_spec("kubernetes_validate"):
        held["kubernetes"] = check_kubernetes(folder / "kubernetes.yaml")
        held["kubernetes-validate"] = version("kubernetes-validate")
    if importlib.util.find_spec("sky"):
        held["skypilot"] = check_sky(folder / "sky.yaml")
    print(json.dumps(held))


if __name__ == "__main__":
    main()
