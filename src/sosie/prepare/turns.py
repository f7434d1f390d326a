"""A session as user and assistant turns: the person is `assistant`, whoever speaks to them is `user`.

    Léa: tu viens ?            user       tu viens ?
    moi: oui              ->   assistant  oui
    moi: dans 10 min                      dans 10 min
    (in a group)               user       Malo : on y va ?          the speaker is named when several others
                                          Inès : moi je suis prête   speak; privacy replaces the names

What is learnt is what the person wrote: of theirs, notices, deleted messages, calls, automatic ones,
forwarded ones and media without a caption are left out, and a caption is kept alone. What others sent is
context: a medium leaves a short mark (« [photo] »), forwarded words stay, bots and notices do not.
A dialogue begins with a user turn and ends with a reply; what is cut at either end is told. Its ids are those
of the export, until privacy replaces them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.message import MEDIA, Conversation, Message
from sosie.prepare.ledger import Tell, nobody
from sosie.prepare.owner import Identity

MARKS = {
    "voice": "[vocal]",
    "image": "[photo]",
    "video": "[vidéo]",
    "file": "[fichier]",
    "location": "[lieu]",
}
NEVER = {"notice": "notice de l'application", "deleted": "message supprimé", "call": "appel"}
OPENING = "vos premiers mots, qui ne répondent à rien"
UNANSWERED = "messages restés sans réponse de vous"


@counted
@dataclass(slots=True)
class Run:
    """What one side said without being interrupted."""

    mine: bool
    messages: list[Message] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def to_dialogues(
    session: Conversation, me: Identity, max_turns: int | None = None, tell: Tell = nobody
) -> Iterator[Dialogue]:
    """The session as dialogues of at most `max_turns` turns, each from a user turn to a reply."""
    if session.kind == "dataset":
        yield from _ready(session, tell)
        return
    runs = _answered(list(_runs(session, me.mine(session.id), tell)), tell)
    several = len({m.author for run in runs if not run.mine for m in run.messages}) > 1
    length = len(runs) if max_turns is None else max(2, max_turns - max_turns % 2)
    for start in range(0, len(runs), length or 1):
        yield _dialogue(session, runs[start : start + length], named=session.group and several)


def _ready(session: Conversation, tell: Tell) -> Iterator[Dialogue]:
    """A data set's dialogue, whole, after its own system text, which its reader gives as a first notice."""
    messages = tuple(session.messages)
    system = [Turn("system", m.text) for m in messages[:1] if m.kind == "notice"]
    rest = replace(session, messages=messages[len(system) :])
    runs = _answered(list(_runs(rest, frozenset({session.owner or "assistant"}), tell)), tell)
    if runs:
        made = _dialogue(session, runs, named=False)
        yield Dialogue((*system, *made.turns), replace(made.origin, correspondents=()))
    else:
        tell(NEVER["notice"], len(system))


def _runs(session: Conversation, mine: frozenset[str], tell: Tell) -> Iterator[Run]:
    """What each side said, in turn; what is left out is told."""
    run: Run | None = None
    for message in session.messages:
        own = message.author in mine
        text = _words(message, own, tell)
        if not text:
            continue
        if run is None or run.mine is not own:
            if run:
                yield run
            run = Run(own)
        run.messages.append(message)
        run.texts.append(text)
    if run:
        yield run


def _words(message: Message, own: bool, tell: Tell) -> str:
    """What a message brings to the dialogue, or "" once its reason is told."""
    if message.kind in NEVER:
        tell(NEVER[message.kind], 1)
    elif message.automatic:
        tell("message automatique", 1)
    elif own and (message.forwarded or not message.style):
        tell("transféré ou repris : ce ne sont pas vos mots", 1)
    elif own or message.kind not in MEDIA:
        text = message.text.strip()
        if not text:
            tell("média sans légende" if message.kind in MEDIA else "message vide", 1)
        return text
    else:
        return f"{MARKS[message.kind]} {message.text.strip()}".rstrip()
    return ""


def _answered(runs: list[Run], tell: Tell) -> list[Run]:
    """From the first thing said to the person, to the last they answered."""
    if runs and runs[0].mine:
        tell(OPENING, len(runs[0].messages))
        runs = runs[1:]
    if runs and not runs[-1].mine:
        tell(UNANSWERED, len(runs[-1].messages))
        runs = runs[:-1]
    return runs


def _dialogue(session: Conversation, runs: Sequence[Run], named: bool) -> Dialogue:
    turns = tuple(
        Turn(
            "assistant" if run.mine else "user",
            "\n".join(_labelled(run) if named and not run.mine else run.texts),
        )
        for run in runs
    )
    said = [message for run in runs for message in run.messages]
    replies = tuple(tuple(m.id for m in run.messages) for run in runs if run.mine)
    times = [message.at for message in said if message.at]
    return Dialogue(
        turns,
        Origin(
            id=f"{session.id}\n{replies[0][0]}",  # the same when the export is read again, even longer
            source=session.source,
            conversation=session.id,
            correspondents=tuple(
                dict.fromkeys(m.author for run in runs if not run.mine for m in run.messages)
            ),
            group=session.group,
            first=times[0] if times else None,
            last=times[-1] if times else None,
            zone_known=bool(times) and all(at.tzinfo for at in times),
            replies=replies,
        ),
    )


def _labelled(run: Run) -> Iterator[str]:
    """« Malo : on y va ? », the name once for what one speaker says in a row."""
    speaker = None
    for message, text in zip(run.messages, run.texts, strict=True):
        yield text if message.author == speaker else f"{message.author} : {text}"
        speaker = message.author
