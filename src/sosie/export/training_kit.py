"""The training kit (« valise.zip » for the user): all that training needs elsewhere, and nothing more.

 LISEZMOI.txt  contraintes.txt  sosie-0.1.0-py3-none-any.whl  SHA256SUMS
 data/{train,valid,test}.jsonl  sosie.toml                        or scelle.bin, which holds them

The dialogues are those that `sosie prepare` wrote, less the hour and the ids of messages: private strings
and names are masked, as far as they were found. Never in it: private/ (pseudonyms, originals, strings),
exports/, chats, doubles, answers.
"""

import json
import re
from io import BytesIO
from pathlib import Path

from pydantic import BaseModel

from sosie.core import checked_zip, jsonl, settings, settings_file
from sosie.core.dialogue import Dialogue, Origin
from sosie.core.errors import BadData, BadSettings, NothingToDo
from sosie.core.workspace import Workspace, closed_folder, draft_of, full_disk_told, whole
from sosie.export.encryption import decrypt, encrypt
from sosie.export.own_wheel import make_wheel

README, CONSTRAINTS, ENCRYPTED = "LISEZMOI.txt", "contraintes.txt", "scelle.bin"
DATA_PARTS = ("train", "valid", "test")
RECIPE = "sosie.toml"
MB = 1 << 20
INSIDE: checked_zip.Limits = {
    **{rf"data/{part}\.jsonl": 512 * MB for part in DATA_PARTS},
    re.escape(RECIPE): MB,
}
OUTSIDE: checked_zip.Limits = {
    re.escape(README): MB,
    re.escape(CONSTRAINTS): MB,
    r"sosie-[\w.]+-py3-none-any\.whl": 256 * MB,
    re.escape(ENCRYPTED): 1024 * MB,
}
ABOUT = """\
Cette valise a été faite par « sosie export colab ». Elle porte ce qu'il faut pour apprendre un double sur une
autre machine : {content}, la recette, et sosie lui-même.

{sealed}

Les numéros, adresses, noms et autres données repérées par « sosie prepare » y sont masqués ; des noms peuvent
y rester. Effacez-la là où vous l'avez déposée quand le double est fait.
"""
NOT_ENCRYPTED = "Elle n'est pas scellée : qui a ce fichier peut lire les dialogues."
IS_ENCRYPTED = "Les dialogues y sont scellés par une phrase secrète : sans elle, personne ne peut les lire."


def pack_kit(
    path: Path, workspace: Workspace, train: settings.Train, evaluate: settings.Evaluate, phrase: str
) -> str:
    """Write the kit; gives the sha256 of its SHA256SUMS. NothingToDo if there are no dialogues yet."""
    inside: dict[str, bytes | Path] = {**dialogues(workspace), RECIPE: recipe(train, evaluate).encode()}
    content = f"{sum(1 for _ in jsonl.read(workspace.data / 'train.jsonl'))} dialogues à apprendre"
    about = ABOUT.format(content=content, sealed=IS_ENCRYPTED if phrase else NOT_ENCRYPTED)
    name, wheel = make_wheel()
    constraints = (Path(__file__).parent / "constraints.txt").read_bytes()
    outside: dict[str, bytes | Path] = {README: about.encode(), CONSTRAINTS: constraints, name: wheel}
    return checked_zip.write(
        path, outside | (encrypted_files(inside, phrase) if phrase else inside), mode=0o600
    )


def dialogues(workspace: Workspace) -> dict[str, bytes]:
    """data/{train,valid,test}.jsonl, those that are there; no other file of data/ ever leaves."""
    if not (workspace.data / "train.jsonl").is_file():
        raise NothingToDo(
            "Il n'y a pas encore de dialogues ici.", "Faites d'abord : sosie import, puis sosie prepare"
        )
    paths = {f"data/{part}.jsonl": workspace.data / f"{part}.jsonl" for part in DATA_PARTS}
    found = {name: path for name, path in paths.items() if path.is_file()}
    return {name: b"".join(map(exported_line, jsonl.read(path))) for name, path in found.items()}


def exported_line(dialogue: Dialogue) -> bytes:
    """A dialogue's line, with the day and not the hour, and without the messages behind each reply."""
    record = jsonl.to_record(dialogue)
    origin = record["sosie"]
    del origin["replies"]
    for name in ("first", "last"):
        origin[name] = origin[name] and origin[name][:10]
    if dialogue.origin == Origin():  # made by another tool
        del record["sosie"]
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def recipe(train: settings.Train, evaluate: settings.Evaluate) -> str:
    """sosie.toml with the two tables that count there, every setting written out."""
    return f"{table('train', train)}\n{table('evaluate', evaluate)}"


def table(name: str, values: BaseModel) -> str:
    """« [train] », then a line each: JSON's words, numbers, true and false are TOML's too."""
    items = values.model_dump(mode="json", exclude_none=True).items()
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in items]
    return f"[{name}]\n{''.join(lines)}"


def encrypted_files(inside: dict[str, bytes | Path], phrase: str) -> dict[str, bytes]:
    """The files as one encrypted zip, made in memory: the dialogues are in clear only in data/."""
    zipped = BytesIO()
    checked_zip.pack(zipped, inside)
    return {ENCRYPTED: encrypt(zipped.getvalue(), phrase)}


def is_encrypted(path: Path) -> bool:
    """Whether a kit (zip or folder) needs a passphrase."""
    with checked_zip.members(path) as found:
        return ENCRYPTED in found


def unpack_kit(path: Path, workspace: Workspace, phrase: str = "") -> int:
    """Unpack the dialogues and the recipe of a kit in an empty folder; gives how many are to be learnt.

    All is checked before anything is put in place, in a draft in that folder: dialogues are in clear nowhere
    else. A folder that already holds other dialogues is left alone.
    """
    if not path.exists():
        raise BadData(f"Il n'y a pas de valise « {path.name} ».", "Donnez le chemin de « valise.zip ».")
    with full_disk_told(), draft_of(workspace.folder / "valise") as draft:
        outside, inside = draft / "dehors", draft / "dedans"
        checked_zip.unpack(path, {**OUTSIDE, **INSIDE}, outside)
        if (outside / ENCRYPTED).is_file():
            checked_zip.unpack(path, INSIDE, inside, decrypted(outside / ENCRYPTED, phrase))
        else:
            inside = outside
        learn = check_kit(inside, path.name)
        place_files(inside, workspace)
    return learn


def decrypted(path: Path, phrase: str) -> bytes:
    """The decrypted zip."""
    if not phrase:
        raise BadSettings("Cette valise est scellée.", "Donnez sa phrase secrète : --passphrase-file FICHIER")
    return decrypt(path.read_bytes(), phrase)


def check_kit(inside: Path, archive: str) -> int:
    """Check the settings and the dialogues; how many are to be learnt. BadData if unusable."""
    for name in (RECIPE, "data/train.jsonl"):
        if not (inside / name).is_file():
            raise BadData(f"Il n'y a pas de « {name} » dans « {archive} ».", checked_zip.MEND)
    settings_file.load(inside / RECIPE, "train", settings.Train)
    settings_file.load(inside / RECIPE, "evaluate", settings.Evaluate)
    counts = {path.stem: sum(1 for _ in jsonl.read(path)) for path in (inside / "data").iterdir()}
    if not counts["train"]:
        raise BadData(f"« {archive} » n'a aucun dialogue utilisable.", checked_zip.MEND)
    return counts["train"]


def place_files(inside: Path, workspace: Workspace) -> None:
    """Put each file in its place; BadSettings if another one is there."""
    wanted = {name: inside / name for name in (RECIPE, *(f"data/{part}.jsonl" for part in DATA_PARTS))}
    wanted = {name: path for name, path in wanted.items() if path.is_file()}
    for name, path in wanted.items():
        target = workspace.folder / name
        if target.is_file() and target.read_bytes() != path.read_bytes():
            raise BadSettings(
                f"Ce dossier a déjà un autre « {name} » : rien n'y a été changé.",
                "Choisissez un dossier vide : --folder DOSSIER",
            )
    for name, path in wanted.items():
        target = workspace.folder / name
        if target.parent != workspace.folder:
            closed_folder(target.parent)
        with whole(target) as draft:
            draft.write_bytes(path.read_bytes())
