"""sosie: your own French conversations become a chat model that writes the way you do, on your machine.

`from sosie import Project` is the public Python API; its names load their rooms only when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sosie.api import Project, SosieError, inspect, likeness, open_engine

__version__ = "0.1.0"
__all__ = ["Project", "SosieError", "__version__", "inspect", "likeness", "open_engine"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("sosie.api"), name)
    raise AttributeError(f"module 'sosie' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
