"""A zip of zeros of any size, made at once: one compressed block, repeated."""

import struct
import zlib
from pathlib import Path

BLOCK = 1 << 20


def bomb_of(path: Path, size: int, announced: int | None = None, name: bytes = b"_chat.txt") -> Path:
    """`size` zeros, which the headers say to be `announced`."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    squeeze.compress(bytes(BLOCK))
    squeeze.flush(zlib.Z_FULL_FLUSH)
    once = squeeze.compress(bytes(BLOCK)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    data = once * (size // BLOCK) + squeeze.flush(zlib.Z_FINISH)
    told = min(size if announced is None else announced, 0xFFFFFFFE)
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, 0, len(data), told, len(name), 0)
    local = b"PK\3\4" + common + name
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    path.write_bytes(local + data + central + end)
    return path
