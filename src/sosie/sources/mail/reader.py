"""E-mail: a mailbox (mbox, as Gmail's Takeout or Thunderbird keep it), mails by file (eml), a folder of them.

    From 1828754568043628583@xxx Mon Apr 07 14:31:02 +0000 2025
    X-GM-THRID: 1828754568043628583
    X-Gmail-Labels: =?UTF-8?Q?Messages_envoy=C3=A9s?=            ->  the owner is who wrote this
    From: =?UTF-8?Q?H=C3=A9l=C3=A8ne?= <helene@exemple.fr>       ->  Message(author="helene@exemple.fr", ...)
    In-Reply-To: <a1@exemple.fr>                                 ->  ... in the thread of <a1@exemple.fr>

A thread is a conversation, its messages what each wrote, without quotes and signatures (quotes.py). Lists,
advertising and automatic answers are marked. The mailbox is read once, from end to end; the words wait on the
disk until their thread is read, so that memory holds about a kilobyte a mail at most.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.files.archive import Archive
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.mail.headers import letter_of
from sosie.sources.mail.mbox import mail_files, mails
from sosie.sources.mail.mime import attachments, body_text, is_chat, parse
from sosie.sources.mail.quotes import own_words
from sosie.sources.mail.threads import Owner, Threads

if TYPE_CHECKING:
    from sosie.sources.base import Log

_LOOKED_AT = 50  # files of a folder that decide what it is
_NOT_A_MAIL = "ce n'est pas un courriel"
_DRAFT = "brouillon jamais envoyé"
_ERASED = "courriel effacé"
_CHAT = "discussion instantanée de Gmail, gardée comme un courriel"
_TWICE = "courriel déjà lu dans un autre dossier"


class Mail:
    expects = "des courriels (mbox, eml, Google Takeout)"

    def sniff(self, archive: Archive) -> float:
        found = len(mail_files(archive, _LOOKED_AT))
        if not found:
            return 0.0
        return 0.9 if found * 2 >= min(len(archive.names), _LOOKED_AT) else 0.5

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = mail_files(archive)
        log.total = sum(archive.sizes[name] for name in names)
        spool, threads, owner = MessageSpool(), Threads(), Owner()
        for name in names:
            for number, raw in enumerate(mails(archive, name, log.advance), 1):
                _take_in(raw, f"{name}:{number}", spool, threads, owner, log)
        owner.decide()
        for thread in threads.threads:
            yield Conversation(
                id=f"email-{thread.id}",
                title=thread.title,
                source="email",
                group=len(thread.people) > 2,
                messages=_counted(spool.take(thread.id), log),
                owner=owner.of(thread),
                kind="one_sided" if owner.alone else "chat",
            )


def _take_in(
    raw: bytes, origin: str, spool: MessageSpool, threads: Threads, owner: Owner, log: "Log"
) -> None:
    """One mail, set down in its thread or counted as left out."""
    part = parse(raw)
    letter = letter_of(part, origin)
    if letter is None:
        log.skip(_NOT_A_MAIL)
        return
    if is_chat(part):
        log.skip(_CHAT)
        return
    owner.add(letter)
    if letter.draft or letter.erased:
        log.skip(_DRAFT if letter.draft else _ERASED)
    elif threads.has(letter):
        log.skip(_TWICE)
    else:
        own = own_words(body_text(part))
        message = Message(
            id=letter.id,
            author=letter.author,
            text=own.text,
            at=letter.at,
            kind=next(attachments(part), "text"),
            origin=origin,
            reply_to=letter.parent,
            forwarded=not own.text and (own.forwarded or letter.passes_on),
            automatic=letter.automatic,
        )
        spool.add(threads.of(letter).id, message)


def _counted(messages: Iterator[Message], log: "Log") -> Iterator[Message]:
    for message in messages:
        log.entries += 1
        yield message
