"""nanochat.json of a run: what it is made from, so that it can be taken up again with the very same."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadData, BadSettings, NothingToDo
from sosie.core.given import object_in
from sosie.core.settings import Nanochat
from sosie.core.workspace import IGNORE, write_json
from sosie.train import run_folder

RECORD = "nanochat.json"
AGAIN = "Recommencez sans --resume."


@dataclass(frozen=True, slots=True)
class Record:
    """`base`: the folder of a base of nanochat's own, empty for none."""

    settings: Nanochat
    data_sha256: str
    base: str = ""
    correspondents: Sequence[str] | None = None

    def write(self, folder: Path) -> None:
        told = {**asdict(self), "settings": self.settings.model_dump(mode="json")}
        write_json(folder / RECORD, {"format": 1, **told})

    @classmethod
    def read(cls, folder: Path) -> "Record":
        """BadData where it is damaged."""
        try:
            told: dict[str, Any] = object_in(folder / RECORD)
            told.pop("format")
            return cls(**{**told, "settings": Nanochat(**told["settings"])})
        except (OSError, ValueError, KeyError, TypeError):
            raise BadData(f"Le « {RECORD} » de « {folder.name} » est abîmé.", AGAIN) from None


def begin(folder: Path, base: Path | None, options: Nanochat, data: str, told: Sequence[Dialogue]) -> Record:
    """A new run. BadSettings where the folder holds one already."""
    if {path.name for path in folder.iterdir()} - {IGNORE}:
        raise BadSettings(
            f"L'entraînement « {folder.name} » existe déjà ; il n'est pas écrasé.",
            f"Donnez un autre nom (--name NOM), ou reprenez-le s'il n'est pas fini : --resume {folder.name}",
        )
    where = str(base.resolve()) if base else ""
    record = Record(options, data, where, run_folder.correspondents(told))
    record.write(folder)
    return record


def find_unfinished(runs: Path, name: str) -> Path:
    """The unfinished run of this name; the newest for "". NothingToDo where there is none."""
    folders = [runs / name] if name else [*runs.glob("*")]
    begun = [folder for folder in folders if (folder / RECORD).is_file()]
    unfinished = [folder for folder in begun if not (folder / run_folder.DOUBLE).exists()]
    if not unfinished:
        raise NothingToDo("Il n'y a pas de nanochat à reprendre.", "Commencez-en un : sosie nanochat train")
    return max(unfinished, key=lambda folder: (folder / RECORD).stat().st_mtime)


def take_up(folder: Path, data: str) -> Record:
    """The record of a run that is resumed. BadData where its dialogues are no longer the same."""
    record = Record.read(folder)
    if record.data_sha256 != data:
        raise BadData("Les dialogues ne sont plus ceux de cet entraînement.", AGAIN)
    return record
