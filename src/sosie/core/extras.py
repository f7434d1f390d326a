"""Optional libraries, imported when needed and asked for in words when absent."""

import json
import logging
import os
import re
import shlex
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import sosie
from sosie.core.errors import MissingExtra

PACKAGE = Path(sosie.__file__).parent

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
            mend=install_line(extra),
        ) from None


def install_line(extra: str) -> str:
    """What brings an extra to this very copy: a clone, or a wheel installed by pipx, uv or pip.

    Not by name alone: nothing says that what an index calls « sosie » is this.
    """
    if (PACKAGE.parents[1] / "pyproject.toml").is_file():
        return f'Dans le dossier de sosie : pip install -c constraints.txt -e ".[{extra}]"'
    wheel = shlex.quote(f"{_installed_from()}[{extra}]")
    place = Path(sys.prefix).as_posix()
    if "/pipx/" in place:
        return f"Installez : pipx install --force {wheel}"
    if "/uv/tools/" in place:
        return f"Installez : uv tool install --force {wheel}"
    pinned = shlex.quote(str(PACKAGE / "constraints.txt"))
    return f"Installez : {shlex.quote(sys.executable)} -m pip install -c {pinned} {wheel}"


def _installed_from() -> str:
    """The wheel that this copy came from, as pip noted it; else its name, to be found by the user."""
    with suppress(PackageNotFoundError, ValueError, KeyError):
        noted = json.loads(distribution("sosie").read_text("direct_url.json") or "{}")
        if urlsplit(noted["url"]).scheme == "file":
            return unquote(urlsplit(noted["url"]).path)
    return f"sosie-{sosie.__version__}-py3-none-any.whl"
