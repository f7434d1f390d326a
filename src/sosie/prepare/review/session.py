"""The review of a folder's dialogues: what a terminal or a page shows, and every decision, kept at once.

    review = open_review(workspace)
    page = review.page(0, Filter(text="ciné", state="open"))      rows, in the order of time
    review.decide("drop", [row.id for row in page.rows])           one line of decisions.jsonl, one undo
    review.edit(row.id, 3, "on y va");  review.split(row.id, 4);  review.undo()
    review.apply()                                                 data/ is written anew; also by `prepare`

A decision is on the disk when its function returns. Nothing here prints or reads a keyboard.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.drafts import data_alone
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.progress import silent
from sosie.core.workspace import Workspace
from sosie.prepare.authors import fold_name
from sosie.prepare.consent import Choice, Consents, fold_text
from sosie.prepare.names.names import Names, listed_names
from sosie.prepare.pseudonymise import hide_turns
from sosie.prepare.review.apply import apply_decisions, is_pending, undecided
from sosie.prepare.review.decisions import Action, Decision, Decisions, add_line, base_id, split_before
from sosie.prepare.review.doubts import masked_spans
from sosie.prepare.review.rows import ALL, PAGE, STATES, Filter, Page, ReviewRow
from sosie.prepare.split import Parts
from sosie.prepare.vault import Vault

NamesOf = Callable[[Consents], Names]


class Review:
    """All dialogues of data/ and the decisions on them."""

    def __init__(self, workspace: Workspace, names: NamesOf | None = None) -> None:
        self.workspace = workspace
        self._names_of = names or _listed
        self._names: Names | None = None  # to hide in what is edited; known when first asked
        self._decisions = Decisions.open(workspace)
        self._decisions.secret = self._decisions.secret or workspace.secret()
        self._vault = Vault.open(workspace)
        found = sorted(undecided(workspace, self._decisions), key=lambda pair: _first(pair[0].origin.first))
        if not found:
            raise NothingToDo(
                "Il n'y a pas encore de dialogues à relire.",
                "Faites d'abord : sosie import, puis sosie prepare",
            )
        self._before = {dialogue.origin.id: (dialogue, part) for dialogue, part in found}
        self._here = sorted({who for dialogue, _ in found for who in dialogue.origin.correspondents})
        by_dialogue = self._decisions.by_dialogue()
        self._rows = {id_: self._made(id_, by_dialogue.get(id_, ())) for id_ in self._before}
        self._filtered: tuple[Filter, list[ReviewRow]] | None = None
        self.changed = is_pending(workspace)  # whether data/ is not yet as it is decided
        self._plain: dict[str, bytes] = {}  # the text of each row as it is searched

    def __repr__(self) -> str:
        return f"Review(dialogues={len(self._before)})"

    def _made(self, id_: str, decisions: Sequence[Decision]) -> list[ReviewRow]:
        dialogue, part = self._before[id_]
        pieces = self._decisions.pieces(dialogue, decisions)
        return [ReviewRow(piece, part, whole=piece.dialogue is dialogue) for piece in pieces]

    def rows(self, wanted: Filter = ALL) -> list[ReviewRow]:
        """All that the filter lets through, in the order of time."""
        if self._filtered is None or self._filtered[0] != wanted:
            passes = self._passes(wanted)
            self._filtered = wanted, [row for rows in self._rows.values() for row in rows if passes(row)]
        return self._filtered[1]

    def page(self, number: int, wanted: Filter = ALL) -> Page:
        rows = self.rows(wanted)
        return Page(tuple(rows[number * PAGE : (number + 1) * PAGE]), number, len(rows))

    def row(self, id_: str) -> ReviewRow:
        """BadSettings where no dialogue has this id."""
        for row in self._rows.get(base_id(id_), ()):
            if row.id == id_:
                return row
        raise BadSettings("Ce dialogue n'est plus là.", "Rouvrez la relecture : sosie review")

    def decide(self, do: Literal["keep", "drop", "not_me"], ids: Sequence[str]) -> None:
        """The same for all of them, undone at once."""
        if ids:
            self._add(do, [self.row(id_).id for id_ in ids])

    def edit(self, id_: str, turn: int, text: str) -> None:
        """Other words for one turn, masked before they are kept. BadSettings for none."""
        before = self._turn(id_, turn)
        text = text.encode("utf-8", "replace").decode()  # a terminal may give what is no text
        if not text.strip():
            raise BadSettings("Un message ne peut pas devenir vide.", "Écartez plutôt le dialogue.")
        dialogue = self.row(id_).piece.dialogue
        alone = Dialogue((Turn(before.role, text.strip()),), dialogue.origin)
        masked = hide_turns(alone, self._vault, self.names()).turns[0].text
        with self._vault.saved(self.workspace, strings=False):
            pass
        if masked != before.text:
            self._add("edit", [id_], turn=turn, was=self._decisions.mark(before), text=masked)

    def names(self) -> Names:
        """The names to hide, as in data/."""
        if self._names is None:
            self._names = self._names_of(self._vault.consents)
        return self._names

    def split(self, id_: str, turn: int) -> None:
        """Two dialogues, the second beginning at this turn. BadSettings where one would have no reply."""
        before = self._turn(id_, turn)
        if split_before(self.row(id_).piece.dialogue, turn, "") is None:
            raise BadSettings(
                "On ne coupe que devant un message reçu, avec une réponse de vous de chaque côté.",
                "Choisissez un autre message.",
            )
        self._add("split", [id_], turn=turn, was=self._decisions.mark(before))

    def undo(self) -> Decision | None:
        """Take back the last decision that stands, of this session or of an earlier one; None for none."""
        if not self._decisions.active:
            return None
        last = self._decisions.active.pop()
        add_line(self.workspace, {"do": "undo", "of": last.key})
        self._remake(last.on)
        return last

    def apply(self) -> Parts:
        """Write data/ as it is decided. NothingToDo, and data/ stays, where nothing would be left."""
        with data_alone(self.workspace, silent):
            parts = apply_decisions(self.workspace)
        self.changed = False
        return parts

    def people(self) -> dict[str, str]:
        """{pseudonym: name} of who is in the dialogues, where the vault knows it."""
        names = {mark: name for name, mark in self._vault.friends.items()}
        return {mark: names.get(mark, mark) for mark in self._here}

    def consent(self, name: str) -> Choice:
        return self._vault.consents.of(name)

    def decide_person(self, name: str, choice: Choice) -> None:
        """« garder », « masquer » or « retirer » somebody: it holds from the next `prepare` on."""
        consents = Consents.open(self.workspace)
        consents.secret = self.workspace.secret()
        consents.decide([name], choice, [other for other in self._vault.friends if other != name])
        consents.save(self.workspace)
        self._vault.consents, self._names = consents, None

    def masked_spans(self, row: ReviewRow, place: int) -> list[tuple[int, int]]:
        """Where a turn shows a tag, or a surrogate that the vault knows."""
        text = row.turns[place].text
        originals, print_ = self._vault.originals, self._vault.id_of("text", text)
        cuts = originals.find(print_, base_id(row.id)) if self._vault.surrogates else []
        return sorted({*masked_spans(text), *((start, end) for start, end, _ in cuts)})

    def counts(self) -> dict[str, int]:
        """How many dialogues, and how many of them in each state."""
        pieces = [row.piece for rows in self._rows.values() for row in rows]
        found = {"dialogues": len(pieces)}
        for state, test in STATES.items():
            found |= {state: sum(map(test, pieces))} if state else {}
        return found

    def _turn(self, id_: str, place: int) -> Turn:
        turns = self.row(id_).turns
        if not 0 <= place < len(turns):
            raise BadSettings("Ce dialogue n'a pas de message de ce numéro.", f"De 1 à {len(turns)}.")
        return turns[place]

    def _add(self, do: Action, ids: Sequence[str], turn: int = 0, was: str = "", text: str = "") -> None:
        record: dict[str, Any] = {"do": do, "on": [*ids]}
        if was:
            record |= {"turn": turn, "was": was} | ({"text": text} if do == "edit" else {})
        key = add_line(self.workspace, record)
        self._decisions.active.append(Decision(key, do, tuple(ids), turn, was, text))
        self._remake(ids)

    def _remake(self, ids: Sequence[str]) -> None:
        changed = {base_id(id_) for id_ in ids} & self._before.keys()
        own: dict[str, list[Decision]] = {id_: [] for id_ in changed}
        for decision in self._decisions.active:
            for id_ in {base_id(each) for each in decision.on} & changed:
                own[id_].append(decision)
        self._rows |= {id_: self._made(id_, decisions) for id_, decisions in own.items()}
        for id_ in [id_ for id_ in self._plain if base_id(id_) in changed]:
            del self._plain[id_]
        self._filtered, self.changed = None, True

    def _passes(self, wanted: Filter) -> Callable[[ReviewRow], bool]:
        holds, person = self._search(wanted.text), wanted.person and self._pseudonyms(wanted.person)
        state = STATES[wanted.state]

        def passes(row: ReviewRow) -> bool:
            return (
                state(row.piece)
                and (not wanted.year or row.year == wanted.year)
                and (not wanted.person or bool(set(person) & set(row.piece.dialogue.origin.correspondents)))
                and (not wanted.low or row.low)
                and (not wanted.flagged or bool(row.flags))
                and holds(row)
            )

        return passes

    def _search(self, text: str) -> Callable[[ReviewRow], bool]:
        """Whether a row holds the text, whatever the case and the accents; signs beyond ASCII as they are."""
        folded = fold_text(text.strip())
        if not folded:
            return lambda row: True
        if not folded.isascii():
            return lambda row: folded in fold_text(row.text)
        asked, known = folded.encode(), self._plain

        def holds(row: ReviewRow) -> bool:
            if (plain := known.get(row.id)) is None:
                plain = known[row.id] = _ascii(row.text)
            return asked in plain

        return holds

    def _pseudonyms(self, asked: str) -> set[str]:
        """Those of a person, asked by a pseudonym or by a part of a name."""
        folded = fold_name(asked)
        return {mark for mark, name in self.people().items() if mark == asked or folded in fold_name(name)}


def open_review(workspace: Workspace, names: NamesOf | None = None) -> Review:
    """`names` gives those to hide; those of the list without it. NothingToDo where there are no dialogues."""
    return Review(workspace, names)


def _listed(consents: Consents) -> Names:
    return listed_names()


def _ascii(text: str) -> bytes:
    """« Ça va, ÉLOÏSE » -> « ca va, eloise »"""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").lower()


def _first(at: datetime | None) -> datetime:
    if at is None:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
