"""The content pool: what invented people talk about, in plain French, before anyone's habits.

    > je passe {moment} avec {chose}         ->  « je passe ce soir avec les clés »
    > t(tu confirmes|vous confirmez) ?       ->  « tu confirmes ? » or « vous confirmez ? »
    > devant {lieu}, comme la dernière fois  ->  « devant le marché, comme la dernière fois »

One pool for all, so that what is talked about cannot give anyone away.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

_HERE = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)\}")
CHOICE = re.compile(r"\b([ton])\(([^|()]*)\|([^|()]*)\)")
# « de le marché », « à les champs », « de infirmière »: what French contracts once a filler has come in.
CONTRACTIONS = (
    (re.compile(r"\b([Dd])e le "), r"\1u "),
    (re.compile(r"\b([Dd])e les "), r"\1es "),
    (re.compile(r"\bà le "), "au "),
    (re.compile(r"\bà les "), "aux "),
    (re.compile(r"\b([Dd])e (?=[aeiouéèêAEIOUÉ])"), r"\1'"),
)


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    questions: tuple[str, ...]  # what somebody asks
    clauses: tuple[str, ...]  # what may be answered, in any order


@dataclass(frozen=True, slots=True)
class Pool:
    topics: tuple[Topic, ...]
    fillers: Mapping[str, tuple[str, ...]]

    def fill(self, pattern: str, rng: Random, manner: Mapping[str, bool]) -> str:
        """A clause in words. `manner` says which side of each choice: {"t": True} is the second, « vous »."""
        text = CHOICE.sub(lambda match: match[3] if manner[match[1]] else match[2], pattern)
        text = SLOT.sub(lambda match: rng.choice(self.fillers[match[1]]), text)
        for wrong, right in CONTRACTIONS:
            text = wrong.sub(right, text)
        return text


@lru_cache(maxsize=1)
def pool() -> Pool:
    """topics.txt, read."""
    fillers: dict[str, tuple[str, ...]] = {}
    topics: dict[str, tuple[list[str], list[str]]] = {}
    questions: list[str] = []
    clauses: list[str] = []
    for line in (_HERE / "topics.txt").read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "==":
            questions, clauses = topics[rest] = ([], [])
        elif mark == "?":
            questions.append(rest)
        elif mark == ">":
            clauses.append(rest)
        elif rest.startswith("= "):
            fillers[mark] = tuple(rest[2:].split(", "))
    return Pool(
        tuple(Topic(name, tuple(asked), tuple(said)) for name, (asked, said) in topics.items()), fillers
    )
