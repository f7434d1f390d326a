"""`sosie export axolotl`, `llamafactory`, `unsloth`: the recipe in another trainer's files.

 sortie/sosie-axolotl/        train.jsonl  valid.jsonl  recette.yml                     LISEZMOI.txt
 sortie/sosie-llamafactory/   train.jsonl  valid.jsonl  recette.yml  dataset_info.json  LISEZMOI.txt
 sortie/sosie-unsloth/        train.jsonl  valid.jsonl  apprendre.py                    LISEZMOI.txt

Only the replies that sosie would learn are learnt there: each trainer is told so in the way that it has. None
of them was run here. The adapter comes back through « sosie chat --double DOSSIER ».
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.progress import Event, Report
from sosie.core.workspace import IGNORE
from sosie.export.base import Exported, Order
from sosie.export.colab import DEFAULT_MODEL, portable_base
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models.catalogue import Base
from sosie.models.chat_formats import TEMPLATES
from sosie.models.double_zip import README
from sosie.models.gguf.chat_template import jinja_of
from sosie.models.hardware import hardware
from sosie.prepare.review.apply import apply_if_needed
from sosie.train.plan import Plan, count_dialogues
from sosie.train.planner import make_plan

Files = Mapping[str, str]
FilesOf = Callable[[Base, Plan, list[Dialogue], list[Dialogue]], Files]
TRAIN_FILE, VALID_FILE, RECIPE = "train.jsonl", "valid.jsonl", "recette.yml"
OUTPUT = "double"  # the folder that the trainer writes
SIGNS = ("<s>", "</s>")  # of Mistral's tokenizers, which the formats that are not a model's own are for
WITHOUT_OWN = ("vigostral", "mistral")  # formats that a model's tokenizer does not bring, or brings otherwise
TRAINER_README = """\
De quoi apprendre un double avec {trainer} : {count} dialogues à apprendre et {held} pour s'arrêter, et la
recette de sosie dans ses mots (modèle {model}, LoRA de rang {rank}, {epochs} passages au plus).

{checked} Dans ce dossier, avec {trainer} installé :

  {command}

L'adaptateur est alors dans « {output} ». Là où sosie est installé :

  sosie chat --double {output}

Les dialogues ne sont pas scellés : qui a ce dossier peut les lire. Ce que « sosie prepare » a repéré y est
masqué ; des noms peuvent rester.
"""


NEVER_RUN = "Non vérifié : {trainer} n'a pas été lancé ici."
READ = "{trainer} {version} a lu de tels fichiers ; aucun apprentissage n'y a été lancé."


def write_trainer(
    kind: str,
    title: str,
    order: Order,
    folder: Path,
    report: Report,
    files_of: FilesOf,
    command: str,
    read_by: str = "",
) -> Exported:
    """One folder of a trainer's. NothingToDo without dialogues; BadSettings for a base it cannot find.

    `read_by`: its version that read such files and learnt the right tokens of them (docs/emporter.md).
    """
    apply_if_needed(order.workspace)
    learn, held = (with_replies(order, part) for part in ("train", "valid"))
    if not learn:
        raise NothingToDo(
            "Il n'y a pas encore de dialogues ici.", "Faites d'abord : sosie import, puis sosie prepare"
        )
    base = portable_base(order.train.model or DEFAULT_MODEL)
    if base.card is None or not base.card.hub:
        raise BadSettings(
            f"{title} ne trouverait pas « {base.name} », ou sosie n'en connaît pas la forme.",
            "Choisissez un modèle du catalogue : sosie plan les dit ; --model NOM",
        )
    options = order.train.model_copy(update={"model": base.key})
    plan = make_plan(base, hardware("t4"), count_dialogues(learn), options)
    path = folder / f"sosie-{kind}"
    files = files_of(base, plan, learn, held)
    about = TRAINER_README.format(
        trainer=title,
        count=len(learn),
        held=len(held),
        model=base.where,
        rank=plan.settings.rank,
        epochs=f"{plan.settings.epochs:g}",
        command=command,
        output=OUTPUT,
        checked=NEVER_RUN.format(trainer=title)
        if not read_by
        else READ.format(trainer=title, version=read_by),
    )
    with whole_folder(path, lambda there: {*files, README} if (there / README).is_file() else ()) as draft:
        for name, text in {**files, README: about}.items():
            (draft / name).write_text(text, encoding="utf-8", errors="replace")
    text = f"Ce dossier porte {len(learn) + len(held)} dialogues, non scellés : pensez à qui vous a écrit."
    report(Event("warning", text=text))
    written = tuple(path / name for name in files_in(path) if name != IGNORE)
    return Exported(written, (f"Lisez « {README} » ({title} n'est pas lancé ici).", command))


def with_replies(order: Order, part: str) -> list[Dialogue]:
    path = order.workspace.data / f"{part}.jsonl"
    return [dialogue for dialogue in jsonl.read(path) if dialogue.replies] if path.is_file() else []


def chat_format(base: Base) -> dict[str, str]:
    """The model's own format, or that of sosie where the model has none of its own."""
    template = TEMPLATES[base.card.template if base.card else "own"]
    if template.name not in WITHOUT_OWN:
        return {"chat_template": "tokenizer_default"}
    return {"chat_template": "jinja", "chat_template_jinja": jinja_of(template, *SIGNS)}


def flagged(learn: list[Dialogue], held: list[Dialogue]) -> Files:
    """Both parts as OpenAI messages, each with `learnt`."""
    parts = {TRAIN_FILE: learn, VALID_FILE: held} if held else {TRAIN_FILE: learn}
    return {name: lines(with_flags(each.turns) for each in part) for name, part in parts.items()}


def with_flags(turns: Iterable[Turn]) -> dict[str, Any]:
    return {
        "messages": [
            {"role": turn.role, "content": turn.text, "learnt": turn.role == "assistant" and turn.learnt}
            for turn in turns
        ]
    }


def roles_and_texts(turns: Iterable[Turn]) -> dict[str, Any]:
    return {"messages": [{"role": turn.role, "content": turn.text} for turn in turns]}


def lines(records: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def yaml(values: Mapping[str, Any]) -> str:
    """A key a line; JSON's values are YAML's too."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
