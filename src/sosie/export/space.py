"""`sosie export space`: a folder for a Gradio Space, in which a double can be talked to under a password.

 sortie/sosie-léa-space/   README.md (the Space's front matter)  app.py  requirements.txt  double/  [base/]
                           certificat.json

Nothing is sent: the person puts the folder where they want. A real person's double is not for everybody: it
is written only if they insist, whatever was measured, and the page does not open without its two secrets.
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import copyfile

from sosie.core.errors import BadSettings
from sosie.core.progress import Report
from sosie.core.workspace import IGNORE
from sosie.export.base import Exported, Order
from sosie.export.certificate import names_in
from sosie.export.merged import add_certificate, generation_settings, write_object
from sosie.export.opened_double import open_double
from sosie.export.public_files import public_double
from sosie.export.publishing import KNOWINGLY, check_base, obstacles
from sosie.export.vllm import chat_template
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models.catalogue import MINI

APP, SPACE_PAGE, NEEDS = "app.py", "README.md", "requirements.txt"
SPACE_LIBRARIES = ("torch", "transformers", "peft", "safetensors", "gradio")
FRONT = """\
---
title: {name}
sdk: gradio
sdk_version: {gradio}
app_file: {app}
pinned: false
---

# Le double de {name}, une IA

Un modèle de langue qui écrit à la manière d'une personne réelle. Ce qu'il dit, elle ne l'a pas dit.

1. Faites un Space **privé**, et mettez-y ce dossier.
2. Dans Settings, « Variables and secrets », donnez deux secrets : `SOSIE_NOM` et `SOSIE_MOT_DE_PASSE`. Sans
   eux, la page ne s'ouvre pas.
3. Qui a ces deux mots peut parler au double, et Hugging Face a le dossier entier.

`certificat.json` dit ce qui a été mesuré. Essayé sur la machine qui l'a écrit, jamais dans un Space.
"""
INSISTING = (
    "Un Space met le double d'une personne réelle là où d'autres peuvent venir.",
    f"Si c'est bien ce que vous voulez : {KNOWINGLY}",
)


def export_space(order: Order, folder: Path, report: Report) -> Exported:
    """One folder. BadSettings, with what was found against it, unless the person insists."""
    opened = open_double(order, report)
    embedded = opened.base.where == str(MINI)
    if not embedded:
        check_base(opened.double)
    if not order.knowingly:
        raise BadSettings(" ".join((INSISTING[0], *obstacles(order.workspace, opened.double))), INSISTING[1])
    path = folder / f"sosie-{opened.name}-space"
    with whole_folder(path, names_in) as draft:
        double, files = public_double(opened.double)
        (draft / "double").mkdir(mode=0o700)
        for name, content in files.items():
            copied = content if isinstance(content, bytes) else content.read_bytes()
            (draft / "double" / name).write_bytes(copied)
        if not (draft / "double" / "tokenizer.json").is_file():
            opened.tokenizer.save_pretrained(draft / "double")
        (draft / "double" / "chat_template.jinja").write_text(chat_template(opened), encoding="utf-8")
        write_object(draft / "double" / "generation_config.json", generation_settings(opened))
        if embedded:
            (draft / "base").mkdir(mode=0o700)
            for name in ("config.json", "model.safetensors"):
                copyfile(MINI / name, draft / "base" / name)
        values = {
            "§BASE§": "base" if embedded else opened.base.where,
            "§REVISION§": opened.double.revision,
            "§NOM§": opened.name,
            "§CONSIGNE§": opened.double.portrait,
        }
        text = (Path(__file__).parent / "space_app.txt").read_text(encoding="utf-8")
        for sign, value in values.items():
            text = text.replace(sign, repr(value))
        (draft / APP).write_text(text, encoding="utf-8")
        needed = {library: installed(library) for library in SPACE_LIBRARIES}
        (draft / NEEDS).write_text(
            "".join(f"{name}{f'=={number}' if number else ''}\n" for name, number in needed.items()),
            encoding="utf-8",
        )
        front = FRONT.format(name=opened.name, gradio=needed["gradio"] or "6.31.0", app=APP)
        (draft / SPACE_PAGE).write_text(front, encoding="utf-8")
        add_certificate(order.workspace, double, opened.name, draft)
    return Exported(
        tuple(path / name for name in files_in(path) if name != IGNORE),
        (f"Lisez « {SPACE_PAGE} ». Rien n'a été envoyé.",),
    )


def installed(library: str) -> str:
    """The version it was tried with, less what says for which machine; empty where unknown."""
    try:
        return version(library).split("+")[0]
    except PackageNotFoundError:
        return ""
