"""The certificate of a removal: who, when, what went in numbers, which runs remain. Signed by the project.

private/retrait-20261130-141500-042137.json   the one place where the person is still named

The signature is an HMAC with the project's secret: it shows this folder's owner that nothing was changed. It
proves nothing to somebody else, who has no secret; nor that no copy was made elsewhere.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core.workspace import Workspace, closed_folder, write_json

FORMAT = 1
NAMED = "retrait-"


def write_certificate(workspace: Workspace, at: datetime, facts: Mapping[str, Any]) -> Path:
    """Where it was written. The name of the file names nobody."""
    record = {"format": FORMAT, "kind": "removal", "at": at.isoformat(timespec="seconds"), **facts}
    path = closed_folder(workspace.private) / f"{NAMED}{at:%Y%m%d-%H%M%S-%f}.json"
    write_json(path, {**record, "hmac": sign(record, workspace.secret())})
    return path


def is_genuine(path: Path, secret: bytes) -> bool:
    """Whether a certificate is as this project wrote it."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        signature = record.pop("hmac")
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    return isinstance(signature, str) and hmac.compare_digest(signature, sign(record, secret))


def sign(record: Mapping[str, Any], secret: bytes) -> str:
    content = json.dumps(record, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return hmac.digest(secret, content, "sha256").hex()
