"""sosie: your own French conversations become a chat model that writes the way you do, on your machine.

`from sosie import inspect, import_, prepare, plan, train, open_engine` is the public Python API; the names
load their rooms only when they are used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = [
    *("Workspace", "SosieError", "demo", "import_", "inspect", "likeness", "open_engine", "plan", "prepare"),
    "train",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("sosie.api"), name)
    raise AttributeError(f"module 'sosie' has no attribute {name!r}")
