"""The server, piece after piece: what is known is not asked again, what is answered is kept before the next.

    asking = Asking(client, templates, Answers(workspace), Bill(budget=50_000), agree)
    asking.ask_all(pieces)             ->  "" or why it ended before the last piece, in French
    asking.answer_to(piece)            ->  PaidAnswer, or None where there is none yet

A server that fails is told in one sentence, and left alone after three failures in a row.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from sosie.core.errors import NoRoom, NothingToDo, SosieError
from sosie.core.french_text import number, plural
from sosie.core.progress import Agree, Event, Report, silent
from sosie.engines.openai_client import OpenAIClient
from sosie.enrich.budget import PROBES, Bill
from sosie.enrich.monologues import Piece
from sosie.enrich.questions import MOST_WRITTEN, ask_server, sent_bytes
from sosie.enrich.store import Answers, PaidAnswer
from sosie.enrich.templates import Templates

FAILURES = 3  # in a row
NAMES_STAY = " Les noms y restent en clair (names = keep)."

Messages = Sequence[Mapping[str, str]]


class OutOfBudget(NothingToDo):
    """The next request might cost more than what is left."""


class Asking:
    """`bill` counts what is paid, `failed` the pieces that the server did not answer, by its sentence."""

    def __init__(
        self,
        client: OpenAIClient,
        templates: Templates,
        answers: Answers,
        bill: Bill,
        agree: Agree = lambda question: False,
        names_stay: bool = False,
        report: Report = silent,
    ) -> None:
        self._client, self._templates, self._answers = client, templates, answers
        self._agree, self._names_stay = agree, names_stay
        self.bill, self._report = bill, report
        self.failed: Counter[str] = Counter()
        self.foreseen_first = self.foreseen = 0  # tokens of the whole run: before any answer, and after a few

    def answer_to(self, piece: Piece) -> PaidAnswer | None:
        return self._answers.get(self._answers.key(self._client.url, self._templates.question(piece.text)))

    def ask(self, messages: Messages, about: str, most: int) -> PaidAnswer:
        """The answer, known or paid; `about` is a piece's id. OutOfBudget, or the server's own error."""
        key = self._answers.key(self._client.url, messages)
        if known := self._answers.get(key):
            return known
        size = sent_bytes(messages)
        if not self.bill.has_room(size, most):
            raise OutOfBudget(f"Le budget de {number(self.bill.budget or 0)} jetons est atteint.")
        answer = ask_server(self._client, messages, most)
        self._answers.keep(key, about, answer)
        self.bill.add(size, answer)
        return answer

    def expect(self, requests: Sequence[Messages], most: int) -> None:
        """Foresee judgements, whose answers have `most` tokens. NothingToDo where nobody agreed."""
        unknown = [one for one in requests if not self._answers.get(self._answers.key(self._client.url, one))]
        if unknown:
            read, _ = self.bill.foresee_all([sent_bytes(messages) for messages in unknown])
            self.foreseen += read + most * len(unknown)
            told = self.bill.in_words(read, most * len(unknown))
            self._announce(f"{plural(len(unknown), 'jugement')} à demander : environ {told} de plus.")

    def ask_all(self, pieces: Sequence[Piece]) -> str:
        """NothingToDo where nobody agreed; the server's own error where it never answered anything."""
        todo = []
        for piece in pieces:
            size = sent_bytes(self._templates.question(piece.text))
            if known := self.answer_to(piece):
                self.bill.learn(size, known)
            else:
                todo.append((size, piece))
        if not todo:
            return ""
        read, written = self.bill.foresee_all([size for size, _ in todo])
        self.foreseen_first = self.foreseen = read + written
        cost = self.bill.in_words(read, written)
        self._announce(f"{plural(len(todo), 'question')} à poser : environ {cost}.")
        try:
            return self._ask_each(probes_first(todo))
        except SosieError as error:
            nothing = not isinstance(error, OutOfBudget) and not any(map(self.answer_to, pieces))
            if nothing or isinstance(error, NoRoom):
                raise
            return error.message

    def _ask_each(self, todo: Sequence[tuple[int, Piece]]) -> str:
        """The last of three failures in a row is raised."""
        in_a_row = 0
        probes = min(PROBES, len(todo) // 2)
        for place, (_, piece) in enumerate(todo):
            if place == probes and self.bill.tokens:
                self._foresee_again(place, [size for size, _ in todo[place:]])
            try:
                self.ask(self._templates.question(piece.text), piece.origin.id, MOST_WRITTEN)
                in_a_row = 0
            except (OutOfBudget, NoRoom):
                raise
            except SosieError as error:
                self.failed[error.message] += 1
                in_a_row += 1
                if in_a_row == min(FAILURES, len(todo)):
                    raise
            self._report(Event("ask", done=place + 1, total=len(todo)))
        return ""

    def _announce(self, told: str) -> None:
        """What is about to be sent, and what it costs; agreed to, where it leaves this machine."""
        if not self._client.warning:
            self._report(Event("text", text=told))
            return
        named = NAMES_STAY * self._names_stay
        self._report(Event("warning", text=f"{self._client.warning}{named} {told}"))
        if self.bill.budget is None and not self._agree("Les envoyer ?"):
            raise NothingToDo("Rien n'a été envoyé.", "Dites oui, ou fixez un plafond de jetons : --budget N")

    def _foresee_again(self, asked: int, sizes: list[int]) -> None:
        """The bill, from what the first answers cost."""
        read, written = self.bill.foresee_all(sizes)
        read, written = read + self.bill.read, written + self.bill.written
        self.foreseen = read + written
        first = "la première réponse" if asked == 1 else f"les {asked} premières réponses"
        told = f"D'après {first} : {self.bill.in_words(read, written)} en tout."
        self._report(Event("text", text=told))


def probes_first(todo: Sequence[tuple[int, Piece]]) -> list[tuple[int, Piece]]:
    """In their order, after a few of all lengths: what they cost tells what the rest will."""
    by_size = sorted(range(len(todo)), key=lambda place: todo[place][0])
    count = min(PROBES, len(todo))
    probes = dict.fromkeys(by_size[round(n * (len(todo) - 1) / max(1, count - 1))] for n in range(count))
    return [todo[place] for place in (*probes, *(n for n in range(len(todo)) if n not in probes))]
