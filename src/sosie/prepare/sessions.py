"""Sessions: a thread cut at its silences.

    10:00 tu viens ? · 10:02 oui · (nothing for four hours) · 14:10 alors ?   ->   two sessions

How long a silence parts two sessions is the setting, or the thread's own rhythm (rhythm.py). A message that
replies, by the export's own link, to one of the session goes on with it, whatever the silence before it.
The order of the export is kept: inside a minute it is the only order there is. A clock that goes back a
little cuts nothing; one that goes back by more than the silence does (two exports put end to end). Messages
without a time stay with the one before. Notices neither end nor prolong a silence: nobody said them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sosie.core.message import Conversation, Message
from sosie.core.source_table import source_row
from sosie.prepare.rhythm import comparable_time


def cut(conversation: Conversation, silence: timedelta) -> Iterator[Conversation]:
    """The sessions of the conversation, each with its messages in a tuple. A ready data set stays whole."""
    silence = max(silence, timedelta(days=source_row(conversation.source).silence_days))
    if conversation.kind == "dataset":
        yield replace(conversation, messages=tuple(conversation.messages))
        return
    session: list[Message] = []
    latest: datetime | None = None
    for message in conversation.messages:
        if message.at is not None and message.kind != "notice":
            at = comparable_time(message.at)
            if latest is not None and abs(at - latest) > silence and not _goes_on(session, message):
                if session:
                    yield replace(conversation, messages=tuple(session))
                session, latest = [], None
            latest = at if latest is None else max(at, latest)
        session.append(message)
    if session:
        yield replace(conversation, messages=tuple(session))


def _goes_on(session: list[Message], message: Message) -> bool:
    """Whether a message replies to one of the session."""
    return message.reply_to is not None and any(said.id == message.reply_to for said in session)
