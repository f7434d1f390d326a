"""The sha256 of a content, by which a file or a member of a zip is recognised."""

import hashlib
from pathlib import Path


def sha256_of(content: bytes | Path) -> str:
    """The sha256 of bytes or of a file, in hexadecimal."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
