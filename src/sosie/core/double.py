"""The manifest that travels with an adapter, so that chat, export and evaluation need one argument.

runs/NAME/double/
├─ double.json                  this manifest
├─ adapter_model.safetensors    PEFT's own format
├─ adapter_config.json
├─ words.txt                    the person's own words (train/own_words.py), where the base has a lexicon
└─ tokenizer files
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sosie.core.circles import choose_circle, instruction
from sosie.core.errors import BadData
from sosie.core.given import object_in
from sosie.core.progress import last_at
from sosie.core.sampling import TALKING, Sampling

_FORMAT = 1
MANIFEST = "double.json"
ADAPTER = "adapter_model.safetensors"
LARGEST = 1 << 20  # bytes of a manifest
LONGEST_NAME = 500
REVISION = re.compile(r"(?:\w[\w.-]{0,99})?")  # it is a part of a path


@dataclass(frozen=True, slots=True)
class Double:
    """A person's adapter and how it was made.

    `folder` is where the manifest was read from; it is not part of the manifest itself.
    """

    base: str  # catalogue name, folder or hub id
    template: str  # a name that models/template knows
    revision: str = ""  # commit of the base where the hub gives one
    portrait: str = field(default="", repr=False)  # the system text, empty for none
    circles: tuple[str, ...] = ()  # that it was told in training, the commonest first: the portrait's
    sampling: Sampling = field(default_factory=Sampling)  # to be measured: as learnt
    talking: Sampling = TALKING  # to be read: chat, page, game
    data: Mapping[str, Any] = field(default_factory=dict)  # counts only
    versions: Mapping[str, str] = field(default_factory=dict)
    adapter_sha256: str = ""
    bits: Literal[4, 8] | None = None  # of the base it was learnt on; None for 16 or 32
    created: str = field(default="", compare=False)  # ISO 8601, UTC; empty in those of older versions
    folder: Path | None = field(default=None, compare=False)

    @property
    def talking_through_llama(self) -> Sampling:
        """The same in llama.cpp: one temperature and no lexicon there, and its penalty would fall on earlier
        turns' tics."""
        return replace(self.talking, repetition_penalty=1.0, real_words=False, opening_scale=1.0)

    def in_circle(self, named: str | None) -> "Double":
        """The same, that writes as to this circle unless told otherwise; None: as to the commonest."""
        if named is None:
            return self
        return replace(self, portrait=instruction(choose_circle(named, self.circles)))

    def manifest(self) -> str:
        """The text of double.json."""
        record = asdict(self)
        del record["folder"]
        return json.dumps({"format": _FORMAT, **record}, ensure_ascii=False, indent=1) + "\n"

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(self.manifest(), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Double":
        path = folder / MANIFEST
        mend = "Donnez un dossier « double » fait par « sosie train »."
        if not path.is_file():
            raise BadData(f"Il n'y a pas de double dans « {folder.name} ».", mend)
        try:
            record = object_in(path, LARGEST)
            if record.get("format") != _FORMAT:
                raise BadData(f"« {path.name} » est d'une version inconnue de sosie.", "Mettez sosie à jour.")
            known = {f.name for f in fields(cls)} - {"folder", "sampling", "talking", "circles"}
            double = cls(
                **{name: value for name, value in record.items() if name in known},
                circles=_circles(record.get("circles", [])),
                sampling=_sampling(record.get("sampling", {})),
                talking=_sampling(record["talking"]) if "talking" in record else TALKING,
                folder=folder,
            )
            if not double.well_typed:
                raise ValueError("kinds")
        except (ValueError, TypeError, AttributeError):
            raise BadData(f"« {path.name} » est abîmé.", mend) from None
        return double

    @property
    def well_typed(self) -> bool:
        """Whether the values are of the kinds that they should be: JSON holds whatever it is given."""
        texts = self.base, self.template, self.revision, self.portrait, self.adapter_sha256, self.created
        return (
            all(isinstance(text, str) for text in texts)
            and self.base.isprintable()
            and len(self.base) <= LONGEST_NAME
            and bool(REVISION.fullmatch(self.revision))
            and self.bits in (None, 4, 8)
            and isinstance(self.data, dict)
            and isinstance(self.versions, dict)
        )


def _circles(record: Any) -> tuple[str, ...]:
    """Lines that a terminal may show. ValueError for anything else."""
    if not isinstance(record, list) or not all(
        isinstance(name, str) and name.isprintable() for name in record
    ):
        raise ValueError("circles")
    return tuple(record)


def _sampling(record: Mapping[str, Any]) -> Sampling:
    """ValidationError, a ValueError, for what is out of bounds."""
    return Sampling(**{**record, "stop": tuple(record.get("stop", ()))})


def made_at(folder: Path) -> float:
    """When a double was made, in seconds since 1970: by its manifest, else by its run's last event, else by
    its run's name (YYYYMMDD-HHMMSS), and only then by the time of the file, which any copy changes."""
    try:
        return datetime.fromisoformat(object_in(folder / MANIFEST)["created"]).timestamp()
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        pass
    if (at := last_at(folder.parent / "events.jsonl")) is not None:
        return at
    try:
        return datetime.strptime(folder.parent.name[:15], "%Y%m%d-%H%M%S").timestamp()
    except ValueError:
        return (folder / MANIFEST).stat().st_mtime
