"""Consent, person by person: whose words may be learnt, whose name may stand, and who is to be left out.

    keep     their name is not masked
    mask     the default: their words are context, under a pseudonym
    remove   no message of theirs is read any more, and their name is hidden where others write it

private/people.json   {"format": 1, "people": {HMAC of a name: "keep" or "remove"}, "words": {one: [HMAC...]}}

No name is in it: what is known is the HMAC, with the project's secret, of a name and of its words, folded.
So somebody who was removed stays out of what is imported later, without being named anywhere.

    « Dis à Paul que PAUL-HENRI vient »  ->  « Dis à [RETIRÉ_1] que PAUL-HENRI vient »     (Paul is removed)

« une robe rose » stays, where Rose was removed.
Not covered: nicknames, misspellings; a word that another person's name has too, unless it is the whole name.
"""

import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from sosie.core.counted import counted
from sosie.core.errors import BadData
from sosie.core.message import Conversation, Message
from sosie.core.workspace import Workspace, closed_folder, write_json
from sosie.prepare.authors import PHONE, fold_name
from sosie.prepare.ledger import DropListener, ignore_drops
from sosie.prepare.names.context import Sentence, is_name
from sosie.prepare.names.first_names import CERTAIN, listed

Choice = Literal["keep", "mask", "remove"]
CHOICES: tuple[Choice, ...] = ("keep", "mask", "remove")
IN_FRENCH: dict[Choice, str] = {"keep": "garder", "mask": "masquer", "remove": "retirer"}

FILE = "people.json"
FORMAT = 1
HIDDEN = "[RETIRÉ_1]"  # one mark for all: nobody is told from anybody else
REMOVED = "message d'une personne que vous avez retirée"
ACCENTS = re.compile("[\u0300-\u036f]+")
_LETTERS = r"(?:[^\W\d_][\u0300-\u036f]*)+"
_WORD = re.compile(_LETTERS)
COMPOUND = re.compile(rf"{_LETTERS}(?:-{_LETTERS})*")
NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")
GAP = re.compile(r"[^\S\n]?[-_.'’]?[^\S\n]?")  # between two words of one name
MOST_WORDS = 6  # of a name
SHORT_PART = 3  # letters of a word that is a part of a name
ARTICLES = frozenset({"les", "des", "aux", "van", "von", "der", "den", "del", "the", "mme", "mlle"})
AROUND = 80  # characters on each side that tell a name from a word
A_NUMBER = "+"  # stands in the words where the name of someone removed is a number


@counted
@dataclass(slots=True)
class Consents:
    """What was decided of each person; nothing is where nothing was said."""

    secret: bytes = field(default=b"", repr=False)
    people: dict[str, Choice] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)  # of who is removed, what hides them in a text
    _known: dict[str, bool] = field(default_factory=dict)  # what was looked up: many words come back
    _begins: dict[str, bool] = field(default_factory=dict)  # words as they are written: do they begin a name?

    @classmethod
    def open(cls, workspace: Workspace) -> "Consents":
        """The folder's. BadData where the file is damaged: who said no must not be learnt for that."""
        path = workspace.private / FILE
        if not path.is_file():
            return cls()
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            people, words = dict(record["people"]), {who: list(w) for who, w in record["words"].items()}
            if record["format"] != FORMAT or not set(people.values()) <= set(CHOICES):
                raise ValueError("format")
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise BadData(
                f"« {FILE} » est abîmé : ce que vous avez décidé de chacun ne peut pas être relu.",
                "Remettez-le d'une sauvegarde ; sinon supprimez-le, et redites qui retirer.",
            ) from None
        return cls(workspace.secret(), people, words)

    def save(self, workspace: Workspace) -> None:
        record = {"format": FORMAT, "people": self.people, "words": self.words}
        write_json(closed_folder(workspace.private) / FILE, record)

    def of(self, name: str) -> Choice:
        """What was decided of the person of that name, in any spelling."""
        return self.people.get(self.mark(fold_name(name)), "mask") if self.people else "mask"

    def kept(self, names: Iterable[str]) -> list[str]:
        """Those of the names that may stand."""
        return [name for name in names if self.of(name) == "keep"] if self.people else []

    def decide(self, names: Iterable[str], choice: Choice, others: Iterable[str] = ()) -> None:
        """One choice for all the names of a person. `others` are people who keep the words of their names."""
        names = list(names)
        marks = [self.mark(fold_name(name)) for name in names]
        for mark in marks:
            self.people.pop(mark, None)
            self.words.pop(mark, None)
        if choice != "mask":
            self.people |= dict.fromkeys(marks, choice)
        if choice == "remove" and marks:
            self.words[marks[0]] = sorted(map(self.mark, to_hide(names, others)))
        self._known.clear()
        self._begins.clear()

    def mark(self, same: str) -> str:
        return hmac.digest(self.secret, f"person\n{same}".encode("utf-8", "surrogatepass"), "sha256").hex()[
            :32
        ]

    @property
    def anybody_removed(self) -> bool:
        return "remove" in self.people.values()

    def hide(self, text: str) -> str:
        """The text without the names of who was removed."""
        if not self.words:
            return text
        if self._is(A_NUMBER):
            text = NUMBER.sub(lambda found: HIDDEN if self._is(fold_name(found[0])) else found[0], text)
        if not any(map(self._begins_a_name, _WORD.findall(text))):
            return text
        parts, end = [], 0
        for start, stop in self._named(text):
            parts += [text[end:start], HIDDEN]
            end = stop
        return "".join([*parts, text[end:]]) if parts else text

    def _named(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a removed person is named: the longest name first. « Paul-Henri » names no Paul."""
        words = list(_WORD.finditer(text))
        place = 0
        while place < len(words):
            length = next((n for n in self._lengths(words, place, text)), 0)
            if length:
                yield words[place].start(), words[place + length - 1].end()
            place += length or 1

    def _lengths(self, words: list[re.Match[str]], place: int, text: str) -> Iterator[int]:
        """How many words from this one on are a name."""
        first = fold_word(words[place][0])
        found = [1] if self._is(first) else []
        if self._is(f"{first}-"):
            key = first
            for count, (one, two) in enumerate(zip(words[place:], words[place + 1 :], strict=False), 2):
                key += f"-{fold_word(two[0])}"
                if count > MOST_WORDS or not GAP.fullmatch(text, one.end(), two.start()):
                    break
                found += [count] if self._is(key) else []
        for count in reversed(found):
            start, end = words[place].start(), words[place + count - 1].end()
            if not _joined(text, start, end) and (count > 1 or may_be_name(text, start, end)):
                yield count

    def _begins_a_name(self, word: str) -> bool:
        known = self._begins.get(word)
        if known is None:
            folded = fold_word(word)
            known = self._begins[word] = self._is(folded) or self._is(f"{folded}-")
        return known

    def _is(self, key: str) -> bool:
        known = self._known.get(key)
        if known is None:
            mark = self.mark(key)
            known = self._known[key] = any(mark in words for words in self.words.values())
        return known


def without_removed(
    conversations: Iterable[Conversation], consents: Consents, on_drop: DropListener = ignore_drops
) -> Iterator[Conversation]:
    """The conversations without a message of who was removed, nor their name where others write it."""
    if not consents.anybody_removed:
        yield from conversations
        return
    removed = lru_cache(maxsize=None)(lambda author: consents.of(author) == "remove")
    for conversation in conversations:
        yield replace(conversation, messages=_kept(conversation.messages, consents, removed, on_drop))


def _kept(
    messages: Iterable[Message], consents: Consents, removed: Callable[[str], bool], on_drop: DropListener
) -> Iterator[Message]:
    for message in messages:
        if removed(message.author):
            on_drop(REMOVED, 1)
            continue
        text = consents.hide(message.text)
        yield message if text == message.text else replace(message, text=text)


def to_hide(names: Iterable[str], others: Iterable[str] = ()) -> set[str]:
    """What stands for a person in a text, folded: their whole names, and the parts that nobody else bears.

    "Paul Martin", others: "Léa Martin"  ->  {"paul-martin", "paul-", "paul"}    "paul-" begins a longer one
    """
    shared = {part for name in others for part in parts_of(name)}
    found: set[str] = set()
    for name in names:
        if (folded := fold_name(name)).startswith("+") and PHONE.fullmatch(folded):
            found |= {A_NUMBER, folded}
            continue
        parts = parts_of(name)
        long = [p for p in parts if len(p) >= SHORT_PART and p not in ARTICLES and p not in shared]
        for part in {"-".join(parts), *long} - {""}:
            words = part.split("-")
            found |= {part} if len(words) == 1 else {part, f"{words[0]}-"}
    return found


def parts_of(name: str) -> list[str]:
    """« Jean-Paul Martin 🌸 » -> ["jean-paul", "martin"]"""
    return [
        "-".join(map(fold_word, _WORD.findall(part)))
        for part in COMPOUND.findall(unicodedata.normalize("NFKC", name))
    ]


def fold_text(text: str) -> str:
    """« ÉLOÏSE » -> « eloise »"""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))


fold_word = lru_cache(maxsize=1 << 16)(fold_text)


def may_be_name(text: str, start: int, end: int) -> bool:
    """Whether this name is one here: of « Rose », « Pierre » or « Marine », what is around decides."""
    entry = listed().get(text[start:end].lower())
    if entry is None or entry.prior == CERTAIN:
        return True
    first = max(0, start - AROUND)
    around = Sentence.of(text[first : end + AROUND])
    place = next((n for n, span in enumerate(around.spans) if span == (start - first, end - first)), None)
    known = replace(entry, known=True)
    return place is None or is_name(around, place, known, lambda at: listed().get(around.raw[at].lower()))


def _joined(text: str, start: int, end: int) -> bool:
    """Whether a hyphen makes it a part of a longer word: « Jean-Paul »."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(re.fullmatch(r"[^\W\d_]-", before) or re.fullmatch(r"-[^\W\d_]", after))
