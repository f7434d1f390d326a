"""What other tools pack, by what it begins with: tar, gzip, bzip2, xz, zstd, 7z, RAR. None of them is opened.

A tar of the oldest kind and a cut file show nothing: there the name decides, where the content is no text.
"""

from sosie.core.errors import UnknownExport
from sosie.sources.files.decoding import encoding_of

_MAGIC_BYTES = {
    b"\x1f\x8b": "gzip",
    b"\x1f\x9d": "compress",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
}
_ENDINGS = (".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_TAR = 257  # where a tar says « ustar »
UNPACK_FIRST = "Dépliez-le d'abord, puis donnez le dossier obtenu."


def refuse_if_packed(name: str, head: bytes) -> None:
    """UnknownExport for a file that begins as an archive of a kind that is not opened."""
    kind = next((kind for magic, kind in _MAGIC_BYTES.items() if head.startswith(magic)), "")
    kind = "tar" if head[_TAR:].startswith(b"ustar") else kind
    if kind or (is_packed(name) and encoding_of(head) is None):
        how = f" ({kind})" if kind else ""
        raise UnknownExport(f"« {name} » est une archive{how} que sosie n'ouvre pas.", UNPACK_FIRST)


def is_packed(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)
