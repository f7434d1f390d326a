"""Circles: the correspondents to whom a person writes alike, and a name that says how.

find_circles({"[AMI_1]": replies, "[AMI_2]": replies, ...})
    ->  (Circle("tutoiement, messages courts, émojis", ("[AMI_1]", "[AMI_3]"), replies=410),
         Circle("vouvoiement, messages longs, sans émoji", ("[AMI_2]",), replies=95))    the commonest first
    ->  ()  where the person has one manner with everybody, or wrote too little to tell

A correspondent's manner: the shares of the replies that do each of MANNERS, drawn towards the person's own
shares as if PRIOR more replies had been average, so that a few messages tell little. Two are as far from each
other as the manner in which they differ most. The correspondents, most written to first, join the nearest
circle, or found one where they are CLEAR of all; then circles that are too near, too small or too many are
merged, nearest first. Not seen: what changes with time, or with the subject.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median

from sosie.style.ways import WAYS
from sosie.style.words import count_words, tidy

CLEAR = 0.35  # between the shares of replies, in one manner at least
PRIOR = 10  # replies
FEWEST_REPLIES = 50  # in a circle
MOST_CIRCLES, MOST_FOUNDERS = 4, 12
MOST_NAMED = 3  # manners in a name
MOST_READ = 500  # replies to one correspondent

Count = tuple[int, int]  # replies that do, of those that could
Manner = tuple[Count, ...]  # in the order of MANNERS
# (of WAYS or of _tests, what it is called, what its contrary is), what says most to a reader first.
MANNERS = (
    ("tu", "tutoiement", "vouvoiement"),
    ("long", "messages longs", "messages courts"),
    ("emoji", "émojis", "sans émoji"),
    ("greeting", "salutation en tête", "sans salutation"),
    ("abbreviations", "abréviations", "sans abréviation"),
    ("laughter", "rires", "sans rire"),
    ("exclamations", "exclamations", "sans exclamation"),
    ("lower_start", "minuscule au début", "majuscule au début"),
    ("ends_stop", "point final", "sans point final"),
    ("drops_ne", "« ne » oublié", "« ne » gardé"),
)
GREETING = re.compile(
    r"(?:bonjour|bonsoir|salut|coucou|hello|hey|cc|slt|bjr|chère?s?|madame|monsieur|mesdames|messieurs)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Circle:
    name: str
    correspondents: tuple[str, ...] = field(repr=False)
    replies: int


@dataclass(slots=True)
class _Group:
    correspondents: list[str]
    replies: int
    manner: Manner


def find_circles(written: Mapping[str, Sequence[str]]) -> tuple[Circle, ...]:
    """Two circles or more, the one with most replies first; none where all are written to alike."""
    if len(written) < 2 or sum(map(len, written.values())) < 2 * FEWEST_REPLIES:
        return ()
    texts = {who: _read(replies) for who, replies in written.items()}
    everything = [text for replies in texts.values() for text in replies]
    tests = _tests(median(map(count_words, everything or [""])))
    alone = [_Group([who], len(replies), _manner(texts[who], tests)) for who, replies in written.items()]
    alone.sort(key=lambda group: (-group.replies, group.correspondents))
    average = _shares(_sum([group.manner for group in alone]), (0.5,) * len(MANNERS))
    groups = _merged(_founded(alone, average), average)
    groups.sort(key=lambda group: (-group.replies, group.correspondents))
    if len(groups) < 2:
        return ()
    names = _names([_shares(group.manner, average) for group in groups])
    return tuple(
        Circle(name, tuple(sorted(group.correspondents)), group.replies)
        for name, group in zip(names, groups, strict=True)
    )


def _read(replies: Sequence[str]) -> list[str]:
    """At most MOST_READ of them, spread over all."""
    return [text for text in map(tidy, replies[:: 1 + len(replies) // MOST_READ]) if text]


def _tests(middle: float) -> list[Callable[[str], bool | None]]:
    """A question of each manner. A long message is one longer than this person's middle one."""
    ways: dict[str, Callable[[str], bool | None]] = {way.name: way.test for way in WAYS}
    ways["greeting"] = lambda text: GREETING.match(text) is not None
    ways["long"] = lambda text: count_words(text) > middle
    return [ways[name] for name, _, _ in MANNERS]


def _manner(replies: Sequence[str], tests: Sequence[Callable[[str], bool | None]]) -> Manner:
    told = ([answer for text in replies if (answer := test(text)) is not None] for test in tests)
    return tuple((sum(answers), len(answers)) for answers in told)


def _sum(manners: Sequence[Manner]) -> Manner:
    return tuple((sum(k for k, _ in one), sum(n for _, n in one)) for one in zip(*manners, strict=True))


def _shares(manner: Manner, average: Sequence[float]) -> tuple[float, ...]:
    return tuple((k + PRIOR * mean) / (n + PRIOR) for (k, n), mean in zip(manner, average, strict=True))


def _founded(alone: Sequence[_Group], average: Sequence[float]) -> list[_Group]:
    """Each correspondent in the nearest group, or the first of a new one."""
    groups: list[_Group] = []
    for one in alone:
        far, nearest = min(
            ((_apart(one, group, average), place) for place, group in enumerate(groups)), default=(1.0, -1)
        )
        if not groups or (far >= CLEAR and len(groups) < MOST_FOUNDERS):
            groups.append(one)
        else:
            groups[nearest] = _joined(groups[nearest], one)
    return groups


def _merged(groups: list[_Group], average: Sequence[float]) -> list[_Group]:
    """Only groups that are large enough, few enough, and clear of one another."""
    while len(groups) > 1:
        pairs: Iterable[tuple[_Group, _Group]] = combinations(groups, 2)
        small = min(groups, key=lambda group: group.replies)
        if small.replies < FEWEST_REPLIES:
            pairs = ((small, group) for group in groups if group is not small)
        far, first, second = min(
            ((_apart(a, b, average), a, b) for a, b in pairs), key=lambda found: found[0]
        )
        if small.replies >= FEWEST_REPLIES and far >= CLEAR and len(groups) <= MOST_CIRCLES:
            break
        rest = [group for group in groups if group is not first and group is not second]
        groups = [*rest, _joined(first, second)]
    return groups


def _joined(first: _Group, second: _Group) -> _Group:
    who = [*first.correspondents, *second.correspondents]
    return _Group(who, first.replies + second.replies, _sum([first.manner, second.manner]))


def _apart(first: _Group, second: _Group, average: Sequence[float]) -> float:
    shares = _shares(first.manner, average), _shares(second.manner, average)
    return max(abs(a - b) for a, b in zip(*shares, strict=True))


def _names(shares: Sequence[tuple[float, ...]]) -> list[str]:
    """A name for each circle: the first manners in which it is clear of the mean of the others, or the one
    in which it is furthest from it; never one name for two."""
    names: list[str] = []
    for place, own in enumerate(shares):
        others = [each for other, each in enumerate(shares) if other != place]
        more = [mine - sum(column) / len(others) for mine, *column in zip(own, *others, strict=True)]
        clear = [at for at, gap in enumerate(more) if abs(gap) >= CLEAR]
        kept = clear[:MOST_NAMED] or [max(range(len(more)), key=lambda at: abs(more[at]))]
        name = ", ".join(MANNERS[at][1 if more[at] > 0 else 2] for at in kept)
        names.append(name if name not in names else f"{name} ({place + 1})")
    return names
