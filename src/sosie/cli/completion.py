"""`sosie completion`: the script by which a shell completes verbs, options and values."""

import os
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sosie.cli.console import Terminal
from sosie.core.errors import BadSettings

Shell = Literal["bash", "zsh", "fish"]
# What keeps it: the line to type once.
KEEP = {
    "bash": "sosie completion bash > ~/.local/share/bash-completion/completions/sosie",
    "zsh": "sosie completion zsh > ~/.zfunc/_sosie   (et fpath+=~/.zfunc avant compinit, dans ~/.zshrc)",
    "fish": "sosie completion fish > ~/.config/fish/completions/sosie.fish",
}


def completion(
    shell: Annotated[Shell | None, Parameter(help="bash, zsh ou fish (sinon : celui de $SHELL)")] = None,
    /,
    *,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Print the script; at a keyboard, say how to keep it instead."""
    from sosie.cli.main import build

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in KEEP:
        raise BadSettings("Pour quel shell ?", f"Dites-le : sosie completion {' | '.join(KEEP)}")
    if terminal.console.is_terminal and not terminal.as_json:
        terminal.console.print(f"À taper une fois :\n  {KEEP[name]}", soft_wrap=True, markup=False)
        return
    script = build().generate_completion(shell=name)  # type: ignore[arg-type]
    terminal.end({"shell": name, "script": script}, lambda console: print(script))
