"""The blind game « Qui a écrit ça ? »: the end of a conversation, two answers, which is the person's?

    held-out context ─┬─ the person's own answer ─┐
                      ├─ a double's ──────────────┼─ deal() ─ Duel(question, left, right) ─ Vote ─ scoreboard
                      └─ another system's ────────┘

What could betray a system other than how it writes is taken away: all answers are written before the game
opens, all go through the same tidying and the same cut, side and order are drawn by lot. The lot, and the
names that a duel and its question go by, come from secrets: whoever has the words and this code could else
make them again with each answer. A rater meets a context once only: the answer that comes back in two duels
would be the person's. Nothing is revealed before the end of a round.

Not covered: a rater who took part in the conversation and remembers it (they can say so: the vote is not
counted), one who plays again under another name, and what raters learn from one round to the next. Two
answers that are the same make no duel.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hmac import digest
from itertools import combinations
from random import Random

from sosie.arena.scoreboard import PERSON, Scoreboard, scoreboard
from sosie.arena.votes import Vote
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import NothingToDo
from sosie.evaluate.heldout import Context
from sosie.evaluate.statistics import SEED
from sosie.style.words import LONGEST_WORDS, MASK, count_words, tidy

ROUND = 10  # duels
FEWEST = 10  # contexts, under which there is no game
SHOWN_TURNS = 4  # of the context
LONGEST_TURN = 400  # characters
EMPTY = "(rien)"


@counted
@dataclass(frozen=True, slots=True)
class Question:
    """The end of a conversation, and each player's answer to it, as they are shown."""

    id: str
    context: tuple[Turn, ...]
    answers: Mapping[str, str]


@counted
@dataclass(frozen=True, slots=True)
class Duel:
    """One question to one rater: `left` and `right` are players; `id` tells nothing of either."""

    id: str
    question: Question
    left: str
    right: str

    def vote(self, rater: str, choice: str, acquainted: bool | None = None) -> Vote:
        """The rater takes « left » or « right » for the person, or has « known » the conversation."""
        winner, loser = (self.right, self.left) if choice == "right" else (self.left, self.right)
        return Vote(rater, self.question.id, winner, loser, choice == "known", acquainted)


@counted
@dataclass(frozen=True, slots=True)
class Game:
    """Everything a page needs, as plain data: no model is asked while people play."""

    questions: tuple[Question, ...]
    players: tuple[str, ...]  # the person first
    seed: int = SEED

    def hand(self, rater: str, secret: bytes) -> tuple[Duel, ...]:
        """This rater's duels, in order. The same name finds the same hand again, with the same secret."""
        return deal(self.questions, self.players, f"{self.seed}/{rater}", secret)

    def tally(self, votes: Iterable[Vote]) -> Scoreboard:
        return scoreboard(votes, self.players, self.seed)


def make_game(contexts: Sequence[Context], answers: Mapping[str, Sequence[str]], seed: int = SEED) -> Game:
    """`answers`: for each system, its answers to the contexts, in their order."""
    players = (PERSON, *answers)
    rows = zip((context.reply for context in contexts), *answers.values(), strict=True)
    questions = {
        context.id: Question(
            context.mark, shown_context(context.turns), dict(zip(players, map(shown, row), strict=True))
        )
        for context, row in zip(contexts, rows, strict=True)
    }
    return Game(tuple(questions.values()), players, seed)


def playable(contexts: Iterable[Context]) -> list[Context]:
    """Those that the person answered in words. NothingToDo where that is too few for a game."""
    found = [context for context in contexts if shown(context.reply) != EMPTY]
    if len(found) < FEWEST:
        raise NothingToDo(
            f"Pour jouer, il faut {FEWEST} de vos réponses jamais apprises ; il y en a {len(found)}.",
            "Faites entrer d'autres conversations : sosie import, puis sosie prepare",
        )
    return found


def shown(answer: str) -> str:
    """An answer as it is compared everywhere, whoever wrote it: tidy, forty words at most."""
    tidied = tidy(answer)
    longer = count_words(tidied) >= LONGEST_WORDS and count_words(MASK.sub("", answer)) > LONGEST_WORDS
    return f"{tidied} …" if longer else tidied or EMPTY


def shown_context(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The last few things said, each cut at its end that is furthest away."""
    spoken = [turn for turn in turns if turn.role != "system"][-SHOWN_TURNS:]
    return tuple(Turn(turn.role, _last(turn.text.strip())) for turn in spoken)


def _last(text: str) -> str:
    return text if len(text) <= LONGEST_TURN else f"… {text[-LONGEST_TURN:].partition(' ')[2]}"


def deal(questions: Iterable[Question], players: Sequence[str], seed: str, secret: bytes) -> tuple[Duel, ...]:
    """One duel a question: pair, sides and place by lot.

    The lot of a question depends on nothing but the secret, the seed and its id: one more question moves no
    other.
    """
    dealt: list[tuple[float, Duel]] = []
    for question in questions:
        drawn = digest(secret, f"{seed}/{question.id}".encode(), "sha512")
        chance = Random(drawn[:32])
        pairs = [pair for pair in combinations(players, 2) if _differ(question, *pair)]
        if pairs:
            left, right = chance.sample(chance.choice(pairs), 2)
            dealt.append((chance.random(), Duel(drawn[32:48].hex(), question, left, right)))
    return tuple(duel for _, duel in sorted(dealt, key=lambda row: (row[0], row[1].id)))


def _differ(question: Question, one: str, other: str) -> bool:
    return question.answers[one] != question.answers[other]
