"""The exports made of a double, by their certificates: a bundle made later names them.

 private/exports.json   {adapter's sha256: {"sosie-léa-q8_0-certificat.json": {kind, made, sha256}}}

`sha256` is the certificate's own, which names each file with its sum. What is exported again under the same
name takes the place of what was.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sosie.core.given import MB, object_in
from sosie.core.workspace import Workspace, closed_folder, write_json
from sosie.models.double_zip import CERTIFICATE

MADE = "exports.json"
BUNDLES = "sosie-*.zip"


def remember(workspace: Workspace, kind: str, files: Iterable[Path], folder: Path) -> None:
    """Write down what was exported to a folder; what has no certificate is nobody's double."""
    for path in files:
        if not (path.name.endswith(CERTIFICATE) and path.is_relative_to(folder)):
            continue
        certificate = object_in(path, MB)
        told = _all(workspace)
        made = {"kind": kind, "made": f"{datetime.now(UTC):%Y-%m-%d}", "sha256": certificate["sha256"]}
        exports = told.setdefault(certificate["double"]["adapter_sha256"], {})
        exports[path.relative_to(folder).as_posix()] = made
        write_json(closed_folder(workspace.private) / MADE, told)


def exports_of(workspace: Workspace, adapter: str) -> dict[str, Any]:
    """Those of the double with this adapter, by the name of their certificate."""
    return dict(sorted(_all(workspace).get(adapter, {}).items()))


def _all(workspace: Workspace) -> dict[str, Any]:
    """Nothing where the file is missing or damaged: it can only be of some use."""
    try:
        return object_in(workspace.private / MADE)
    except (OSError, ValueError):
        return {}


def naming_bundles(folder: Path, adapter: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The bundles of a folder that are of this adapter, and the exports that each names."""
    for path in sorted(folder.glob(BUNDLES)):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile):
            with zipfile.ZipFile(path) as zipped, zipped.open(CERTIFICATE) as file:
                record = json.loads(file.read(MB))
            if record["double"]["adapter_sha256"] == adapter:
                yield path.name, dict(record.get("exports", {}))
