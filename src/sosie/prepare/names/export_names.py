"""What an export tells about names: who writes in it, who is called, which words bear a capital.

    heard = ExportNames();  for each conversation: heard.watch(conversation);  heard.names() -> Names

authors        « Malo Le Goff » -> Malo, Le Goff; what an address book adds (« Coloc », « SFR ») is left out
diminutives    « Isa » is Isabelle's where only one Isabelle writes
called         a word with a capital inside sentences, hardly ever without, and greeted or met once at least
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sosie.core.message import Conversation, Message
from sosie.prepare.names import words as w
from sosie.prepare.names.context import WORD
from sosie.prepare.names.export_words import NOT_NAMES, NOT_PEOPLE, WORD_SURNAMES
from sosie.prepare.names.first_names import CERTAIN, PRIORS, FirstName, bare, listed, spellings
from sosie.prepare.names.names import Mode, Names

TOGETHER = 1000  # messages counted at once
FEWEST_LETTERS, _LONGEST = 3, 24  # letters of a name that no list has; of a word before one
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_CAPITAL = re.compile(r" ([A-ZÀ-ÖØ-Þ][^\W\d_]{2,})")
_CALLING = w.GREETINGS | w.TITLES | w.SEE | w.WITH
NICKNAMES = {
    "manu": "emmanuel emmanuelle manuel manuela", "toine": "antoine", "toinou": "antoine",
    "tof": "christophe", "momo": "mohamed mohammed maurice", "mika": "mickael michael mikael",
    "lolo": "laurent laurence lola lorenzo", "dede": "andre denis", "jojo": "georges joseph joel jonathan",
    "gege": "gerard geraldine", "fifi": "sophie philippe josephine", "mimi": "michel michele mireille",
    "zaza": "isabelle elisabeth", "loulou": "louis louise lou", "kiki": "christian christine",
    "juju": "julien julie justine juliette jules", "titi": "thierry thibault thibaut", "nono": "arnaud bruno",
    "vivi": "viviane vivien", "cricri": "christine christian christophe", "tonio": "antoine antonio",
    "bebert": "albert robert", "caro": "caroline", "mado": "madeleine", "margot": "marguerite",
    "lili": "elisabeth liliane", "sandra": "alexandra", "xandre": "alexandre", "elo": "elodie eloise",
    "stef": "stephane stephanie", "kader": "abdelkader", "bastien": "sebastien", "seb": "sebastien",
    "nath": "nathalie nathan nathanael", "flo": "florian florence florent", "guigui": "guillaume",
    "nanou": "anne anna nathalie", "mel": "melanie melissa", "isa": "isabelle isaure", "vero": "veronique",
    "bea": "beatrice", "nico": "nicolas", "stephie": "stephanie", "sophe": "sophie", "theo": "theophile",
}  # fmt: skip


class ExportNames:
    """Listens to conversations as they are read; the names come at the end."""

    def __init__(self) -> None:
        self.authors: dict[str, None] = {}
        self.capitals: Counter[str] = Counter()  # inside sentences
        self.written: Counter[str] = Counter()  # every word as it is spelt
        self.called: set[str] = set()
        self._heard: list[str] = []

    def watch(self, conversation: Conversation) -> Conversation:
        """The same conversation, heard as its messages are read."""
        return replace(conversation, messages=self._hearing(conversation.messages))

    def _hearing(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            if message.kind != "notice":
                self.authors.setdefault(message.author)
                self.hear(message.text)
            yield message

    def hear(self, text: str) -> None:
        self._heard.append(text)
        if len(self._heard) >= TOGETHER:
            self._count()

    def _count(self) -> None:
        texts = "\n".join(self._heard)
        self._heard.clear()
        self.written.update(_LONG_WORD.findall(texts))
        for match in _CAPITAL.finditer(texts):
            before = texts[max(0, match.start() - _LONGEST) : match.start()].removesuffix(",")
            if before[-1:].isalpha():
                self.capitals[word := match[1].lower()] += 1
                *_, said, previous = "", *map(bare, WORD.findall(before))
                if previous in _CALLING or (previous == "a" and said in w.SAY):  # and not « à Boston »
                    self.called.add(word)

    def names(self, mode: Mode = "tags", keep: Iterable[str] = ()) -> Names:
        """The listed names and those of this export."""
        self._count()
        entries = dict(listed())
        firsts: set[str] = set()
        for author in self.authors:
            for entry in self._of_author(author):
                firsts |= {entry.person} if entry.kind == "prénom" else set()
                for spelling in spellings(entry.person.split()[-1]):
                    self._add(entries, spelling, entry)
        for word in filter(self._is_somebody, self.called - entries.keys()):
            for spelling in spellings(word):
                entries.setdefault(spelling, FirstName(bare(word), "b", CERTAIN, known=True))
        for short, person in diminutives(firsts, entries).items():
            if short not in entries and not self.written[short] < self.capitals[short]:
                continue  # « mal » is not short for Malo
            old = entries.get(short) or FirstName(person, "b", PRIORS["rare"])
            entries[short] = replace(old, person=person, known=True)
        told = {word for entry in entries.values() if entry.known for word in entry.person.split()}
        met = {known.person for word in self.written if (known := listed().get(word.lower()))}
        return Names(entries, mode, frozenset(told | met)).keep(*keep)

    def _is_somebody(self, called: str) -> bool:
        """Whether this word, greeted or met, is hardly ever without its capital."""
        often, small = self.capitals[called], self.written[called]
        return often >= 2 and small * 10 <= often and bare(called) not in NOT_PEOPLE | w.FUNCTION_WORDS

    def _of_author(self, author: str) -> Iterator[FirstName]:
        """The names in one author's: « Malo Le Goff », « LE GOFF Malo », « malo.legoff »."""
        words = WORD.findall(author)
        is_first = [word.lower() in listed() and bare(word) not in w.PARTICLES for word in words]
        if words and not any(is_first):
            is_first[0] = True
        particles: list[str] = []
        for word, first in zip(words, is_first, strict=True):
            low = bare(word)
            if low in w.PARTICLES and not first:
                particles.append(low)
                continue
            name = word.lower()
            if first and name in listed():
                yield replace(listed()[name], known=True)
            elif len(low) >= FEWEST_LETTERS and low not in NOT_NAMES:
                whole = " ".join([*particles, name])
                yield FirstName(whole, "b", self._prior(name), "prénom" if first else "nom", known=True)
            particles = []

    def _prior(self, word: str) -> float:
        """A word that no list has: a name, unless people here write it small as a word of the language."""
        if bare(word) in WORD_SURNAMES | w.FUNCTION_WORDS:
            return PRIORS["rare"]
        common = self.written[word] > 2 * self.capitals[word] + 5
        return PRIORS["word"] if common else CERTAIN

    @staticmethod
    def _add(entries: dict[str, FirstName], spelling: str, entry: FirstName) -> None:
        old = entries.get(spelling)
        if old is None or (not old.known and old.person != entry.person):
            entries[spelling] = replace(entry, person=bare(entry.person))
        elif not old.known:
            entries[spelling] = replace(old, known=True)


def diminutives(firsts: set[str], entries: dict[str, FirstName]) -> dict[str, str]:
    """{"isa": "isabelle"}: the short forms of the known first names that mean one of them only."""
    meant: dict[str, set[str]] = {}
    for name in firsts:
        for size in range(FEWEST_LETTERS, len(name)):
            meant.setdefault(name[:size], set()).add(name)
    for short, longs in NICKNAMES.items():
        for name in firsts & set(longs.split()):
            meant.setdefault(short, set()).add(name)
    return {
        short: next(iter(people))
        for short, people in meant.items()
        if len(people) == 1 and short not in firsts and is_short_form(short, entries)
    }


def is_short_form(short: str, entries: dict[str, FirstName]) -> bool:
    """No word of the language, and no name of its own: « Léa » is not short for Léana."""
    listed_so = short in entries and short not in NICKNAMES
    return short not in w.FUNCTION_WORDS and not (listed_so and short[-1] in "aeiouy")
