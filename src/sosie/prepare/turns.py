"""A session as user and assistant turns: the person is `assistant`, whoever speaks to them is `user`.

    Léa: tu viens ?            user       tu viens ?
    moi: oui              ->   assistant  oui
    moi: dans 10 min                      dans 10 min
    (in a group)               user       Malo : on y va ?          the speaker is named when several others
                                          Inès : moi je suis prête   speak; privacy replaces the names

Only what the person wrote is learnt: their deleted, automatic and forwarded messages, calls, notices and
media without a caption are dropped, and a caption is kept alone. What others sent is context: a medium leaves
a short mark (« [photo] »), forwarded words stay, bots and notices do not.
A dialogue begins with a user turn and ends with a reply; what is cut at either end is counted. A longer one
than `max_turns` is cut after a reply, in parts as equal as can be: none is left without a context. Of a ready
data set, an answer that was only context there stays so. The ids are those of the export, until
pseudonymisation replaces them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.message import MEDIA, Conversation, Message
from sosie.prepare.ledger import DropListener, ignore_drops
from sosie.prepare.owner import Identity

MEDIA_MARKS = {
    "voice": "[vocal]",
    "image": "[photo]",
    "video": "[vidéo]",
    "file": "[fichier]",
    "location": "[lieu]",
}
NEVER_KEPT = {"notice": "notice de l'application", "deleted": "message supprimé", "call": "appel"}
OPENING = "vos premiers mots, qui ne répondent à rien"
UNANSWERED = "messages restés sans réponse de vous"
ONLY_CONTEXT = "réponses données à lire, que rien d'appris ne suit"


@counted
@dataclass(slots=True)
class Burst:
    """A burst: the messages of one side in a row."""

    by_owner: bool
    messages: list[Message] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def learnt(self) -> bool:
        """False for the owner's burst that holds words which are not theirs: kept in ready data sets only."""
        return not self.by_owner or all(message.style for message in self.messages)


def to_dialogues(
    session: Conversation, me: Identity, max_turns: int | None = None, on_drop: DropListener = ignore_drops
) -> Iterator[Dialogue]:
    """The session as dialogues of at most `max_turns` turns, each from a user turn to a reply."""
    if session.kind == "dataset":
        yield from _dataset_dialogue(session, on_drop)
        return
    bursts = _trim_ends(list(bursts_of(session, me.names_in(session.id), on_drop)), on_drop)
    several = len({m.author for burst in bursts if not burst.by_owner for m in burst.messages}) > 1
    if bursts:
        for part in _parts(bursts, max_turns or len(bursts)):
            yield _dialogue(session, part, named=session.group and several)


def _parts(bursts: list[Burst], max_turns: int) -> Iterator[list[Burst]]:
    """The exchanges in parts of at most `max_turns` turns, all of one length or one exchange less."""
    exchanges = len(bursts) // 2
    count = -(-exchanges // max(1, max_turns // 2))
    ends = [2 * (-(-exchanges * number // count)) for number in range(count + 1)]
    for start, end in pairwise(ends):
        yield bursts[start:end]


def _dataset_dialogue(session: Conversation, on_drop: DropListener) -> Iterator[Dialogue]:
    """The whole dialogue of a data set, after its system text, which its reader gives as a first notice."""
    messages = tuple(session.messages)
    system = [Turn("system", m.text) for m in messages[:1] if m.kind == "notice"]
    rest = replace(session, messages=messages[len(system) :])
    bursts = _trim_ends(list(bursts_of(rest, frozenset({session.owner or "assistant"}), on_drop)), on_drop)
    if bursts:
        dialogue = _dialogue(session, bursts, named=False)
        yield Dialogue((*system, *dialogue.turns), replace(dialogue.origin, correspondents=()))
    else:
        on_drop(NEVER_KEPT["notice"], len(system), *messages[: len(system)])


def bursts_of(session: Conversation, owner_names: frozenset[str], on_drop: DropListener) -> Iterator[Burst]:
    """The bursts of each side, in turn; `on_drop` counts the messages left out."""
    burst: Burst | None = None
    for message in session.messages:
        by_owner = message.author in owner_names
        text = _kept_text(message, by_owner, session.kind == "dataset", on_drop)
        if not text:
            continue
        if burst is None or burst.by_owner is not by_owner:
            if burst:
                yield burst
            burst = Burst(by_owner)
        burst.messages.append(message)
        burst.texts.append(text)
    if burst:
        yield burst


def _kept_text(message: Message, by_owner: bool, ready: bool, on_drop: DropListener) -> str:
    """The text that a message gives to the dialogue, or "" if it is dropped, with its reason to `on_drop`."""
    if message.kind in NEVER_KEPT:
        on_drop(NEVER_KEPT[message.kind], 1, message)
    elif message.automatic:
        on_drop("message automatique", 1, message)
    elif by_owner and not ready and (message.forwarded or not message.style):
        on_drop("transféré ou repris : ce ne sont pas vos mots", 1, message)
    elif by_owner or message.kind not in MEDIA:
        text = message.text.strip()
        if not text:
            on_drop("média sans légende" if message.kind in MEDIA else "message vide", 1, message)
        return text
    else:
        return f"{MEDIA_MARKS[message.kind]} {message.text.strip()}".rstrip()
    return ""


def _trim_ends(bursts: list[Burst], on_drop: DropListener) -> list[Burst]:
    """The bursts from the first one of others to the person's last reply."""
    if bursts and bursts[0].by_owner:
        on_drop(OPENING, len(bursts[0].messages), *bursts[0].messages)
        bursts = bursts[1:]
    while bursts and not (bursts[-1].by_owner and bursts[-1].learnt):
        *bursts, last = bursts
        on_drop(ONLY_CONTEXT if last.by_owner else UNANSWERED, len(last.messages), *last.messages)
    return bursts


def _dialogue(session: Conversation, bursts: Sequence[Burst], named: bool) -> Dialogue:
    turns = tuple(
        Turn(
            "assistant" if burst.by_owner else "user",
            "\n".join(_labelled(burst) if named and not burst.by_owner else burst.texts),
            burst.learnt,
        )
        for burst in bursts
    )
    messages = [message for burst in bursts for message in burst.messages]
    replies = tuple(tuple(m.id for m in burst.messages) for burst in bursts if burst.by_owner)
    spoken = tuple(m.id for burst in bursts if burst.by_owner for m in burst.messages if m.transcribed)
    times = [message.at for message in messages if message.at]
    return Dialogue(
        turns,
        Origin(
            id=f"{session.id}\n{replies[0][0]}",  # the same when the export is read again, even longer
            source=session.source,
            conversation=session.id,
            correspondents=tuple(
                dict.fromkeys(m.author for burst in bursts if not burst.by_owner for m in burst.messages)
            ),
            group=session.group,
            first=times[0] if times else None,
            last=times[-1] if times else None,
            zone_known=bool(times) and all(at.tzinfo for at in times),
            replies=replies,
            asked=tuple(len(burst.messages) for burst in bursts if not burst.by_owner),
            transcribed=bool(spoken),
            spoken=spoken,
        ),
    )


def _labelled(burst: Burst) -> Iterator[str]:
    """« Malo : on y va ? », the name once for what one speaker says in a row."""
    speaker = None
    for message, text in zip(burst.messages, burst.texts, strict=True):
        yield text if message.author == speaker else f"{message.author} : {text}"
        speaker = message.author
