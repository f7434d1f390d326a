"""`sosie export cluster`: what runs « sosie fleet » on other machines, and no word of anybody.

 sortie/sosie-cluster/   lancer.sh  sky.yaml  slurm.sh  kubernetes.yaml  LISEZMOI.txt
                         contraintes.txt  sosie-0.1.0-py3-none-any.whl

All three schedulers start lancer.sh with the number of a lot: a folder of people, whom a machine does alone.
A machine that is taken back is started anew, and goes on where it was. The people's folders are put there by
whoever answers for them; nothing is sent from here. None of the three was run here; tools/check_cluster.py
holds the files to the schemas of those who read them.
"""

import re
import shlex
from pathlib import Path

from sosie.core.progress import Report
from sosie.core.workspace import IGNORE
from sosie.export.base import Exported, Order
from sosie.export.colab import portable_base
from sosie.export.own_wheel import make_wheel
from sosie.export.training_kit import CONSTRAINTS
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models.catalogue import Base
from sosie.models.double_zip import README

USUAL_BASE = "mini"
WHEEL = re.compile(r"sosie-[\w.]+-py3-none-any\.whl")
SMALL_PARAMETERS = 100_000_000  # that a processor trains in minutes
CORES, MEMORY_GB, HOURS = 8, 32, 24

LAUNCH_SCRIPT = """\
#!/bin/bash
# Une machine, un lot : les personnes de $PERSONNES/lot-NUMÉRO, ou de $PERSONNES s'il n'y a pas de lots.
# Relancé, il reprend où il en était.
set -euo pipefail
ici=$(cd "$(dirname "$0")" && pwd)
lot=${{PERSONNES:?donnez le dossier des personnes}}/lot-${{1:-0}}
[ -d "$lot" ] || lot=$PERSONNES
venv=${{SOSIE_VENV:-$HOME/.sosie-venv}}
[ -x "$venv/bin/sosie" ] || {{ python3 -m venv "$venv"
  "$venv/bin/pip" install -q -c "$ici/{constraints}" "$ici/{wheel}[{extra}]"; }}
for verbe in prepare train evaluate; do
  modele=(); [ $verbe != train ] || modele=(--model {model})
  "$venv/bin/sosie" fleet $verbe "$lot" --processes {processes} "${{modele[@]}}"
done
"""
SKY_TASK = """\
# SkyPilot, dans ce dossier : sky jobs launch -n sosie sky.yaml
# Le seau reçoit des conversations : choisissez où il est, et qui y a accès.
name: sosie-fleet
workdir: .
num_nodes: 1  # un lot par machine : lot-0, lot-1...
resources:
  cpus: {cores}+
  memory: {memory}+
  use_spot: true{accelerator}
file_mounts:
  /personnes:
    name: REMPLACER-par-votre-seau
    mode: MOUNT
envs:
  PERSONNES: /personnes
run: |
  bash lancer.sh "$SKYPILOT_NODE_RANK"
"""
SLURM_SCRIPT = """\
#!/bin/bash
# Slurm, dans ce dossier : sbatch --export=ALL,PERSONNES=/chemin/des/personnes slurm.sh
#SBATCH --job-name=sosie-fleet
#SBATCH --array=0-0
#SBATCH --cpus-per-task={cores}
#SBATCH --mem={memory}G
#SBATCH --time={hours}:00:00
#SBATCH --requeue
#SBATCH --output=sosie-%A-%a.log
{gres}exec bash "$SLURM_SUBMIT_DIR/lancer.sh" "$SLURM_ARRAY_TASK_ID"
"""
KUBERNETES_JOB = """\
# Kubernetes : kubectl apply -f kubernetes.yaml
# Le volume « sosie » porte ce dossier (sosie/) et celui des personnes (personnes/).
apiVersion: batch/v1
kind: Job
metadata:
  name: sosie-fleet
spec:
  completionMode: Indexed
  completions: 1
  parallelism: 1
  backoffLimit: 20
  template:
    spec:
      restartPolicy: OnFailure
      automountServiceAccountToken: false
      containers:
        - name: sosie
          image: python:3.11-slim
          command: ["bash", "-c", "exec bash /travail/sosie/lancer.sh $JOB_COMPLETION_INDEX"]
          env:
            - {{name: PERSONNES, value: /travail/personnes}}
            - {{name: SOSIE_VENV, value: /tmp/sosie-venv}}
          resources:
            requests: {{cpu: "{cores}", memory: {memory}Gi}}
            limits: {{memory: {memory}Gi{gpu}}}
          volumeMounts:
            - {{name: travail, mountPath: /travail}}
      volumes:
        - name: travail
          persistentVolumeClaim: {{claimName: sosie}}
"""
CLUSTER_README = """\
De quoi faire « sosie fleet » ailleurs, sur le modèle {model}. Aucun dialogue n'est dans ce dossier.

Non vérifié : ni SkyPilot, ni Slurm, ni Kubernetes n'ont été lancés ici. Ces fichiers sont conformes aux
schémas de Kubernetes (1.25 à 1.37) et de SkyPilot (0.14.1).

  sky.yaml         sky jobs launch -n sosie sky.yaml
  slurm.sh         sbatch --export=ALL,PERSONNES=/chemin slurm.sh
  kubernetes.yaml  kubectl apply -f kubernetes.yaml

Plusieurs machines : rangez les dossiers des personnes dans lot-0, lot-1... et relevez num_nodes, --array ou
completions et parallelism ; une machine fait un lot. Une machine reprise est relancée et continue.

Là où vous déposez ces dossiers, d'autres peuvent les lire : ce sont des conversations, et ceux qui y ont
écrit n'ont rien signé. Chiffrez le disque, limitez les accès, effacez à la fin.
"""


def export_cluster(order: Order, folder: Path, report: Report) -> Exported:
    """One folder. BadSettings for a base that other machines would not find."""
    base = portable_base(order.train.model or USUAL_BASE)
    name, wheel = make_wheel()
    path = folder / "sosie-cluster"
    texts = cluster_files(base, name)
    ours = {*texts, CONSTRAINTS}

    def known(there: Path) -> set[str]:
        wheels = {each for each in files_in(there) if WHEEL.fullmatch(each)}
        return ours | wheels if (there / "lancer.sh").is_file() else set()

    with whole_folder(path, known) as draft:
        for file, text in texts.items():
            (draft / file).write_text(text, encoding="utf-8")
        (draft / CONSTRAINTS).write_bytes((Path(__file__).parent / "constraints.txt").read_bytes())
        (draft / name).write_bytes(wheel)
    written = tuple(path / file for file in files_in(path) if file != IGNORE)
    return Exported(written, (f"Lisez « {README} » (non vérifié : aucun des trois n'est lancé ici).",))


def cluster_files(base: Base, wheel: str) -> dict[str, str]:
    """The texts of the folder, by their names."""
    small = base.card is not None and base.card.parameters <= SMALL_PARAMETERS
    told = {
        "model": shlex.quote(base.key),
        "wheel": wheel,
        "constraints": CONSTRAINTS,
        "extra": "train" if small else "qlora",
        "processes": CORES if small else 1,  # one resident base for each card
        "cores": CORES,
        "memory": MEMORY_GB,
        "hours": HOURS,
        "accelerator": "" if small else "\n  accelerators: {T4:1, L4:1, A10G:1}",
        "gres": "" if small else "#SBATCH --gres=gpu:1\n",
        "gpu": "" if small else ", nvidia.com/gpu: 1",
    }
    texts = {
        "lancer.sh": LAUNCH_SCRIPT,
        "sky.yaml": SKY_TASK,
        "slurm.sh": SLURM_SCRIPT,
        "kubernetes.yaml": KUBERNETES_JOB,
        README: CLUSTER_README,
    }
    return {name: text.format(**told) for name, text in texts.items()}
