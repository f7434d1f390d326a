"""What the headers of one mail say: who, when, which thread, whether a machine wrote it, whose mailbox it is.

From: Newsletter <no-reply@promo.exemple>
List-Unsubscribe: <mailto:stop@promo.exemple>     ->  Letter(author="no-reply@promo.exemple", automatic=True)
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath

from sosie.sources.mail.mime import MimePart, readable
from sosie.sources.values.message_ids import digest

_LONGEST_NAME = 300
_MOST_PEOPLE = 60  # of one mail
_ONE_PERSON = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^",;])++')  # between commas, or the semicolons of Outlook
_IN_BRACKETS = re.compile(r"<\s*([^<>\s@]{1,200}@[^<>\s]{1,200})\s*>")
_BARE = re.compile(r"([^\s<>()\[\]\"@]{1,200}@[^\s<>()\[\]\"@]{1,200})")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,400})>")
_REPLIES = r"(?:re|ré|rép|réf|aw|sv|antw)"
_FORWARDS = r"(?:fwd?|tr|wg|rv|i|transf)"
_PREFIX = re.compile(rf"\s*(?:{_REPLIES}|{_FORWARDS})(?:\[\d+\]|\(\d+\))?\s*[:：]\s*", re.IGNORECASE)
_PASSES_ON = re.compile(rf"\s*(?:{_REPLIES}\s*:\s*)*{_FORWARDS}\s*[:：]", re.IGNORECASE)

_SENT = re.compile(
    r"(?:sent|sent (?:items|messages|mail)|envoy[ée]+s?"
    r"|(?:messages|[ée]l[ée]ments|courriers?|mails?|e-mails?) envoy[ée]s"
    r"|outbox|bo[iî]te d['’ ]envoi|gesendet|enviados?|posta inviata|inviati)",
    re.IGNORECASE,
)
_DRAFTS = re.compile(r"drafts?|brouillons?|entw[uü]rfe|borradores|bozze|rascunhos", re.IGNORECASE)
_SPAM = re.compile(
    r"spam|junk(?:[ -]e?-?mail)?|(?:courrier |e-mail |message )?ind[ée]sirables?|pourriels?", re.IGNORECASE
)

_ROBOT = re.compile(
    r"(?:no|do[-_.]?not|ne[-_.]?pas|pas[-_.]?de)[-_.]?(?:reply|r[ée]pond\w*|r[ée]ponse)|mailer-daemon|postmaster|bounces?\b"
    r"|notifications?\b|newsletters?\b|listserv|majordomo|auto(?:mate|matique|reply|-reply|-confirm)\w*",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?:r[ée]ponse automatique|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|absen(?:t|ce) du bureau|message d['’]absence|notification d['’]absence|avis de non[- ]remise"
    r"|undelivered mail|delivery status|mail delivery|[ée]chec de remise|abwesenheit)",
    re.IGNORECASE,
)
_BULK = (
    "list-unsubscribe",
    "list-id",
    "list-post",
    "feedback-id",
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply",
)
_CAMPAIGN = ("x-campaign", "x-mailgun", "x-mailchimp", "x-mc-user", "x-sg-eid", "x-mj-mid")


@dataclass(frozen=True, slots=True)
class Letter:
    """`id`, `parent`, `known_as`: digests, so that nothing private is in them."""

    id: str
    author: str
    people: tuple[str, ...]  # everybody named: who writes first, then who receives
    at: datetime | None
    subject: str  # without « Re: »
    answers: bool  # whether the subject says « Re: »
    passes_on: bool  # « Tr: »
    parent: str | None
    known_as: tuple[str, ...]  # the ids of its thread's mails, the oldest first
    delivered_to: str
    arrived: bool  # whether it went through servers
    sent: bool  # whether it lies among the owner's sent mails
    automatic: bool
    draft: bool
    erased: bool


def letter_of(part: MimePart, origin: str) -> Letter | None:
    """None for what is no mail: no sender, or nothing that looks like a header."""
    authors = _addresses(part.headers.get("from", []) or part.headers.get("sender", []))
    if not authors:
        return None
    receivers = _addresses(
        part.headers.get("to", []) + part.headers.get("cc", []) + part.headers.get("bcc", [])
    )
    subject = " ".join(readable(part.header("subject")).split())[:300]
    bare = _without_prefixes(subject)
    at = _time_of(part)
    labels = {label.strip(' "') for label in readable(part.header("x-gmail-labels")).split(",")}
    folders = labels | {
        re.sub(r"(?:-\d{3})?(?:\.(?:mbox|eml|sbd))?\Z", "", name)
        for name in PurePosixPath(origin.rpartition(":")[0]).parts
    }
    own = _MESSAGE_ID.search(part.header("message-id"))
    parents = [digest(name) for name in _MESSAGE_ID.findall(part.header("in-reply-to"))[:1]]
    thread = part.header("x-gm-thrid").strip()
    return Letter(
        id=digest(own[1]) if own else digest(authors[0], str(at), subject, str(len(part.body))),
        author=authors[0],
        people=tuple(dict.fromkeys((authors[0], *receivers))),
        at=at,
        subject=bare,
        answers=bare != subject and not _PASSES_ON.match(subject),
        passes_on=bool(_PASSES_ON.match(subject)),
        parent=parents[0] if parents else None,
        known_as=tuple(
            ([digest("thread", thread)] if thread else [])
            + [digest(name) for name in _MESSAGE_ID.findall(part.header("references"))[:100]]
            + parents
        ),
        delivered_to=next(
            iter(_addresses(_all(part, "delivered-to", "x-original-to", "envelope-to")[:1])), ""
        ),
        arrived="received" in part.headers or "x-received" in part.headers,
        sent=any(_SENT.fullmatch(name) for name in folders),
        automatic=_is_automatic(part, authors[0], subject) or any(_SPAM.fullmatch(name) for name in folders),
        draft=any(_DRAFTS.fullmatch(name) for name in folders),
        erased=_is_erased(part.header("x-mozilla-status")),
    )


def _addresses(headers: list[str]) -> list[str]:
    """Lower-case addresses; a name alone where there is no address.

    '"Roy, Hélène" <Helene@exemple.fr>, andre@exemple.fr'  ->  ["helene@exemple.fr", "andre@exemple.fr"]
    """
    found: list[str] = []
    for header in headers[:5]:
        for person in _ONE_PERSON.finditer(header[:20_000]):
            address = _IN_BRACKETS.search(person[0]) or _BARE.search(person[0])
            name = address[1].lower() if address else " ".join(readable(person[0]).strip(' \t"<>').split())
            if name and len(found) < _MOST_PEOPLE:
                found.append(name[:_LONGEST_NAME])
    return found


def _without_prefixes(subject: str) -> str:
    """« Re: TR : Réunion » -> « Réunion »"""
    for _ in range(20):
        shorter = _PREFIX.sub("", subject, count=1) if _PREFIX.match(subject) else subject
        if shorter == subject:
            break
        subject = shorter
    return subject.strip()


def _time_of(part: MimePart) -> datetime | None:
    """From `Date`, else from the last server's stamp; a date without a zone is UTC by the standard."""
    stamps = [
        part.header("date"),
        *(stamp.rpartition(";")[2] for stamp in part.headers.get("received", [])[:1]),
    ]
    for stamp in stamps:
        try:
            at = parsedate_to_datetime(stamp.strip()[:100])
            if 1970 <= at.year <= 2200:
                return at if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
    return None


def _is_automatic(part: MimePart, author: str, subject: str) -> bool:
    """A list, an advertisement, a bounce, an automatic answer."""
    headers = part.headers
    if any(name in headers for name in _BULK) or any(name.startswith(_CAMPAIGN) for name in headers):
        return True
    if part.header("precedence").lower() in ("bulk", "list", "junk", "auto_reply"):
        return True
    if part.header("auto-submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if part.header("return-path").strip() == "<>" or part.kind == "multipart/report":
        return True
    return bool(_ROBOT.search(author.partition("@")[0]) or _AWAY.match(subject))


def _all(part: MimePart, *names: str) -> list[str]:
    return [value for name in names for value in part.headers.get(name, [])]


def _is_erased(status: str) -> bool:
    """Thunderbird keeps what was erased until it tidies up, with a mark."""
    try:
        return bool(int(status[:8] or "0", 16) & 0x8)
    except ValueError:
        return False
