"""`sosie export bundle`: a double as one file, for another machine of the same person.

 runs/léa/double/  ->  sosie-léa.zip    LISEZMOI.txt, SHA256SUMS, certificat.json, double/

models/double_zip.py opens it. Only the files that are foreseen leave, and of each what is known, whatever
else lies there. A base that is a folder of this machine is named without its path.
"""

import re
from pathlib import Path

from sosie.core import checked_zip
from sosie.core.double import ADAPTER, Double
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace
from sosie.export.base import Exported, Order
from sosie.export.certificate import certify
from sosie.export.made_exports import exports_of
from sosie.export.public_files import public_double
from sosie.models import double_zip
from sosie.models.card import ModelCard
from sosie.models.catalogue import catalogue
from sosie.models.doubles import need_adapter

ABOUT = """\
Le double « {name} », fait par sosie. C'est une IA : dites-le à qui lui parle.

Ce fichier est un adaptateur : ce qu'un modèle de langue a appris de la façon d'écrire d'une personne. Il ne
contient ni ses conversations, ni le modèle de base lui-même.

  Modèle de base   {base}
  Sa licence       {licence}
  Appris sur       {learnt}

Pour l'ouvrir, là où sosie est installé :

  sosie chat --double "{file}"

Ne le partagez pas : un double peut répéter ce qu'il a lu, et dire des choses privées sur la personne ou sur
ceux qui lui ont écrit. « sosie evaluate » mesure ce qu'il recopie et ce qu'il laisse fuir.
"""


def export_bundle(order: Order, folder: Path, report: Report) -> Exported:
    """One zip of the double that was named, or of the newest."""
    double = need_adapter(order.workspace, order.double, order.base)
    name = name_of(double)
    path = folder / f"sosie-{name}.zip"
    if Path(double.base).is_absolute():
        text = (
            "Le modèle de base est un dossier de cette machine : là où vous ouvrirez ce double, lancez sosie "
            f"à côté d'un dossier « {Path(double.base).name} »."
        )
        report(Event("warning", text=text))
    checked_zip.write(path, contents(order.workspace, double, path.name, name), mode=0o600)
    return Exported(
        (path,),
        (
            "Gardez ce fichier pour vous : un double peut dire des choses privées.",
            f'Copiez-le où sosie est installé, puis : sosie chat --double "{path.name}"',
        ),
    )


def name_of(double: Double) -> str:
    """« runs/léa/double » -> « léa », with nothing that a file's name could not hold."""
    folder = (double.folder or Path()).resolve()
    name = folder.parent.name if folder.name == "double" else folder.name
    return re.sub(r"[^\w.-]+", "-", name).removeprefix("sosie-").strip(".-") or "double"


def contents(workspace: Workspace, double: Double, file: str, name: str) -> dict[str, bytes | Path]:
    """Every member of the zip, the certificate of the others among them."""
    folder = double.folder or Path()
    double_zip.check_config(folder / double_zip.CONFIG, folder.name)
    double_zip.check_numbers(folder / ADAPTER, folder.name)
    told, files = public_double(double)
    members = {f"double/{each}": content for each, content in files.items()}
    members[double_zip.README] = about(told, file, name).encode()
    exports = exports_of(workspace, told.adapter_sha256)
    return {**members, double_zip.CERTIFICATE: certify(workspace, told, name, members, exports)}


def about(double: Double, file: str, name: str) -> str:
    """The page that goes with it."""
    card = catalogue().get(double.base)
    counts = double.data
    learnt = f"{counts['replies']} réponses" if "replies" in counts else "un nombre de réponses non dit"
    return ABOUT.format(name=name, file=file, base=title(double, card), licence=licence(card), learnt=learnt)


def title(double: Double, card: ModelCard | None) -> str:
    if card is None:
        return double.base
    where = f", https://huggingface.co/{card.hub}" if card.hub else " (il est dans sosie)"
    return f"{card.title}{where}"


def licence(card: ModelCard | None) -> str:
    return card.licence if card and card.licence else "celle que ses auteurs en disent"
