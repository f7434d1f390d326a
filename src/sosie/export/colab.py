"""`sosie export colab`: a training kit and notebooks for a machine with a GPU.

 data/*.jsonl + settings  ->  valise.zip   sosie_colab.ipynb   sosie_kaggle.ipynb   entrainer.sh

The person carries the files; nothing is sent from here. What would leave, and to whom, is shown before
anything is written.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.drafts import data_alone
from sosie.core.errors import BadSettings
from sosie.core.french_text import size
from sosie.core.progress import Event, Report
from sosie.core.settings import Evaluate, Train
from sosie.export import notebook, training_kit
from sosie.export.base import Exported, Order
from sosie.models import catalogue
from sosie.models.catalogue import Base
from sosie.models.hardware import hardware
from sosie.prepare.review.apply import apply_if_needed
from sosie.train.plan import Plan, count_dialogues
from sosie.train.planner import make_plan

DEFAULT_MODEL = "vigostral"
LONG_SECONDS = 5400  # a free session that nobody looks at is often cut after an hour and a half
KEPT_SHARE = 0.3  # of the weights' files, that their copy in 4 bits takes in the cache
LOADED_SHARE, SPARE_MEMORY = 0.3, 4.0  # GB: tensors are read one at a time (benchmarks/bin_loading.py)
SPARE_DISK = 4.0  # GB: libraries, the valise, the checkpoints
STEPS = (
    "Ouvrez https://colab.research.google.com, puis Fichier > Importer le notebook : « sosie_colab.ipynb ».",
    "Exécution > Modifier le type d'exécution > T4 GPU, puis Exécution > Tout exécuter.",
    "Quand le carnet la demande, donnez-lui « valise.zip ».",
    "À la fin, il vous rend un zip. Ici, où sosie est installé : sosie chat --double FICHIER.zip",
)


@dataclass(frozen=True, slots=True)
class Kit:
    """What the training kit and the notebooks must agree on."""

    base: Base
    train: Train
    evaluate: Evaluate
    name: str  # of the run, there: another for other dialogues or settings
    dialogues: tuple[Dialogue, ...]  # to learn
    plan: Plan | None  # on a free Colab's card; None where the model's shape is not known here
    encrypted: bool


def export_colab(order: Order, folder: Path, report: Report) -> Exported:
    """Write the training kit, the notebooks and the script in `folder`."""
    named = ("valise.zip", "sosie_colab.ipynb", "sosie_kaggle.ipynb", "entrainer.sh")
    packed, colab, kaggle, script = (folder / name for name in named)
    with data_alone(order.workspace, report):
        kit = make_kit(order)
        warn(kit, report)
        checksum = training_kit.pack_kit(packed, order.workspace, kit.train, kit.evaluate, order.passphrase)
    values = fillings(kit, checksum)
    notebook.write_notebook(colab, "colab", values)
    notebook.write_notebook(kaggle, "kaggle", values)
    notebook.write_script(script, values)
    return Exported((packed, colab, kaggle, script), STEPS)


def make_kit(order: Order) -> Kit:
    """NothingToDo where there are no dialogues yet, BadSettings where the model cannot be found elsewhere."""
    apply_if_needed(order.workspace)
    files = training_kit.dialogues(order.workspace)
    base = portable_base(order.train.model or DEFAULT_MODEL)
    train = order.train.model_copy(update={"model": base.key})
    dialogues = tuple(jsonl.read(order.workspace.data / "train.jsonl"))
    return Kit(
        base=base,
        train=train,
        evaluate=order.evaluate,
        name=run_name(files, training_kit.recipe(train, order.evaluate)),
        dialogues=dialogues,
        plan=make_plan(base, hardware("t4"), count_dialogues(dialogues), train) if base.card else None,
        encrypted=bool(order.passphrase),
    )


def portable_base(model: str) -> Base:
    """A model that another machine finds by the same name: the catalogue's, or the hub's."""
    base = catalogue.find(model)
    if Path(base.key).is_absolute():
        raise BadSettings(
            f"« {base.name} » est un dossier de cette machine : l'autre ne le trouverait pas.",
            "Choisissez un modèle du catalogue ou du hub : sosie export colab --model vigostral",
        )
    return base


def run_name(files: Mapping[str, bytes], recipe: str) -> str:
    """« colab-1f0c9e2b »: an unfinished run goes on only with the very same dialogues and settings."""
    hasher = hashlib.sha256(recipe.encode())
    for content in files.values():
        hasher.update(content)
    return f"colab-{hasher.hexdigest()[:8]}"


def warn(kit: Kit, report: Report) -> None:
    """Before anything is written: what would leave this machine, for whom, and what is not hidden in it."""
    encryption = (
        "scellée par votre phrase secrète : elle ne s'ouvre que sur la machine où vous la tapez"
        if kit.encrypted
        else "non scellée : qui a le fichier peut lire les dialogues (--seal pour une phrase secrète)"
    )
    text = (
        f"Ce que vous emporterez : valise.zip, avec {len(kit.dialogues)} dialogues à apprendre, ceux qui "
        "servent à mesurer et vos réglages. Les numéros, adresses et noms repérés y sont masqués ; des noms "
        "peuvent y rester. Vous les confierez à Google (Colab, Drive, Kaggle), ou à qui vous loue une "
        f"machine : pensez à ceux qui vous ont écrit. La valise est {encryption}. sosie n'envoie rien "
        "lui-même."
    )
    report(Event("warning", text=text))
    if kit.plan and not kit.plan.fits:
        report(Event("warning", text=f"Sur la T4 d'un Colab gratuit : {kit.plan.reasons[0]}"))
    if kit.plan and not kit.plan.enough_data:
        report(Event("warning", text=kit.plan.reasons[1]))


def fillings(kit: Kit, checksum: str) -> dict[str, str]:
    """The values that fill in the §NAME§ of the notebooks' cells."""
    embedded = kit.base.key == "mini"
    needed = ["train", *(["qlora"] * (not embedded)), *(["seal"] * kit.encrypted)]
    weights = kit.base.card.bytes / 1e9 if kit.base.card else 0
    return {
        "EMPREINTE": checksum,
        "NOM": kit.name,
        "EXTRAS": ",".join(needed),
        "SCELLEE": str(kit.encrypted),
        "BESOIN": str(not embedded),
        "MODELE": "le modèle mini est déjà dans sosie" if embedded else origin(kit.base),
        "DUREE": duration(kit.plan),
        "DISQUE": f"{SPARE_DISK + (1 + KEPT_SHARE) * weights:.1f}",
        "MEMOIRE": f"{SPARE_MEMORY + LOADED_SHARE * weights:.1f}",
        "GARDER": to_be_kept(kit.plan),
        "SCEAU": " Elle est scellée par votre phrase secrète, qui vous sera demandée."
        if kit.encrypted
        else "",
    }


def origin(base: Base) -> str:
    """« le modèle « Vigostral 7B Chat » (14,5 Go) vient du hub de Hugging Face »"""
    card = base.card
    weight = f" ({size(card.bytes)})" if card and card.bytes else ""
    name = card.title if card and card.title else base.name
    return f"le modèle « {name} »{weight} vient du hub de Hugging Face"


def to_be_kept(plan: Plan | None) -> str:
    """Advice where the run is longer than a free session may well last."""
    if plan is None or plan.train_seconds < LONG_SECONDS:
        return ""
    hours = round(plan.train_seconds / 3600)
    return f"\n\n**Cochez-la ici** : environ {hours} h d'apprentissage, et Colab coupe souvent plus tôt."


def duration(plan: Plan | None) -> str:
    if plan is None:
        return ""
    if not plan.fits:
        return f"**Sur une T4 : {plan.reasons[0]}** Prenez une carte plus grande."
    minutes = max(1, round(plan.train_seconds / 60))
    return (
        f"L'apprentissage devrait prendre environ {minutes} min sur une T4 (calculé, jamais mesuré), sans "
        "compter l'installation, le téléchargement du modèle et la mesure."
    )
