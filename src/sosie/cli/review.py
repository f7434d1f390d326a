"""`sosie review`: the dialogues one by one, in a terminal. Each decision is kept as its key is pressed."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from sosie.cli.console import Terminal
from sosie.cli.keys import Keys
from sosie.cli.review_screen import HELP, draw, make_room
from sosie.cli.studio import studio
from sosie.core.errors import BadSettings, SosieError
from sosie.core.french_text import number, plural
from sosie.prepare.consent import IN_FRENCH
from sosie.prepare.review.rows import ALL, Filter, ReviewRow, Wanted

if TYPE_CHECKING:
    from sosie.prepare.review.session import Review

BREAK = " ⏎ "  # a line break, where a message is corrected on one line
DONE: dict[str, str] = {
    "drop": "écarté",
    "keep": "gardé",
    "not_me": "« pas moi »",
    "edit": "corrigé",
    "split": "coupé",
}
FILTERS = "F pauvre · S signalé · R à relire · D écarté · C corrigé · P qui · A an · T tout"
ON_ALL = "Pour {count} : G garder · D écarter · M « pas moi » · autre touche : rien"


def review(
    *,
    page: Annotated[bool, Parameter(negative="", help="Relire dans la page, au lieu du terminal")] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Look at the dialogues, and decide."""
    if page:
        return studio(step="relire", terminal=terminal)
    if not terminal.as_json and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadSettings(
            "La relecture se fait dans un terminal, avec un clavier.",
            "Ouvrez-en un ; ou, dans la page : sosie review --page ; les comptes seulement : --json",
        )
    opened = terminal.project.review()
    if not terminal.as_json:
        with Keys() as keys:
            Reading(opened, terminal.console, keys).run()
    if opened.changed:
        opened.apply()
    terminal.end(opened.counts(), lambda console: draw_end(console, opened))


def draw_end(console: Console, opened: "Review") -> None:
    """What was decided, in numbers."""
    counts = {name: number(count) for name, count in opened.counts().items()}
    console.print(
        f"[green]✓[/] {plural(opened.counts()['dialogues'], 'dialogue')} ; gardés {counts['keep']}, "
        f"écartés {counts['drop']}, corrigés {counts['edited']}, à relire {counts['open']}.\n"
        "  data/ est à jour."
    )
    console.print("  [dim]→ sosie train[/]")


class Reading:
    """Where one is in the dialogues; every key is a method."""

    def __init__(self, review: "Review", console: Console, keys: Keys) -> None:
        self._review, self._console, self._keys = review, console, keys
        self._people = review.people()
        self._wanted, self._place, self._offset, self._said = ALL, 0, 0, ""

    def run(self) -> None:
        """Until Q, or the terminal goes."""
        actions: dict[str, Callable[[], None]] = {
            **dict.fromkeys(("j", "down", "right", "\n"), lambda: self._move(1)),
            **dict.fromkeys(("k", "up", "left"), lambda: self._move(-1)),
            **dict.fromkeys((" ", "page_down"), self._scroll),
            "page_up": self._top,
            "d": lambda: self._decide("drop"),
            "g": lambda: self._decide("keep"),
            "m": lambda: self._decide("not_me"),
            "e": self._edit,
            "s": self._split,
            "z": self._undo,
            "/": self._search,
            "f": self._filter,
            "t": lambda: self._show(ALL),
            "b": self._bulk,
            "a": self._consent,
            "?": self._help,
        }
        self._console.set_alt_screen(True)
        try:
            while (key := self._next_key()) not in ("", "q"):
                try:
                    actions.get(key, lambda: None)()
                except SosieError as error:
                    self._said = f"{error.message} {error.mend}"
        finally:
            self._console.set_alt_screen(False)

    def _next_key(self) -> str:
        self._place = max(0, min(self._place, len(self._rows()) - 1))
        return self._ask_key(self._said)

    def _ask_key(self, said: str) -> str:
        """Draw, with a sentence at the foot, and wait for a key."""
        rows = self._rows()
        where = min(self._place + 1, len(rows)), len(rows)
        shown = self._people, self._wanted, said, self._offset, self._review.masked_spans
        self._more = draw(self._console, self._row(), where, *shown)
        self._said = ""
        key = self._keys.read()
        return key.lower() if len(key) == 1 else key

    def _ask_line(self, prompt: str, text: str = "") -> str | None:
        make_room(self._console)
        return self._keys.line(prompt, text)

    def _rows(self) -> list[ReviewRow]:
        return self._review.rows(self._wanted)

    def _row(self) -> ReviewRow | None:
        rows = self._rows()
        return rows[self._place] if rows else None

    def _move(self, by: int) -> None:
        self._place += by
        self._offset = 0

    def _scroll(self) -> None:
        if self._more:
            self._offset += max(1, self._console.size.height - 6)
        else:
            self._move(1)

    def _top(self) -> None:
        self._offset = 0

    def _decide(self, do: Literal["drop", "keep", "not_me"]) -> None:
        """Decide, and go on; under a filter that no longer shows it, the next one is there already."""
        if row := self._row():
            before = len(self._rows())
            self._review.decide(do, [row.id])
            self._move(int(len(self._rows()) == before))
            self._said = f"{DONE[do].capitalize()}. Z : annuler."

    def _edit(self) -> None:
        row = self._row()
        turn = self._ask_turn(row, "Corriger le message nº ")
        if row is None or turn is None:
            return
        text = self._ask_line("› ", row.turns[turn].text.replace("\n", BREAK))
        if text is not None:
            self._review.edit(row.id, turn, text.replace(BREAK.strip(), "\n").replace(" \n ", "\n"))
            self._said = "Corrigé. Z : annuler."

    def _split(self) -> None:
        row = self._row()
        turn = self._ask_turn(row, "Couper devant le message nº ")
        if row is not None and turn is not None:
            self._review.split(row.id, turn)
            self._said = "Coupé en deux. Z : annuler."

    def _ask_turn(self, row: ReviewRow | None, prompt: str) -> int | None:
        """The place of the turn whose number is given."""
        told = (self._ask_line(prompt) or "").strip() if row else ""
        if row is None or not told:
            return None
        place = int(told) - 1 if told.isdecimal() else -1
        if not 0 <= place < len(row.turns):
            raise BadSettings("Aucun message ne porte ce numéro ici.", f"De 1 à {len(row.turns)}.")
        return place

    def _undo(self) -> None:
        undone = self._review.undo()
        if undone is None:
            self._said = "Il n'y a rien à annuler."
            return
        places = [place for place, row in enumerate(self._rows()) if row.id in undone.on]
        self._place, self._offset = (places or [self._place])[0], 0
        several = f" ({number(len(undone.on))} dialogues)" if len(undone.on) > 1 else ""
        self._said = f"Annulé : {DONE[undone.do]}{several}."

    def _search(self) -> None:
        text = self._ask_line("Chercher : ", self._wanted.text)
        if text is not None:
            self._show(replace(self._wanted, text=text.strip()))

    def _filter(self) -> None:
        key = self._ask_key(FILTERS)
        states: dict[str, Wanted] = {"r": "open", "d": "drop", "c": "edited"}
        if key == "f":
            self._show(replace(self._wanted, low=not self._wanted.low))
        elif key == "s":
            self._show(replace(self._wanted, flagged=not self._wanted.flagged))
        elif key in states:
            self._show(replace(self._wanted, state=states[key]))
        elif key == "p":
            self._show(replace(self._wanted, person=(self._ask_line("Personne : ") or "").strip()))
        elif key == "a":
            year = (self._ask_line("Année : ") or "").strip()
            self._show(replace(self._wanted, year=int(year) if year.isdecimal() else 0))
        elif key == "t":
            self._show(ALL)

    def _show(self, wanted: Filter) -> None:
        """The first dialogue that the filter lets through."""
        self._wanted, self._place, self._offset = wanted, 0, 0

    def _bulk(self) -> None:
        ids = [row.id for row in self._rows()]
        choices: dict[str, Literal["drop", "keep", "not_me"]] = {"g": "keep", "d": "drop", "m": "not_me"}
        do = choices.get(self._ask_key(ON_ALL.format(count=plural(len(ids), "dialogue"))))
        if do and ids:
            self._review.decide(do, ids)
            self._said = f"{plural(len(ids), 'dialogue')} : {DONE[do]}. Z : tout annuler."

    def _consent(self) -> None:
        """What may be learnt of one of the people of this dialogue."""
        row = self._row()
        known = [self._people[name] for name in row.piece.dialogue.origin.correspondents] if row else []
        for name in known:
            now = IN_FRENCH[self._review.consent(name)]
            key = self._ask_key(f"{name} (maintenant : {now}) : G garder son nom · M masquer · R retirer")
            if key in ("g", "m", "r"):
                self._review.decide_person(name, {"g": "keep", "m": "mask", "r": "remove"}[key])  # type: ignore[arg-type]
                self._said = "Noté ; appliqué par le prochain « sosie prepare »."

    def _help(self) -> None:
        self._console.clear()
        self._console.print(HELP, markup=False)
        self._keys.read()
