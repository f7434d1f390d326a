"""Optional libraries, imported when needed and asked for in words when absent."""

import os
from importlib import import_module
from types import ModuleType

from sosie.core.errors import MissingExtra

# Nothing leaves this machine because a library likes statistics.
QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def need(library: str, extra: str) -> ModuleType:
    """Import an optional library, telemetry off, or raise MissingExtra with the line that installs it."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library.split(".")[0]:
            raise
        raise MissingExtra(
            f"Il manque « {library} » pour faire cela.",
            mend=f'Installez-le : pip install -c constraints.txt "sosie[{extra}]"',
        ) from None
