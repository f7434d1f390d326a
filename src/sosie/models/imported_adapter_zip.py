"""An adapter of another tool in a zip: of its files only the known ones are taken out.

 final_model.zip: final_model/adapter_config.json, adapter_model.safetensors, checkpoint-50/optimizer.pt, ...
 ~/.cache/sosie/doubles/0f3a.../final_model/      the adapter that is nearest to the top; nothing else is read

A zip that sosie made (it has a double.json) is core/bundle's.
"""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from sosie.core import checked_zip
from sosie.core.double import ADAPTER, MANIFEST
from sosie.core.workspace import closed_folder, full_disk_told
from sosie.core.zip_safety import Listed, allowance, refuse_if_unsafe
from sosie.models import double_zip
from sosie.models.adapter import CONFIG
from sosie.models.imported_adapter import MEND, PICKLED, without_weights

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
    """The folder of the adapter, whole or not at all. UnsafeArchive or BadData where it must stay closed."""
    kept = double_zip.place_of(path)
    if kept.is_dir():
        return kept
    closed_folder(kept.parent)
    draft = Path(tempfile.mkdtemp(prefix=".part-", dir=kept.parent))
    try:
        with full_disk_told(), checked_zip.damage_told(path.name), zipfile.ZipFile(path) as zipped:
            for info in chosen(path.name, zipped, path.stat().st_size):
                with (
                    zipped.open(info) as source,
                    (draft / PurePosixPath(info.filename).name).open("wb") as file,
                ):
                    shutil.copyfileobj(source, file, checked_zip.BLOCK)
        os.replace(draft, kept)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return kept


def chosen(archive: str, zipped: zipfile.ZipFile, on_disk: int) -> list[zipfile.ZipInfo]:
    """The members to take: beside the adapter_config.json that is nearest to the top, by known names."""
    infos = [info for info in zipped.infolist() if "__MACOSX" not in info.filename]
    settings = [path for info in infos if (path := PurePosixPath(info.filename)).name == CONFIG]
    home = min(settings, key=lambda path: (len(path.parts), str(path))).parent
    beside = {path.name: info for info in infos if (path := PurePosixPath(info.filename)).parent == home}
    if ADAPTER not in beside:
        raise without_weights(PICKLED in beside)
    taken = {name: info for name, info in beside.items() if name in double_zip.FILES}
    for name, info in taken.items():
        refuse_if_unsafe(archive, info.filename, info, MEND)
        # zipfile gives no byte more than a member announces
        if info.file_size > min(double_zip.FILES[name], allowance(info, on_disk)):
            raise checked_zip.too_large(archive)
    return list(taken.values())
