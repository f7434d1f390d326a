"""Optional libraries, imported when needed and asked for in words when absent."""

import logging
import os
import re
import sys
import warnings
from importlib import import_module
from types import ModuleType

from sosie.core.errors import MissingExtra

# Nothing leaves this machine because a library likes statistics, and nobody burns a core for nothing.
QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "USE_HUB_KERNELS": "NO",
    "TOKENIZERS_PARALLELISM": "false",
    # A waiting thread spins for some microseconds, then sleeps. Sleeping at once makes small operations twice
    # as slow on an idle machine; spinning on (the default) five times as slow beside other work.
    "GOMP_SPINCOUNT": "1000",
}
# What libraries say to each other, by exact message: nothing that a user could mend.
NOISE = (
    # peft 0.21 asks transformers under the old name, which goes on working until transformers 6.
    "`is_gradient_checkpointing` is deprecated and will be removed in v6. "
    "Use `is_activation_checkpointing` instead.",
    # huggingface_hub 2.4 to httpx2, for each large file that it uploads.
    "Use 'content=<...>' to upload raw bytes/text content.",
)


def need(library: str, extra: str) -> ModuleType:
    """Import an optional library, telemetry off, or raise MissingExtra with the line that installs it."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    # Where this package is installed, bitsandbytes takes code from the hub through it, unasked. Not here.
    sys.modules.setdefault("kernels", None)  # type: ignore[arg-type]
    for message in NOISE:
        warnings.filterwarnings("ignore", message=re.escape(message))
    # Told once at its import on a CPU: a faster kernel that is not installed.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library.split(".")[0]:
            raise
        raise MissingExtra(
            f"Il manque « {library} » pour faire cela.",
            # Not by name: nothing says that what an index calls « sosie » is this.
            mend=f'Dans le dossier de sosie : pip install -c constraints.txt -e ".[{extra}]"',
        ) from None
