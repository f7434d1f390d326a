"""« Fiche de style »: how the owner of the imported messages writes, before anything is learnt.

    style_card(workspace)  ->  StyleCard(traits, profile, rhythm, addresses)  ->  fiche.html, terminal, JSON

The person's replies are set against what their correspondents write and against invented people
(evaluate/personas), so that what everybody does is no habit. Private strings are masked before anything is
counted; what is shown of the words are forms that come back, never a message.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from statistics import median
from typing import Any

from sosie.core import settings, settings_file
from sosie.core.counted import counted
from sosie.core.errors import NothingToDo
from sosie.core.progress import Report, silent
from sosie.core.workspace import Workspace
from sosie.evaluate import personas
from sosie.evaluate.style_sample import Reply, Reservoir, said
from sosie.importing import store
from sosie.prepare.authors import authors
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.owner import find_me
from sosie.prepare.pseudonymise import hide
from sosie.prepare.vault import Vault
from sosie.style.profile import Profile, profile
from sosie.style.traits import Trait, share_in, traits
from sosie.style.words import TU, VOUS, split_words, tidy

CARD_TRAITS = 10  # traits
FEWEST_REPLIES = 20  # replies, under which nothing is a habit
FEWEST_OTHERS = 50  # texts of correspondents, under which the invented people stand alone
FEWEST_A_YEAR = 50  # replies, for a year to have its column
LONGEST_ROW = 5  # « five messages in a row or more »


@counted
@dataclass(frozen=True, slots=True)
class Address:
    """Replies to one correspondent that say « tu », and that say « vous »."""

    correspondent: str
    tu: int
    vous: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When, how fast, how much in a row."""

    by_hour: tuple[int, ...]  # replies of each of the 24 hours; empty where nothing has a time
    by_month: Mapping[str, int]  # {"2024-11": 87}
    in_a_row: tuple[int, ...]  # replies of one message, two... LONGEST_ROW and more
    delay: float | None  # median, seconds
    delays: int  # the answers that it is the median of

    @property
    def mean_row(self) -> float:
        """Messages of a reply, in the mean; LONGEST_ROW where there were more."""
        messages = sum(count * size for size, count in enumerate(self.in_a_row, 1))
        return messages / max(1, sum(self.in_a_row))


@counted
@dataclass(frozen=True, slots=True)
class StyleCard:
    """How somebody writes. `others` of a trait: correspondents' share, or invented people's if `invented`."""

    name: str  # the owner's, as given
    replies: int
    invented: bool
    traits: tuple[Trait, ...]
    profile: Profile
    rhythm: Rhythm
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    by_year: Mapping[int, Mapping[str, float | None]] = field(default_factory=dict)  # share of each trait

    def to_json(self) -> dict[str, Any]:
        """What `sosie style --json` prints: no correspondent's name, no message."""
        return {
            "replies": self.replies,
            "others": "personnes inventées" if self.invented else "vos correspondants",
            "habits": [_habit(trait) for trait in self.traits],
            "words": asdict(self.profile.words),
            "rhythm": asdict(self.rhythm),
            "by_year": {str(year): dict(shares) for year, shares in self.by_year.items()},
        }


def style_card(workspace: Workspace, report: Report = silent) -> StyleCard:
    """The card of the folder's owner. NothingToDo where they wrote too little."""
    known = settings_file.load(workspace.settings, "import", settings.Import)
    options = settings_file.load(workspace.settings, "prepare", settings.Prepare)
    heard = ExportNames()
    identity = find_me(authors(map(heard.watch, store.imported(workspace))), known.me, known.aliases)
    names = heard.names("tags", options.keep_names)  # whatever data/ is to hold: the card may be shown
    mine, theirs, vault = Reservoir[Reply](), Reservoir[str](), Vault.open(workspace)
    for conversation in store.imported(workspace, report):
        for one in said(conversation, identity):
            if isinstance(one, Reply):
                mine.add(one)
            else:
                theirs.add(one.text)
    if mine.met < FEWEST_REPLIES:
        raise NothingToDo(
            f"Trop peu de réponses de vous pour y voir des habitudes : {mine.met} sur {FEWEST_REPLIES}.",
            "Ajoutez une discussion : sosie import",
        )
    name = next(iter(sorted(identity.given)), "")
    return make_card(name, mine.drawn, theirs.drawn, partial(hide, vault=vault, names=names), mine.met)


def make_card(
    name: str, replies: Sequence[Reply], others: Sequence[str], masked: Callable[[str], str], met: int
) -> StyleCard:
    """The card of these replies, of `met` in all; both sides are masked here."""
    texts = [tidy(masked(reply.text)) for reply in replies]
    theirs = [text for text in (tidy(masked(other)) for other in others) if text]
    usual = [tidy(text) for text in personas.background()]
    groups = [theirs, usual] if len(theirs) >= FEWEST_OTHERS else [usual]
    found = traits([text for text in texts if text], groups, CARD_TRAITS)
    return StyleCard(
        name=name,
        replies=met,
        invented=len(groups) == 1,
        traits=found,
        profile=profile(texts),
        rhythm=_rhythm(replies),
        addresses=_addresses(replies),
        by_year=_by_year(replies, texts, found),
    )


def _habit(trait: Trait) -> dict[str, Any]:
    return {
        "name": trait.label,
        "value": trait.share,
        "n": trait.n,
        "others": trait.others,
        "others_n": trait.others_n,
        "examples": [*trait.examples],
        "key": trait.name,
        "nats": trait.information,
    }


def _rhythm(replies: Sequence[Reply]) -> Rhythm:
    times = [reply.at.astimezone() if reply.at.tzinfo else reply.at for reply in replies if reply.at]
    hours, rows = (
        Counter(at.hour for at in times),
        Counter(min(reply.messages, LONGEST_ROW) for reply in replies),
    )
    delays = [reply.delay for reply in replies if reply.delay is not None]
    return Rhythm(
        by_hour=tuple(hours[hour] for hour in range(24)) if times else (),
        by_month=dict(sorted(Counter(f"{at:%Y-%m}" for at in times).items())),
        in_a_row=tuple(rows[count] for count in range(1, LONGEST_ROW + 1)),
        delay=median(delays) if delays else None,
        delays=len(delays),
    )


def _addresses(replies: Sequence[Reply]) -> tuple[Address, ...]:
    """Each correspondent who is told « tu » or « vous », the most written to first."""
    tu, vous = Counter[str](), Counter[str]()
    for reply in replies:
        if reply.correspondent:
            words = split_words(tidy(reply.text))
            tu[reply.correspondent] += not TU.isdisjoint(words)
            vous[reply.correspondent] += not VOUS.isdisjoint(words)
    known = Counter({who: tu[who] + vous[who] for who in tu if tu[who] + vous[who]})
    return tuple(Address(who, tu[who], vous[who]) for who, _ in known.most_common())


def _by_year(
    replies: Sequence[Reply], texts: Sequence[str], found: Sequence[Trait]
) -> dict[int, dict[str, float | None]]:
    """Each trait's share in each year that has enough replies, where there are two such years."""
    years: dict[int, list[str]] = {}
    for reply, text in zip(replies, texts, strict=True):
        if reply.at and text:
            years.setdefault(reply.at.year, []).append(text)
    full = {year: said_then for year, said_then in sorted(years.items()) if len(said_then) >= FEWEST_A_YEAR}
    if len(full) < 2:
        return {}
    return {
        year: {trait.name: share_in(said_then, trait.name) for trait in found}
        for year, said_then in full.items()
    }
