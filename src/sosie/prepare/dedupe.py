"""Deduplication: what was said many times is learnt once, or it would be learnt by heart.

    a whole dialogue, again                         dropped; later, also those with a few words changed
    a long reply, again, word for word              pasted: it stays to be read, and is not learnt again
    a chain letter, a joke that goes round          not the person's words: to be read only
    « coucou » answered by « coucou », again        learnt twenty times, then only read

Two dialogues are copies when every turn has the same role and the same words, whatever the case, the spaces
and the way accents are coded; near-copies, when that is so of nine characters in ten. Of ready data sets only
copies are dropped: they come as somebody wished them.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from sosie.core.dialogue import Dialogue
from sosie.core.source_table import source_row
from sosie.prepare.exchanges import as_context, taken_out
from sosie.prepare.ledger import DropListener, ignore_drops
from sosie.prepare.near_copies import first_alike, normalised

COPY, NEAR_COPY = "copie exacte d'un autre dialogue", "presque la copie d'un autre dialogue"
PASTED = "texte collé plusieurs fois : appris une seule"
CHAIN = "chaîne ou blague qui circule : ce ne sont pas vos mots"
GREETED = "salutations répétées : apprises vingt fois"
ONLY_REPEATS = "dialogue fait seulement de textes répétés ou qui circulent"
SIMILARITY, OF_REPLIES = 90.0, 85.0  # per cent: of the whole dialogue, and of the replies alone
FEWEST_WORDS = 12  # of a dialogue: shorter ones are alike by chance
PASTED_WORDS, CHAIN_WORDS = 12, 15
MOST_GREETINGS = 20

GREETING = re.compile(
    r"(?:(?:re)?(?:bonjour|bonsoir|salut|coucou|hello|hey|slt|bjr|bsr|cc|yo|hi|wesh)"
    r"|bonne? (?:nuit|journ[ée]e|soir[ée]e|matin)|[àa] demain|bisous?|bises?)(?:\W+\w{1,12})?\W*"
)
A_CHAIN = re.compile(
    r"fai(?:s|tes)[ -](?:le |la )?(?:tourner|passer|suivre)"
    r"|ne (?:brise|romps|casse)[zs]? pas (?:la|cette) cha[iî]ne"
    r"|(?:envoie|envoyez|transf[èe]re[rz]?|partage[rz]?|copie[rz]?|renvoie|recopie[rz]?)[ -]"
    r"(?:le|la|ce|cette|ça) ?(?:message|texte|lettre|photo|vid[ée]o)?.{0,30}"
    r"(?:à|a|aux|sur|avec) (?:tou[ts]|\d+|dix|vos|tes|ton|votre)"
    r"|c'est l'histoire d'un|(?:un|une) (?:mec|homme|type|gars|femme|blonde) (?:r?entre|arrive) dans un"
    r"|quelle est la différence entre|\btoto (?:demande|dit|rentre|arrive)"
)


def without_copies(
    dialogues: Iterable[Dialogue],
    on_drop: DropListener = ignore_drops,
    on_repeat: DropListener = ignore_drops,
) -> Iterator[Dialogue]:
    """The dialogues without copies of earlier ones. `on_drop` counts dialogues, `on_repeat` replies."""
    seen: set[bytes] = set()
    repeats = Repeats()
    for dialogue in dialogues:
        key = fingerprint(dialogue)
        if key in seen:
            on_drop(COPY, 1, dialogue)
            continue
        seen.add(key)
        reasons = repeats.reasons(dialogue)
        kept = as_context(dialogue, [bool(reason) for reason in reasons])
        told = [reason for reason in reasons if reason]
        if not kept.turns:
            on_drop(ONLY_REPEATS, 1, dialogue)
            continue
        if len(kept.turns) < len(dialogue.turns):
            on_repeat(told.pop(), 1, taken_out(dialogue, kept))
        for reason in told:
            on_repeat(reason, 1)
        yield kept


def without_near_copies(
    dialogues: Sequence[Dialogue], on_drop: DropListener = ignore_drops
) -> Iterator[Dialogue]:
    """The dialogues without near-copies of earlier ones: alike as a whole, and in their replies."""
    long = [dialogue for dialogue in dialogues if not is_ready(dialogue) and _is_long(dialogue)]
    first = first_alike(["\n".join(turn.text for turn in dialogue.turns) for dialogue in long], SIMILARITY)
    copies = {
        id(dialogue)
        for dialogue, number in zip(long, first, strict=True)
        if long[number] is not dialogue and _replies_alike(dialogue, long[number])
    }
    for dialogue in dialogues:
        if id(dialogue) in copies:
            on_drop(NEAR_COPY, 1, dialogue)
        else:
            yield dialogue


def _is_long(dialogue: Dialogue) -> bool:
    return sum(turn.text.count(" ") + 1 for turn in dialogue.turns) >= FEWEST_WORDS


def _replies_alike(one: Dialogue, other: Dialogue) -> bool:
    said, before = (normalised("\n".join(dialogue.replies)) for dialogue in (one, other))
    return fuzz.ratio(said, before, score_cutoff=OF_REPLIES) > 0


class Repeats:
    """The replies seen so far."""

    def __init__(self) -> None:
        self._long: set[bytes] = set()
        self._greetings: Counter[str] = Counter()

    def reasons(self, dialogue: Dialogue) -> list[str]:
        """For each reply, why it is not learnt (again), or ""."""
        if is_ready(dialogue):
            return ["" for _ in dialogue.replies]
        asked, found = "", []
        for turn in dialogue.turns:
            if turn.role == "assistant":
                found.append(self._reason(asked, normalised(turn.text)))
            asked = turn.text
        return found

    def _reason(self, asked: str, reply: str) -> str:
        words = reply.count(" ") + 1
        if words >= CHAIN_WORDS and A_CHAIN.search(reply):
            return CHAIN
        if words >= PASTED_WORDS:
            key = hashlib.blake2b(reply.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            if key in self._long:
                return PASTED
            self._long.add(key)
        elif words <= 3 and GREETING.fullmatch(reply) and GREETING.fullmatch(normalised(asked)):
            self._greetings[reply] += 1
            return GREETED if self._greetings[reply] > MOST_GREETINGS else ""
        return ""


def is_ready(dialogue: Dialogue) -> bool:
    """Whether it comes from a ready data set."""
    return source_row(dialogue.origin.source).family == "dataset"


def fingerprint(dialogue: Dialogue) -> bytes:
    """A digest that is equal for copies only."""
    content = "\0".join(f"{turn.role}\0{normalised(turn.text)}" for turn in dialogue.turns)
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()
