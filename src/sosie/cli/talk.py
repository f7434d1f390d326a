"""The conversation in a terminal: what `sosie chat` runs once the engine is open.

Works the same from a pipe, one message a line. Ctrl-C stops the answer, not the program.
"""

import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from rich.console import Console
from rich.text import Text

from sosie.cli.console import printable
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings, SosieError
from sosie.core.sampling import Sampling
from sosie.engines.base import Doubled, Engine, TextStream, complete

BLOCK = '"""'

HELP = """\
/système TEXTE   change la consigne (sans texte : la montre ; « - » : l'enlève)
/recommencer     oublie la conversation
/base            passe du double à son modèle de base, et retour
/aide            cette aide
/quitter         quitte (Ctrl-D aussi)

Plusieurs lignes : finissez la ligne par \\, ou ouvrez et fermez un bloc par \"\"\".
Ctrl-C arrête la réponse en cours."""


def ask_once(engine: Engine, text: str, system: str, sampling: Sampling) -> dict[str, Any]:
    """One question, one answer: what `chat --once` prints as JSON. BadSettings for a blank one."""
    if is_blank(text):
        raise BadSettings("Il n'y a pas de message auquel répondre.", "Écrivez d'abord un message.")
    turns = (*opening(system), Turn("user", text))
    answer, usage = complete(engine.stream(turns, sampling))
    return {
        "answer": answer,
        "tokens": usage.tokens,
        "seconds": round(usage.seconds, 3),
        "tokens_per_second": round(usage.tokens_per_second, 1),
        "ending": usage.ending,
        "unread": usage.unread,
    }


def talk(
    engine: Engine, console: Console, *, system: str | None = None, sampling: Sampling | None = None
) -> None:
    """Talk until the user leaves. `system` and `sampling` are the engine's own unless given."""
    system = engine.portrait if system is None else system
    chat = Chat(engine, console, system, sampling or engine.sampling)
    said = Text.assemble(
        ("Vous parlez avec ", ""), (engine.name, "bold"), (". /aide pour l'aide, /quitter pour partir.")
    )
    console.print(said)
    console.print(Text('Plusieurs lignes : finissez la ligne par \\, ou entourez-les de """.', style="dim"))
    for text in messages(console):
        if not text.startswith("/"):
            chat.answer(text)
        elif not chat.obey(text):
            break
    console.print(Text("À bientôt.", style="dim"))


@counted
@dataclass
class Chat:
    """One conversation: what was said, under which instruction, with whom."""

    engine: Engine
    console: Console
    system: str
    sampling: Sampling
    history: tuple[Turn, ...] = ()
    other: Engine | None = None  # the view that is not speaking: base or double

    def answer(self, text: str) -> None:
        """Stream one answer; what a Ctrl-C left of it stays in the history."""
        asked = (*self.history, Turn("user", text))
        pieces = self.engine.stream((*opening(self.system), *asked), self.sampling)
        said: list[str] = []
        self._show(f"{self.engine.name} › ", style="bold green")
        try:
            for piece in self._noting_its_end(pieces):
                said.append(piece)
                self._show(printable(piece))
        except KeyboardInterrupt:
            self._show(" (arrêté)", style="dim")
        except SosieError as error:  # of a server that may come back: what was said is not lost
            self._show(f"\n{error.message} {error.mend}", style="red")
        finally:
            pieces.close()
            self.console.print()
        if said:
            self.history = (*asked, Turn("assistant", "".join(said)))

    def _noting_its_end(self, pieces: TextStream) -> Iterator[str]:
        """The pieces; then that the message was too long to be read, or the answer to be finished."""
        usage = yield from pieces
        if usage.unread:
            self._show(f" ({too_long(usage.unread)})", style="dim")
        if usage.ending == "length":
            self._show(f" ({CUT})", style="dim")

    def obey(self, line: str) -> bool:
        """Do what a « /word » says; False where it says to leave."""
        word, _, rest = line[1:].partition(" ")
        match plain(word):
            case "quitter":
                return False
            case "aide":
                self._tell(HELP)
            case "recommencer":
                self.history = ()
                self._tell("La conversation est oubliée.")
            case "systeme":
                self._instruct(rest.strip())
            case "base":
                self._switch()
            case unknown:
                self._tell(nearest(unknown))
        return True

    def _instruct(self, text: str) -> None:
        if not text:
            self._tell(f"Consigne : {self.system}" if self.system else "Il n'y a pas de consigne.")
            return
        self.system = "" if text == "-" else text
        self._tell("La consigne est enlevée." if text == "-" else "La consigne est changée.")

    def _switch(self) -> None:
        if self.other is None and isinstance(self.engine, Doubled) and self.engine.base is not self.engine:
            self.other = self.engine.base
        if self.other is None:
            self._tell("Il n'y a pas de double ici, seulement un modèle.")
            return
        self.engine, self.other = self.other, self.engine
        self._tell(f"C'est maintenant {self.engine.name} qui répond.")

    def _tell(self, text: str) -> None:
        self.console.print(Text(text, style="dim"))

    def _show(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style), end="", soft_wrap=True)
        self.console.file.flush()


CUT = "coupée : elle a atteint la longueur maximale"


def too_long(unread: int) -> str:
    return f"message trop long : ses {unread} premiers caractères n'ont pas été lus"


def is_blank(text: str) -> bool:
    """Nothing to be seen: spaces, or signs of no width."""
    return all(c.isspace() or unicodedata.category(c) in ("Cf", "Cc") for c in text)


COMMANDS = ("système", "recommencer", "base", "aide", "quitter")


def nearest(word: str) -> str:
    close = get_close_matches(word, [plain(command) for command in COMMANDS], n=1)
    meant = f"Vouliez-vous dire « /{close[0]} » ?" if close else "Voyez /aide."
    return f"« /{word} » n'est pas une commande. {meant}"


def opening(system: str) -> tuple[Turn, ...]:
    """The turns that stand before the conversation."""
    return (Turn("system", system),) if system else ()


def messages(console: Console) -> Iterator[str]:
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


def plain(word: str) -> str:
    """« Système » -> « systeme »"""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
