"""WhatsApp's encrypted backup, `msgstore.db.crypt15`, opened with the key of 64 digits that the phone showed.

    length of the header | 01 | a protobuf with « 0A 10 » and a nonce of 16 bytes | AES-256-GCM of zlib

The key lies in a text file beside it. What is inside carries its own checksum (zlib's), which tells a wrong
key as well as a damaged file. The base comes to lie in a private folder, gone with whoever uses it.
"""

import hmac
import re
import zlib
from pathlib import Path
from typing import BinaryIO

from sosie.core.errors import UnknownExport
from sosie.core.extras import need
from sosie.core.workspace import full_disk_told
from sosie.core.zip_safety import inflated, zip_bomb
from sosie.sources.files.archive import Archive

LOCKED = re.compile(r"\.crypt(?:1[0-9]|[5-9])\Z", re.IGNORECASE)
OPENED = ".crypt15"
_KEY = re.compile(rb"[0-9a-fA-F]{64}")
_MOST_KEY = 200  # bytes of a file that holds one
_NONCE = b"\x0a\x10"
_BLOCK = 1 << 20
_DECRYPT_FIRST = "Déchiffrez-la d'abord, puis donnez le fichier msgstore.db obtenu"
_WITH_KEY = "ou mettez à côté d'elle un fichier cle.txt avec les 64 chiffres de la clé, et donnez le dossier"


def key_in(archive: Archive) -> bytes | None:
    """The key, where one of the small text files is one."""
    for name in archive.names:
        if archive.sizes[name] < _MOST_KEY and name.lower().endswith((".txt", ".key")):
            digits = re.sub(rb"\s", b"", archive.head(name).removeprefix(b"\xef\xbb\xbf"))
            if _KEY.fullmatch(digits):
                return bytes.fromhex(digits.decode())
    return None


def still_encrypted(name: str) -> UnknownExport:
    mend = f"{_DECRYPT_FIRST}, {_WITH_KEY}." if name.lower().endswith(OPENED) else f"{_DECRYPT_FIRST}."
    return UnknownExport(f"« {name} » est une sauvegarde WhatsApp chiffrée.", mend)


def decrypt(archive: Archive, name: str, key: bytes, to: Path) -> None:
    """Write the base to `to`. UnknownExport where the key is wrong or the file damaged."""
    need("cryptography", extra="seal")
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    most, written, inflate = inflated(archive.sizes[name]), 0, zlib.decompressobj()
    with archive.open(name) as source, full_disk_told(), to.open("wb") as base:
        cipher = Cipher(algorithms.AES(_derived(key)), modes.GCM(_nonce(source.read(2), source, name)))
        opened = cipher.decryptor()
        while not inflate.eof and (block := source.read(_BLOCK)):
            waiting = opened.update(block)
            while waiting and not inflate.eof:
                try:
                    found = inflate.decompress(waiting, _BLOCK)
                except zlib.error:
                    raise _refused(name) from None
                waiting, written = inflate.unconsumed_tail, written + len(found)
                if written > most:
                    raise zip_bomb(archive.name, _DECRYPT_FIRST)
                base.write(found)
    if not inflate.eof:
        raise _refused(name)


def _nonce(start: bytes, source: BinaryIO, name: str) -> bytes:
    """The nonce of the header, which begins after its length and perhaps a mark."""
    marked = start[1:] == b"\x01"
    header = (b"" if marked else start[1:]) + source.read(max(0, start[0] - (not marked)) if start else 0)
    place = header.find(_NONCE) + len(_NONCE)
    nonce = header[place : place + 16]
    if place < len(_NONCE) or len(nonce) < 16:
        raise _refused(name)
    return nonce


def _derived(key: bytes) -> bytes:
    """The key of the file, by HKDF with SHA-256 from the one that was shown."""
    extracted = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(extracted, b"backup encryption\x01", "sha256")


def _refused(name: str) -> UnknownExport:
    return UnknownExport(
        f"« {name} » ne s'ouvre pas avec cette clé, ou le fichier est abîmé.",
        "Vérifiez les 64 chiffres de la clé, ou copiez de nouveau la sauvegarde.",
    )
