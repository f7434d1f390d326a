"""An imported adapter in a zip: only the known files are taken out of it.

 final_model.zip: final_model/adapter_config.json, adapter_model.safetensors, checkpoint-50/optimizer.pt, ...
 ~/.cache/sosie/doubles/0f3a.../final_model/      the adapter that is nearest to the top; nothing else is read

A zip that sosie made (it has a double.json) is read by models/double_zip.py.
"""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

from sosie.core import checked_zip
from sosie.core.double import ADAPTER, MANIFEST
from sosie.core.workspace import full_disk_told
from sosie.core.zip_safety import Listed, allowance, refuse_if_unsafe
from sosie.models import double_zip
from sosie.models.adapter import CONFIG
from sosie.models.adapter_faults import COPY_FOLDER
from sosie.models.imported_adapter import PICKLED, missing_weights

MOST_FILES = 10_000  # of a training folder, with all its checkpoints


def is_zip(path: Path) -> bool:
    """Whether this is a zip with an adapter in it that sosie did not pack."""
    if not double_zip.is_bundle(path):
        return False
    try:
        with Listed(path, MOST_FILES) as list_, zipfile.ZipFile(list_) as zipped:
            names = {PurePosixPath(name).name for name in zipped.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    return CONFIG in names and not names & {MANIFEST, checked_zip.SUMS}


def unpacked(path: Path) -> Path:
    """The folder of the unpacked adapter, whole or not at all. UnsafeArchive or BadData if it is refused."""
    folder = double_zip.place_of(path)
    if folder.is_dir():
        return folder
    with (
        double_zip.unpacking(folder, CONFIG) as draft,
        full_disk_told(),
        checked_zip.damage_told(path.name),
        zipfile.ZipFile(path) as zipped,
    ):
        for info in known_members(path.name, zipped, path.stat().st_size):
            with zipped.open(info) as source, (draft / PurePosixPath(info.filename).name).open("wb") as file:
                shutil.copyfileobj(source, file, checked_zip.BLOCK)
    return folder


def known_members(archive: str, zipped: zipfile.ZipFile, on_disk: int) -> list[zipfile.ZipInfo]:
    """The members to take: beside the adapter_config.json that is nearest to the top, by known names."""
    infos = [info for info in zipped.infolist() if "__MACOSX" not in info.filename]
    settings = [path for info in infos if (path := PurePosixPath(info.filename)).name == CONFIG]
    home = min(settings, key=lambda path: (len(path.parts), str(path))).parent
    members = {path.name: info for info in infos if (path := PurePosixPath(info.filename)).parent == home}
    if ADAPTER not in members:
        raise missing_weights(PICKLED in members)
    chosen = {name: info for name, info in members.items() if name in double_zip.KNOWN_FILES}
    for name, info in chosen.items():
        refuse_if_unsafe(archive, info.filename, info, COPY_FOLDER)
        # zipfile gives no byte more than a member announces
        if info.file_size > min(double_zip.KNOWN_FILES[name], allowance(info, on_disk)):
            raise checked_zip.too_large(archive)
    return list(chosen.values())
