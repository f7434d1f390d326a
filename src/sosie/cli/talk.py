"""The conversation in a terminal: what `sosie chat` runs once the engine is open.

Works the same from a pipe, one message a line. Ctrl-C stops the answer, not the program.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from rich.console import Console
from rich.text import Text

from sosie.cli import memory as kept
from sosie.cli.ask_once import CUT, opening, too_long
from sosie.cli.chat_help import HELP, nearest, plain
from sosie.cli.console import printable
from sosie.cli.typed import typed_messages
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import SosieError
from sosie.core.french_text import trimmed
from sosie.core.sampling import Sampling
from sosie.engines.base import Adjustable, Doubled, Engine, TextStream, is_double, notice
from sosie.engines.few_shot import UntrainedDouble
from sosie.engines.tools import consult

STRONGEST = 1.5
SIDE_BY_SIDE = (0.0, 0.5, 1.0)  # strengths
_SEED = 7  # of answers to be compared
NO_DOUBLE = "Il n'y a pas de double ici, seulement un modèle."


def talk(
    engine: Engine,
    console: Console,
    *,
    system: str | None = None,
    sampling: Sampling | None = None,
    person: str = "",
    memory: kept.Memory | None = None,
) -> None:
    """Talk until the user leaves. `system` and `sampling` are the engine's own unless given.

    `person` is whose double it is; without `memory` nothing can be kept.
    """
    system = engine.portrait if system is None else system
    chat = Chat(engine, console, system, sampling or engine.sampling, person=person, memory=memory)
    console.print(Text(notice(person or engine.name, bool(person) or is_double(engine)), style="bold"))
    console.print(Text("/aide pour l'aide, /quitter pour partir.", style="dim"))
    console.print(Text('Plusieurs lignes : finissez la ligne par \\, ou entourez-les de """.', style="dim"))
    for text in typed_messages(console):
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
    person: str = ""  # whose double it is
    memory: kept.Memory | None = None
    tools: bool = False  # whether those of engines/tools serve
    double: Engine = field(init=False)  # at the strength it was learnt with

    def __post_init__(self) -> None:
        self.double = self.engine

    def answer(self, text: str) -> None:
        """Stream one answer; what a Ctrl-C left of it stays in the history."""
        self._reply((*self.history, Turn("user", text)), self.sampling)

    def _reply(self, asked: tuple[Turn, ...], sampling: Sampling) -> None:
        if said := self._stream(self.engine, asked, sampling, self._called(self.engine)):
            self.history = (*asked, Turn("assistant", said))
            if self.memory:
                self.memory.used = self.engine.used if isinstance(self.engine, UntrainedDouble) else ()
                self._trying(lambda memory: memory.keep(self._turns))

    def _stream(self, engine: Engine, asked: tuple[Turn, ...], sampling: Sampling, label: str) -> str:
        """The answer, shown as it comes; what a Ctrl-C left of it."""
        consulted = consult(asked[-1].text, datetime.now()) if self.tools else ()
        system = "\n".join(filter(None, (self.system, *consulted)))
        pieces = engine.stream((*opening(system), *asked), sampling)
        said: list[str] = []
        self._show(f"{label} › ", style="bold green")
        if consulted:
            self._show(f"({' ; '.join(consulted)}) ", style="dim")
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
        return "".join(said)

    def _called(self, engine: Engine) -> str:
        """« Léa », « Léa à 0,5 », « lea (base) »"""
        name = self.person if self.person and engine.name == self.double.name else engine.name
        strength = getattr(engine, "strength", None)
        return f"{name} à {trimmed(strength, 2)}" if strength not in (None, 0, 1) else name

    @property
    def _turns(self) -> tuple[Turn, ...]:
        return (*opening(self.system), *self.history)

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
            case "quitter" | "exit" | "quit":
                return False
            case "aide":
                self._tell(HELP)
            case "recommencer":
                self.history = ()
                if self.memory:
                    self.memory.leave()
                self._tell("On commence une autre conversation.")
            case "refaire":
                self._again()
            case "systeme":
                self._instruct(rest.strip())
            case "base":
                self._switch()
            case "outils":
                self.tools = not self.tools
                self._tell("La calculette et l'heure servent." if self.tools else "Plus d'outils.")
            case "combien":
                self._adjust(rest.strip())
            case "compare":
                self._compare(rest.strip())
            case known if self.memory and known in self.memory.commands:
                self._obey_memory(self.memory, known, rest.strip())
            case unknown:
                self._tell(nearest(unknown))
        return True

    def _again(self) -> None:
        """Another answer to the last message, by other luck."""
        if not self.history:
            self._tell("Il n'y a pas encore de réponse à refaire.")
            return
        self._reply(self.history[:-1], replace(self.sampling, seed=None))

    def _adjust(self, text: str) -> None:
        if not (isinstance(self.double, Adjustable) and self.double.strength is not None):
            self._tell(NO_DOUBLE)
            return
        strength = strength_of(text)
        if strength is None:
            self._tell(f"Donnez un nombre entre 0 et {trimmed(STRONGEST, 1)} : /combien 0,5")
            return
        self.engine, self.other = self.double.at(strength), None
        self._tell(f"C'est maintenant {self._called(self.engine)} qui répond.")

    def _compare(self, text: str) -> None:
        """The same question to each, by the same luck; the conversation stays as it was."""
        before = self.history if text else self.history[:-2]
        question = Turn("user", text) if text else next(iter(self.history[-2:-1]), None)
        if question is None:
            self._tell("Écrivez d'abord un message, ou : /compare TEXTE")
            return
        sampling = self.sampling if self.sampling.seed is not None else replace(self.sampling, seed=_SEED)
        for label, engine in self._compared():
            self._stream(engine, (*before, question), sampling, label)

    def _compared(self) -> list[tuple[str, Engine]]:
        double = self.double
        if isinstance(double, Adjustable) and double.strength is not None:
            return [(trimmed(strength, 1), double.at(strength)) for strength in SIDE_BY_SIDE]
        alone = [(double.base.name, double.base)] if isinstance(double, Doubled) else []
        return [*alone, (double.name, double)]

    def _obey_memory(self, memory: kept.Memory, word: str, rest: str) -> None:
        def obey(memory: kept.Memory) -> None:
            told, turns = memory.commands[word](rest, self._turns)
            if turns is not None:
                self.history = tuple(turn for turn in turns if turn.role != "system")
                self.system = next((turn.text for turn in turns if turn.role == "system"), self.system)
            self._tell(told)

        self._trying(obey)

    def _trying(self, act: Callable[[kept.Memory], None]) -> None:
        """What memory refuses is told, and the conversation goes on."""
        try:
            if self.memory:
                act(self.memory)
        except SosieError as error:
            self._tell(f"{error.message} {error.mend}")

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
            self._tell(NO_DOUBLE)
            return
        self.engine, self.other = self.other, self.engine
        self._tell(f"C'est maintenant {self._called(self.engine)} qui répond.")

    def _tell(self, text: str) -> None:
        self.console.print(Text(printable(text), style="dim"))

    def _show(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style), end="", soft_wrap=True)
        self.console.file.flush()


def strength_of(text: str) -> float | None:
    """« 0,5 » -> 0.5; None for what is none."""
    try:
        strength = float(text.replace(",", "."))
    except ValueError:
        return None
    return strength if 0 <= strength <= STRONGEST else None
