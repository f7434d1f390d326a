"""A checkout of nanochat, unmodified, with a model of ours behind its own chat programs.

run(script, checkout, engine, arguments, tell)      « chat_cli » in the terminal, « chat_web » and its page

Their script runs in this process as `python -m scripts.NAME` would, once `load_model` of their
checkpoint_manager gives our model. Nothing is written in the checkout, not even compiled Python; what they
would put in their base folder goes to a temporary one. Their code is the person's own to trust: it is run.
"""

import hashlib
import os
import re
import runpy
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from sosie.core.drafts import Fleeting
from sosie.core.errors import BadFolder, BadSettings, MissingExtra
from sosie.core.extras import need
from sosie.engines.base import Engine
from sosie.engines.stepwise import Stepwise
from sosie.nanochat.chat_adapter import AdapterModel, AdapterTokenizer

ENGINE, MANAGER, PAGE = "nanochat/engine.py", "nanochat/checkpoint_manager.py", "nanochat/ui.html"
TRIED = "92d63d4 ou 21a7774 (juillet 2026)"
WITH_PAGE = "21a7774eab3977a9e0629a2b47eb237cafe54a80"  # the last commit that has chat_web
KNOWN: Mapping[str, str] = MappingProxyType(  # git's hashes of the files that this was tried with
    {
        ENGINE: "9680d830fa8ebcd5d365482dc85eaec576757997",
        MANAGER: "bafcdeec05b7965fd194dbab5295ce7965ff8099",
        "scripts/chat_cli.py": "2bcc8aad95741869be870d178202eae64467aa40",
        "scripts/chat_web.py": "ffaf7daba74cddd46e1728a9c11803c784c0ec4e",
    }
)
LIBRARIES = {"chat_cli": ("tiktoken", "rustbpe", "filelock"), "chat_web": ("fastapi", "uvicorn")}
PORT = 8000  # of chat_web, unless it is told otherwise
Tell = Callable[[str], None]


def run(
    script: str,
    checkout: Path,
    open_engine: Callable[[], Engine],
    arguments: Sequence[str],
    tell: Tell,
    calculator: bool = False,
) -> int:
    """Run their script until it ends; gives its exit code.

    BadFolder for what is no nanochat, or one that is too old; BadSettings for a port in use.
    """
    checkout = checkout.resolve()
    check_checkout(script, checkout, tell)
    for library in (*LIBRARIES["chat_cli"], *LIBRARIES[script]):
        need(library, extra="nanochat")
    if script == "chat_web":
        arguments = on_this_machine(arguments)
        tell("La page de nanochat écrit en clair dans ce terminal ce qui se dit.")
    tokenizer = AdapterTokenizer(Stepwise(open_engine()))
    model = AdapterModel(tokenizer, calculator)
    with Fleeting() as base, inside(checkout, base):
        sys.argv = [f"scripts/{script}.py", *arguments]
        try:
            manager = import_module("nanochat.checkpoint_manager")
            manager.load_model = lambda *_, **__: (model, tokenizer, {})  # type: ignore[attr-defined]
            runpy.run_module(f"scripts.{script}", run_name="__main__", alter_sys=True)
        except ModuleNotFoundError as error:  # another version's: what we know of was asked for above
            raise MissingExtra(
                f"Ce nanochat demande « {error.name} », qui n'est pas installé.", f"pip install {error.name}"
            ) from None
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def check_checkout(script: str, checkout: Path, tell: Tell) -> None:
    """Say which nanochat this is. BadFolder where it cannot do what is asked."""
    files = [ENGINE, MANAGER, f"scripts/{script}.py", *([PAGE] if script == "chat_web" else [])]
    if not (checkout / ENGINE).is_file() or not (checkout / MANAGER).is_file():
        raise BadFolder(
            f"« {checkout.name} » n'est pas un dossier de nanochat.",
            "Donnez le dossier où vous l'avez cloné : celui qui contient « nanochat » et « scripts ».",
        )
    if missing := [name for name in files if not (checkout / name).is_file()]:
        raise BadFolder(
            f"Ce nanochat n'a pas « {missing[0]} ».",
            f"Prenez un commit qui l'a : git checkout {WITH_PAGE[:7]}",
        )
    if "prev_embedding" not in (checkout / ENGINE).read_text(encoding="utf-8", errors="replace"):
        raise BadFolder(
            "Ce nanochat est d'avant mars 2026 : son moteur ne laisse pas de place à un autre modèle.",
            f"Prenez un commit plus récent : {TRIED}.",
        )
    other = [name for name in files if name in KNOWN and blob_hash(checkout / name) != KNOWN[name]]
    commit = commit_of(checkout)
    tell(f"nanochat : {f'commit {commit[:7]}' if commit else 'sans git'} ; essayé avec {TRIED}.")
    if other:
        tell(f"Attention : {', '.join(other)} y est différent, rien ne dit que cela marche encore.")


def blob_hash(path: Path) -> str:
    """The hash that git gives to a file's content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def commit_of(checkout: Path) -> str:
    """The commit that is checked out, read from git's files: git itself would obey settings found there."""
    with suppress(OSError, UnicodeDecodeError):
        git = checkout / ".git"
        if git.is_file():  # another worktree's
            git = checkout / git.read_text("utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head if re.fullmatch(r"[0-9a-f]{40}", head) else ""
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text("utf-8").strip()[:40]
        packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", (git / "packed-refs").read_text(), re.M)
        return packed[1] if packed else ""
    return ""


def on_this_machine(arguments: Sequence[str]) -> list[str]:
    """Their server listens on every address unless told otherwise: here, on this machine alone.

    BadSettings where its port is in use.
    """
    host, port = option(arguments, "--host", "--host"), option(arguments, "-p", "--port")
    if host is None:
        arguments = [*arguments, "--host", "127.0.0.1"]
    number = int(port) if port and port.isdecimal() else PORT
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host or "127.0.0.1", number))
        except (OSError, OverflowError):
            raise BadSettings(
                f"Le port {number} ne peut pas être ouvert : il est peut-être déjà pris.",
                "Choisissez-en un autre : sosie nanochat run chat_web ... -- --port 8001",
            ) from None
    return [*arguments]


def option(arguments: Sequence[str], short: str, long: str) -> str | None:
    """The last value of one of their options: « -p 80 », « -p80 », « --port 80 » or « --port=80 »."""
    found = None
    for place, word in enumerate(arguments):
        if word in (short, long):
            found = arguments[place + 1] if place + 1 < len(arguments) else None
        elif word.startswith(f"{long}="):
            found = word.removeprefix(f"{long}=")
        elif len(short) == 2 and word.startswith(short) and not word.startswith("--"):
            found = word.removeprefix(short)
    return found


@contextmanager
def inside(checkout: Path, base: Path) -> Iterator[None]:
    """Their code is found first, from its own folder (the page is opened by a relative path)."""
    before = os.getcwd(), list(sys.path), list(sys.argv), sys.dont_write_bytecode
    told = os.environ.get("NANOCHAT_BASE_DIR")
    os.environ["NANOCHAT_BASE_DIR"] = str(base)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(checkout))
    os.chdir(checkout)
    try:
        yield
    finally:
        os.chdir(before[0])
        sys.path[:], sys.argv[:], sys.dont_write_bytecode = before[1:]
        os.environ.pop("NANOCHAT_BASE_DIR")
        if told is not None:
            os.environ["NANOCHAT_BASE_DIR"] = told
