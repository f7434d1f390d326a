"""`sosie export vllm`: the adapter alone, and the commands that put it on its base in a server.

 sortie/sosie-léa-vllm/   adaptateur/ (PEFT's two files, the tokenizer), chat_template.jinja, LISEZMOI.txt,
                          certificat.json

A base that is a folder of this machine is named in LISEZMOI.txt without its path, which the terminal shows.
"""

import shlex
from pathlib import Path

from sosie.core.progress import Event, Report
from sosie.core.workspace import IGNORE
from sosie.export.base import Exported, Order
from sosie.export.certificate import names_in
from sosie.export.merged import add_certificate
from sosie.export.opened_double import OpenedDouble, open_double
from sosie.export.public_files import public_double
from sosie.export.whole_folder import files_in, whole_folder
from sosie.models.double_zip import README
from sosie.models.gguf.chat_template import jinja_of

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # that vLLM takes
ADAPTER_FOLDER, CHAT_TEMPLATE = "adaptateur", "chat_template.jinja"
SERVER_README = """\
Le double « {name} » pour vLLM : son adaptateur, à poser sur son modèle de base.

Dans ce dossier, avec vLLM installé :

  {vllm}

Plusieurs doubles de la même base : un « NOM=DOSSIER » de plus après --lora-modules pour chacun.

Avec llama.cpp, le modèle de base en GGUF et l'adaptateur que « sosie export gguf » écrit :

  {llama}

--lora-init-without-apply le charge sans le poser : la force se règle ensuite, par POST /lora-adapters.
{beside}
C'est une IA : dites-le à qui lui parle. Ce que vous gardez de ses textes se marque « origin: double ».
Gardez ce dossier pour vous : un double peut dire des choses privées.
"""
BESIDE = "\nLe modèle de base est un dossier : mettez-le ici, sous le nom « {base} ».\n"


def export_vllm(order: Order, folder: Path, report: Report) -> Exported:
    """One folder; the base stays where it is."""
    opened = open_double(order, report)
    local = Path(opened.base.where).is_absolute()
    base = Path(opened.base.where).name if local else opened.base.where
    if local:
        text = f"Le modèle de base est un dossier de cette machine, « {base} » : emportez-le aussi."
        report(Event("warning", text=text))
    path = folder / f"sosie-{opened.name}-vllm"
    with whole_folder(path, names_in) as draft:
        double, files = public_double(opened.double)
        (draft / ADAPTER_FOLDER).mkdir(mode=0o700)
        for name, content in files.items():
            copied = content if isinstance(content, bytes) else content.read_bytes()
            (draft / ADAPTER_FOLDER / name).write_bytes(copied)
        (draft / CHAT_TEMPLATE).write_text(chat_template(opened), encoding="utf-8")
        command = vllm_command(opened, base if not local else f"./{base}")
        about = SERVER_README.format(
            name=opened.name,
            vllm=command,
            llama=llama_command(opened.name, base),
            beside=BESIDE.format(base=base) if local else "",
        )
        (draft / README).write_text(about, encoding="utf-8")
        add_certificate(order.workspace, double, opened.name, draft)
    here = vllm_command(opened, opened.base.where)
    return Exported(
        tuple(path / name for name in files_in(path) if name != IGNORE),
        (
            "Gardez ce dossier pour vous : un double peut dire des choses privées.",
            f"cd {shlex.quote(str(path))} && {here}",
        ),
    )


def chat_template(opened: OpenedDouble) -> str:
    """The double's chat format in Jinja, where its base has another or none."""
    tokenizer, template = opened.tokenizer, opened.template
    if template.user is None:
        return str(tokenizer.chat_template)
    return jinja_of(template, str(tokenizer.bos_token or ""), str(tokenizer.eos_token or ""))


def vllm_command(opened: OpenedDouble, base: str) -> str:
    """The server with the double beside its base, each asked by its name."""
    rank = next((most for most in RANKS if most >= opened.lora.rank), opened.lora.rank)
    pinned = bool(opened.double.revision) and not base.startswith(("/", "./"))
    words = [
        *("vllm", "serve", base),
        *(("--revision", opened.double.revision) if pinned else ()),
        *("--enable-lora", "--max-lora-rank", str(rank)),
        *("--lora-modules", f"{opened.name}={ADAPTER_FOLDER}"),
        *("--chat-template", CHAT_TEMPLATE),
    ]
    return shlex.join(words)


def llama_command(name: str, base: str) -> str:
    words = ["llama-server", "-m", f"{Path(base).name}.gguf", "--lora", f"sosie-{name}-adaptateur.gguf"]
    return shlex.join([*words, "--lora-init-without-apply"])
