"""`sosie export hub`: the adapter with an honest card, in a private repository of the person's own account.

 sortie/sosie-léa-hub/   adapter_model.safetensors, adapter_config.json, double.json, the tokenizer,
                         README.md (the card), certificat.json

The folder is written first. Then what would leave is told, file by file, with where and under which name, and
the person asked: bytes of the files leave before the commit, so nothing at all is called before the answer.
`--dry-run` stops there.
"""

import json
import re
import unicodedata
from pathlib import Path

from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.french_text import size
from sosie.core.progress import Event, Report
from sosie.core.workspace import IGNORE
from sosie.export.base import Exported, Order
from sosie.export.bundle import name_of
from sosie.export.certificate import certify, names_in
from sosie.export.hub_push import push, token_here
from sosie.export.merged import add_certificate
from sosie.export.model_card import model_card
from sosie.export.public_files import public_double
from sosie.export.publishing import check_publishable, learnt_data
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models import double_zip
from sosie.models.doubles import need_double

CARD_FILE = "README.md"
LONGEST_REPOSITORY = 96
REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_.](?![-.]))*(?<![-_.])")  # what the hub takes
WHAT_LEAVES = """\
Partiraient vers huggingface.co, dans un dépôt privé de votre compte, « {repository} » :
{files}
La fiche ({card}) et le portrait de votre façon d'écrire (double.json) seront lisibles par Hugging Face et par
qui verra ce dépôt. L'adaptateur peut redire ce qu'il a lu. Aucun dialogue ne part."""
SEND_NOW = "Envoyer maintenant, en privé ?"


def export_hub(order: Order, folder: Path, report: Report) -> Exported:
    """A folder, and its push if the person agrees. BadSettings, and nothing sent, where a gate is red."""
    double = need_double(order.workspace, order.double, order.base)
    name = name_of(double)
    repository = repository_name(order.repository or f"sosie-{name}", chosen=bool(order.repository))
    check_publishable(order, double)
    double_zip.check_config((double.folder or Path()) / double_zip.CONFIG, name)
    path = folder / f"sosie-{name}-hub"
    with whole_folder(path, names_in) as draft:
        told, files = public_double(double)
        for each, content in files.items():
            (draft / each).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        record = json.loads(certify(order.workspace, told, name, {}))
        learnt = learnt_data(order.workspace, double)
        (draft / CARD_FILE).write_text(
            model_card(record, learnt, told, f"Le double « {name} »"), encoding="utf-8"
        )
        add_certificate(order.workspace, told, name, draft)
    paths = tuple(path / each for each in files_in(path) if each != IGNORE)
    listed = "\n".join(f"  {each.name} · {size(each.stat().st_size)}" for each in paths)
    report(Event("warning", text=WHAT_LEAVES.format(repository=repository, files=listed, card=CARD_FILE)))
    if order.dry_run:
        return Exported(
            paths, (f"Relisez « {CARD_FILE} ». Rien n'a été envoyé ; pour le faire : sans --dry-run.",)
        )
    token = token_here()
    if not order.agree(SEND_NOW):
        raise NothingToDo(
            f"Rien n'a été envoyé ; le dossier est dans « {path.name} ».",
            "Pour envoyer sans question : --yes",
        )
    address, changed = push(paths, repository, token, report)
    done = f"C'est envoyé, en privé : {address}" if changed else f"Rien n'avait changé : {address}"
    there = address.split("/", 3)[-1]
    opened = f"hf download {there} --local-dir {repository} && sosie chat --double {repository}"
    return Exported(paths, (done, f"Pour le rouvrir ailleurs : {opened}"))


def repository_name(asked: str, chosen: bool) -> str:
    """The name as the hub takes it. BadSettings for one that the person chose and it does not take."""
    plain = unicodedata.normalize("NFKD", asked).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-_")[:LONGEST_REPOSITORY].strip("-_") or "double"
    if not chosen or (len(asked) <= LONGEST_REPOSITORY and taken(asked)):
        return asked if chosen else slug
    raise BadSettings(
        f"« {asked[:LONGEST_REPOSITORY]} » n'est pas un nom de dépôt : lettres sans accent, chiffres, "
        "« - », « _ » et « . », sans votre nom de compte.",
        f"Par exemple : --name {slug}",
    )


def taken(name: str) -> bool:
    return bool(REPOSITORY.fullmatch(name)) and not name.endswith(".git")
