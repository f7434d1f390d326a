"""A nanochat checkpoint as a double: all that chats, measures and serves takes it by its folder.

checkpoint_double(Path("~/.cache/nanochat"))  ->  Double(base=".../base_checkpoints/d20", template="nanochat")

It is whole: no adapter. Its base is the one of the same tag that it was taught from, where that is there.
"""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from sosie.core.double import Double
from sosie.core.sampling import AS_LEARNT
from sosie.models.nanochat.checkpoint import find_checkpoint

TEMPLATE = "nanochat"
TALKING = replace(AS_LEARNT, temperature=0.6)  # nanochat's own; its top-k becomes our min-p


def checkpoint_double(folder: Path) -> Double | None:
    """The double that a folder of nanochat is; None for any other folder."""
    found = find_checkpoint(folder)
    if found is None:
        return None
    weights = sorted(path for path in found.glob("model_*.pt"))
    told = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in weights]
    mark = sha256(repr(told).encode()).hexdigest()  # of gigabytes, what changes with them
    base = str(base_of(found) or found)
    return Double(base, TEMPLATE, sampling=AS_LEARNT, talking=TALKING, adapter_sha256=mark, folder=folder)


def base_of(folder: Path) -> Path | None:
    """The folder of the base model of the same tag, where it is not this checkpoint itself."""
    folder = folder.resolve()
    base = folder.parent.parent / "base_checkpoints" / folder.name
    return base if folder.parent.name.endswith("_checkpoints") and base != folder and base.is_dir() else None
