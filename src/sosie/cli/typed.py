"""What is typed in a terminal chat: whole messages, of one line or several, from a keyboard or a pipe."""

import sys
import unicodedata
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.text import Text

BLOCK = '"""'


def typed_messages(console: Console) -> Iterator[str]:
    """What the user says, until Ctrl-D, the end of a pipe, or Ctrl-C twice in a row."""
    ask = asker()
    interrupted = False
    while True:
        try:
            text = whole_message(ask)
            interrupted = False
        except EOFError:
            break
        except KeyboardInterrupt:
            console.print()
            if interrupted:
                break
            interrupted = True
            console.print(Text("Encore Ctrl-C, ou Ctrl-D, pour quitter.", style="dim"))
            continue
        if text and is_blank(text):
            console.print(Text("Écrivez d'abord un message.", style="dim"))
        elif text:
            yield text


def whole_message(ask: Callable[[str], str]) -> str:
    r"""One message: a line, lines joined by a final \, or a block between two \"\"\"."""
    line = ask("vous › ")
    if line.strip().startswith(BLOCK):
        return block(line.strip().removeprefix(BLOCK), ask)
    lines = [line]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1][:-1].rstrip()
        lines.append(following(ask, or_else=""))
    return "\n".join(lines).strip()


def block(first: str, ask: Callable[[str], str]) -> str:
    lines = [first]
    while not lines[-1].rstrip().endswith(BLOCK):
        lines.append(following(ask, or_else=BLOCK))
    lines[-1] = lines[-1].rstrip().removesuffix(BLOCK)
    return "\n".join(lines).strip()


def following(ask: Callable[[str], str], or_else: str) -> str:
    """The next line of a message that goes on; a pipe that ends there ends the message."""
    try:
        return ask("     … ")
    except EOFError:
        return or_else


def asker() -> Callable[[str], str]:
    """`input`, with line editing and the session's own history at a keyboard, and no prompt in a pipe."""
    if not sys.stdin.isatty():
        return lambda prompt: input()
    try:
        import readline  # noqa: F401  (its presence is enough)
    except ImportError:  # Windows has its own editing
        return input
    return input


def is_blank(text: str) -> bool:
    """Nothing to be seen: spaces, or signs of no width."""
    return all(c.isspace() or unicodedata.category(c) in ("Cf", "Cc") for c in text)
