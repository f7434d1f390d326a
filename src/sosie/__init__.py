"""sosie: your own French conversations become a chat model that writes the way you do, on your machine.

`from sosie import Project` is the public Python API; its names load their rooms only when they are used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sosie.api import Project
    from sosie.core.errors import SosieError
    from sosie.engines.base import open_engine
    from sosie.evaluate.replies import likeness
    from sosie.sources.summary import inspect

__version__ = "0.1.0"
__all__ = ["Project", "SosieError", "__version__", "inspect", "likeness", "open_engine"]
_HOMES = {
    "Project": "sosie.api",
    "SosieError": "sosie.core.errors",
    "inspect": "sosie.sources.summary",
    "likeness": "sosie.evaluate.replies",
    "open_engine": "sosie.engines.base",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sosie' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
