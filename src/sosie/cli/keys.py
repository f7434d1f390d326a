"""Keys one at a time from a terminal, and lines that may be corrected; the terminal is as before at the end.

with Keys() as keys:
    keys.read()                       ->  "j", "down", "escape"; "" once the terminal is gone
    keys.line("Chercher : ", "ciné")  ->  what was typed in place of « ciné », None for Ctrl-C or Ctrl-D
"""

import os
import sys
import termios
import tty
from codecs import getincrementaldecoder
from contextlib import suppress
from types import TracebackType

SEQUENCES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1b[5~": "page_up",
    "\x1b[6~": "page_down",
    "\x1b": "escape",
}
LONGEST_KEY = 64  # bytes of what comes at once


class Keys:
    """A terminal whose keys are not echoed and need no Return; Ctrl-C still interrupts."""

    def __init__(self) -> None:
        self._fd = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._fd)
        self._decoder = getincrementaldecoder("utf-8")("ignore")
        self._waiting: list[str] = []

    def __enter__(self) -> "Keys":
        self._take()
        return self

    def _take(self) -> None:
        """Keys one by one. Ctrl-Z is one of them: a terminal left like this would be of no use to a shell."""
        tty.setcbreak(self._fd)
        settings = termios.tcgetattr(self._fd)
        settings[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(self._fd, termios.TCSADRAIN, settings)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _restore(self) -> None:
        with suppress(termios.error, OSError):  # the terminal is gone
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def read(self) -> str:
        while not self._waiting:
            try:
                told = os.read(self._fd, LONGEST_KEY)
            except OSError:
                return ""
            if not told:
                return ""
            self._waiting = split_keys(self._decoder.decode(told))
        return self._waiting.pop(0)

    def line(self, prompt: str, text: str = "") -> str | None:
        """One line, typed as usual; `text` stands there first."""
        import readline

        self._restore()
        readline.set_startup_hook(lambda: readline.insert_text(text))
        try:
            return input(prompt)
        except (KeyboardInterrupt, EOFError):
            return None
        finally:
            readline.set_startup_hook()
            self._take()


def split_keys(text: str) -> list[str]:
    """« j\\x1b[Bk » -> ["j", "down", "k"]; sequences that are not known are no key."""
    keys = []
    while text:
        known = next((one for one in SEQUENCES if text.startswith(one) and one != "\x1b"), "")
        if known:
            keys.append(SEQUENCES[known])
        elif text[0] == "\x1b" and len(text) > 1:
            known = text  # of another key: nothing
        else:
            known = text[0]
            keys.append(SEQUENCES.get(known, known))
        text = text[len(known) :]
    return keys
