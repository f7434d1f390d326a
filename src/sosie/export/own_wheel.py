"""The very sosie that is running, as a wheel that pip installs elsewhere.

 installed package's files + its metadata  ->  ("sosie-0.1.0-py3-none-any.whl", bytes)

The same from a normal install and from an editable one. No index is asked for « sosie »: nothing says that
what is called so there is this.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import sosie
from sosie.core.checked_zip import add
from sosie.core.errors import BadData

WHEEL = """\
Wheel-Version: 1.0
Generator: sosie
Root-Is-Purelib: true
Tag: py3-none-any
"""
LEFT_OUT = ("__pycache__", ".")  # beginnings of names of no use elsewhere


def make_wheel() -> tuple[str, bytes]:
    """The wheel's name and content; the same sosie, the same bytes."""
    installed_as = installed()
    stem = f"sosie-{installed_as.version}"
    files = dict(package_files()) | dict(metadata_files(installed_as, f"{stem}.dist-info"))
    record = f"{stem}.dist-info/RECORD"
    lines = [
        f"{name},sha256={record_digest(content)},{len(content)}" for name, content in sorted(files.items())
    ]
    files[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, content in sorted(files.items(), key=lambda item: (item[0] == record, item[0])):
            add(zipped, name, content)
    return f"{stem}-py3-none-any.whl", out.getvalue()


def installed() -> Distribution:
    try:
        return distribution("sosie")
    except PackageNotFoundError:
        raise BadData(
            "Ce sosie n'est pas installé : il ne peut pas s'emporter lui-même.",
            "Dans le dossier de sosie : pip install -c constraints.txt -e .",
        ) from None


def package_files() -> Iterator[tuple[str, bytes]]:
    """Every file of the package, by its name in a wheel."""
    here = Path(sosie.__file__).parent
    for path in sorted(here.rglob("*")):
        parts = path.relative_to(here.parent).parts
        if path.is_file() and not any(part.startswith(LEFT_OUT) for part in parts):
            yield "/".join(parts), path.read_bytes()


def metadata_files(installed_as: Distribution, folder: str) -> Iterator[tuple[str, bytes]]:
    """METADATA, WHEEL, the commands and the licence."""
    yield f"{folder}/WHEEL", WHEEL.encode()
    for name in ("METADATA", "entry_points.txt", "licenses/LICENSE"):
        text = installed_as.read_text(name)
        if text is not None:
            yield f"{folder}/{name}", text.encode()


def record_digest(content: bytes) -> str:
    """A sha256 as RECORD writes it: base64 for addresses, without its « = »."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
