"""Where replies repeat a training reply word for word, in one pass over each.

    Trace([["on", "y", "va"]])  read with  ["allez", "on", "y", "va", "vite"]  ->  [[(1, 0), (2, 0), (3, 0)]]

A word of a reply is told with the length of the longest run that ends there and also stands in one training
reply, and with that reply's place. The replies, few, are made into a suffix automaton: each state stands for
runs that end at the same places, and its link leads to the longest of their endings that is found elsewhere
too. The training replies, many, are read through it once: time is linear, memory is that of the few.
Construction: Blumer et al., « The smallest automaton recognizing the subwords of a text » (1985).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

WORD = re.compile(r"[^\W_]+")
NOWHERE = -1

Words = tuple[str, ...]
Follow = tuple[int, int]  # words in a row, place of the training reply that has them


def words_of(text: str) -> Words:
    """Letters and digits in small letters, accents kept: « J'ai 2 AMIS, là ! » -> j ai 2 amis là"""
    return tuple(WORD.findall(unicodedata.normalize("NFC", text).lower()))


class Trace:
    """Replies, as an automaton that remembers what was read through it."""

    def __init__(self, replies: Iterable[Sequence[str]]) -> None:
        self.replies = [tuple(words) for words in replies]
        self._next: list[dict[str, int]] = [{}]  # state 0 is the empty run
        self._link = [NOWHERE]
        self._length = [0]  # of the longest run of a state
        self._seen: list[int] = []  # of the longest, how many last words were met in training
        self._where: list[int] = []
        for words in self.replies:
            state = 0
            for word in words:
                state = self._grown(state, word)

    def read(self, training: Iterable[Sequence[str]]) -> list[list[Follow]]:
        """For each word of each reply: (longest run that ends there and is in training, where)."""
        self._seen = [0] * len(self._length)
        self._where = [NOWHERE] * len(self._length)
        for place, words in enumerate(training):
            self._follow(words, place)
        self._hand_down()
        return [self._runs_of(words) for words in self.replies]

    def _follow(self, words: Sequence[str], place: int) -> None:
        """The longest known run at each word of one training reply is marked as met."""
        state, length = 0, 0
        for word in words:
            while state and word not in self._next[state]:
                state = self._link[state]
                length = self._length[state]
            if word in self._next[state]:
                state, length = self._next[state][word], length + 1
            better = length > self._seen[state] or (length == self._seen[state] == len(words))
            if length and better:  # of equals, a reply that is nothing else
                self._seen[state], self._where[state] = length, place

    def _hand_down(self) -> None:
        """Who has met a run has met its endings; who has not has met what the longest met ending has."""
        by_length = sorted(range(1, len(self._length)), key=self._length.__getitem__)
        for state in reversed(by_length):
            ending = self._link[state]
            if self._seen[state] and self._seen[ending] < self._length[ending]:
                self._seen[ending], self._where[ending] = self._length[ending], self._where[state]
        for state in by_length:
            if not self._seen[state]:
                ending = self._link[state]
                self._seen[state], self._where[state] = self._seen[ending], self._where[ending]

    def _runs_of(self, words: Sequence[str]) -> list[Follow]:
        state, follows = 0, []
        for word in words:
            state = self._next[state][word]
            follows.append((self._seen[state], self._where[state]))
        return follows

    def _grown(self, last: int, word: str) -> int:
        """The state of the runs of `last` and one word more."""
        known = self._next[last].get(word)
        if known is not None:
            return known if self._length[known] == self._length[last] + 1 else self._split(last, known, word)
        state, at = self._new(self._length[last] + 1, {}, 0), last
        while at != NOWHERE and word not in self._next[at]:
            self._next[at][word] = state
            at = self._link[at]
        if at != NOWHERE:
            known = self._next[at][word]
            fits = self._length[known] == self._length[at] + 1
            self._link[state] = known if fits else self._split(at, known, word)
        return state

    def _split(self, at: int, known: int, word: str) -> int:
        """The shorter runs of `known` are now followed by more than its longest: a state of their own."""
        state = self._new(self._length[at] + 1, dict(self._next[known]), self._link[known])
        self._link[known] = state
        while at != NOWHERE and self._next[at].get(word) == known:
            self._next[at][word] = state
            at = self._link[at]
        return state

    def _new(self, length: int, following: dict[str, int], link: int) -> int:
        self._next.append(following)
        self._link.append(link)
        self._length.append(length)
        return len(self._length) - 1
