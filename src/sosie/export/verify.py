"""`sosie verify`: whether an export is still what sosie wrote, without a network and without loading it.

 a bundle (zip)          opened, packed again and compared, then its certificate
 merged, Ollama, vLLM    every file of the folder is in its certificate, with that sum, and no other is there
 a .gguf                 the certificate beside it names it, with that sum
 a certificate           its own sum, its signature, and those of its files that lie beside it

Where a bundle lies beside other exports of its double, those that it names are the ones that are there.
The signature is checked where the secret of the project that made it is at hand. Without it a sum says that
nothing was damaged, not who wrote it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sosie.core import checked_zip
from sosie.core.digests import sha256_of
from sosie.core.drafts import Fleeting
from sosie.core.errors import BadData, SosieError
from sosie.core.given import MB, object_in
from sosie.core.workspace import IGNORE
from sosie.export.certificate import is_signed, is_summed, written
from sosie.export.made_exports import naming_bundles
from sosie.export.whole_folder import files_in
from sosie.models import double_zip
from sosie.models.double_zip import CERTIFICATE

NONE = "Il n'y a pas de certificat : ce n'est pas un export de cette version de sosie."
DAMAGED = "Le certificat a été changé depuis que sosie l'a écrit."
UNSIGNED = (
    "Rien n'a été changé ; signature non vérifiable ici : elle demande le dossier qui l'a faite (--folder)."
)
SIGNED = "Rien n'a été changé, et la signature est celle de ce dossier."
FORGED = "La signature n'est pas celle de ce dossier : le certificat a été refait."


@dataclass(frozen=True, slots=True)
class Verified:
    valid: bool
    reason: str  # a sentence in French
    certificate: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return {"valid": self.valid, "reason": self.reason, "certificate": self.certificate}


class Invalid(Exception):
    """Why an export is not valid, in a sentence; and its certificate where it can be read."""

    def __init__(self, reason: str, certificate: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.verified = Verified(False, reason, certificate)


def verify(path: Path, secret: bytes = b"") -> Verified:
    """Check one file or folder; `secret` is the project's, empty where there is none. BadData for no file."""
    if not path.exists():
        raise BadData(f"Il n'y a pas de fichier « {path.name} ».", "Vérifiez son chemin.")
    try:
        if path.is_dir():
            verified = check_folder(path, secret)
            check_bundles(
                verified.certificate or {}, f"{path.resolve().name}/{CERTIFICATE}", path.resolve().parent
            )
            return verified
        if path.suffix.lower() == ".zip":
            return check_bundle(path, secret)
        if path.suffix.lower() == ".json":
            return check_beside(path, secret)
        return check_gguf(path, secret)
    except Invalid as invalid:
        return invalid.verified
    except SosieError as error:
        return Verified(False, error.message)


def check_bundle(path: Path, secret: bytes) -> Verified:
    """The same content gives the same bytes: a zip that differs from its own copy was touched."""
    with Fleeting() as folder:
        inside, again = folder / "dedans", folder / "refait.zip"
        names = checked_zip.unpack(path, double_zip.LIMITS, inside)
        if CERTIFICATE not in names:
            raise Invalid(NONE)
        verified = check_folder(inside, secret)
        checked_zip.write(again, {name: inside / name for name in names})
        if sha256_of(again) != sha256_of(path):
            raise Invalid(f"« {path.name} » n'est pas le zip que sosie a écrit.", verified.certificate)
        for name, told in exports_named(verified.certificate):
            if (beside := path.parent / name).is_file():
                refuse_other(read_certificate(beside), name, path.name, told)
        return verified


def check_folder(folder: Path, secret: bytes) -> Verified:
    record = read_certificate(folder / CERTIFICATE)
    for name in record["files"]:
        check_sum(folder, name, record)
    if unknown := sorted(set(files_in(folder)) - {*record["files"], CERTIFICATE, IGNORE}):
        raise Invalid(f"« {unknown[0]} » n'est pas de cet export.", record)
    return check_signature(record, secret)


def check_beside(path: Path, secret: bytes) -> Verified:
    """A certificate, with those of its files that are here."""
    record = read_certificate(path)
    for name in record["files"]:
        if (path.parent / name).is_file():
            check_sum(path.parent, name, record)
    check_bundles(record, path.name, path.parent)
    return check_signature(record, secret)


def check_gguf(path: Path, secret: bytes) -> Verified:
    """By a certificate beside it that names it with its sum."""
    invalid: Invalid | None = None
    for beside in sorted(path.parent.glob(f"*{CERTIFICATE}")):
        try:
            record = read_certificate(beside)
            if path.name in record["files"]:
                check_sum(path.parent, path.name, record)
                check_bundles(record, beside.name, path.parent)
                return check_signature(record, secret)
        except Invalid as found:
            invalid = found
    raise invalid or Invalid(NONE)


def exports_named(record: Mapping[str, Any] | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The exports that a bundle names, by the name of their certificate."""
    named = (record or {}).get("exports")
    for name, told in named.items() if isinstance(named, dict) else ():
        if is_inside(name) and isinstance(told, dict):
            yield name, told


def check_bundles(record: Mapping[str, Any], certificate: str, folder: Path) -> None:
    """An export against the bundles of its double beside it: those that name it name this one."""
    for bundle, exports in naming_bundles(folder, record["double"]["adapter_sha256"]):
        for name, told in exports_named({"exports": exports}):
            if name == certificate:
                refuse_other(record, name, bundle, told)


def refuse_other(record: Mapping[str, Any], name: str, bundle: str, told: Mapping[str, Any]) -> None:
    if told.get("sha256") != record["sha256"]:
        why = "l'un des deux a été refait ou changé depuis"
        raise Invalid(f"« {name} » n'est pas celui que nomme « {bundle} » : {why}.", record)


def read_certificate(path: Path) -> dict[str, Any]:
    """What a certificate tells, as sosie wrote it to the byte. Invalid otherwise."""
    if not path.is_file():
        raise Invalid(NONE)
    try:
        record = object_in(path, MB)
        kinds = {name: type(record.get(name)) for name in ("double", "base", "files", "sha256")}
        if kinds != {"double": dict, "base": dict, "files": dict, "sha256": str} or record.get("format") != 1:
            raise Invalid(NONE)
        whole = is_summed(record) and written(record) == path.read_bytes()
        safe = all(map(is_inside, record["files"])) and "adapter_sha256" in record["double"]
    except (OSError, ValueError):  # a lone surrogate cannot be written again
        raise Invalid(DAMAGED) from None
    if not whole or not safe:
        raise Invalid(DAMAGED)
    return record


def is_inside(name: str) -> bool:
    return not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts


def check_sum(folder: Path, name: str, record: Mapping[str, Any]) -> None:
    if not (folder / name).is_file():
        raise Invalid(f"Il manque « {name} ».", record)
    if sha256_of(folder / name) != record["files"][name]:
        raise Invalid(f"« {name} » a été changé depuis que sosie l'a écrit.", record)


def check_signature(record: Mapping[str, Any], secret: bytes) -> Verified:
    signed = is_signed(record, secret)
    if signed is None:
        return Verified(True, UNSIGNED, record)
    return Verified(signed, SIGNED if signed else FORGED, record)
