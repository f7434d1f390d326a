"""Which mails answer which, and whose mailbox this is.

<a1>                      a thread
<a2>  In-Reply-To: <a1>   the same
<a3>  Re: Réunion         the same: same subject, same people, and it says that it answers
"""

from collections import Counter
from dataclasses import dataclass
from sys import intern

from sosie.sources.mail.headers import Letter
from sosie.sources.values.message_ids import digest


@dataclass(slots=True)
class MailThread:
    """`id` comes from its oldest mail that is known of, whether that is here or not."""

    id: str
    title: str
    people: tuple[str, ...] = ()  # everybody named
    authors: tuple[str, ...] = ()  # the people who wrote

    def add(self, letter: Letter) -> None:
        self.people += tuple(intern(name) for name in letter.people if name not in self.people)
        self.authors += (intern(letter.author),) if letter.author not in self.authors else ()


class Threads:
    """Threads by the ids of all mails that they are known to hold."""

    def __init__(self) -> None:
        self.threads: list[MailThread] = []
        self._of_mail: dict[int, int] = {}
        self._of_subject: dict[int, int] = {}
        self._read: set[int] = set()

    def has(self, letter: Letter) -> bool:
        return int(letter.id, 16) in self._read

    def of(self, letter: Letter) -> MailThread:
        """The thread of a new mail, an old one or a new one."""
        self._read.add(int(letter.id, 16))
        first = next(iter(letter.known_as), letter.id)
        names = [
            int(name, 16) for name in (*letter.known_as, letter.id)
        ]  # numbers: half the size of their digits
        subject = int(digest(letter.subject.casefold(), *sorted(letter.people)), 16)
        number = next((self._of_mail[name] for name in names if name in self._of_mail), None)
        if number is None and letter.answers and letter.subject:
            number = self._of_subject.get(subject)
        if number is None:
            number = len(self.threads)
            self.threads.append(MailThread(first, letter.subject or letter.author))
        for name in names:
            self._of_mail.setdefault(name, number)
        self._of_subject[subject] = number
        thread = self.threads[number]
        thread.add(letter)
        return thread


class Owner:
    """Whose mails these are, from the surest clue to the least.

    1. the author of what lies among the sent mails (a label of Gmail, a folder)
    2. to whom the mails were delivered
    3. the author of the mails that went through no server, where others did
    4. the one address that is in more mails than any other, written or received, and that writes
    Otherwise the owner stays unknown, and the user is asked.
    """

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()
        self._delivered: Counter[str] = Counter()
        self._never_arrived: Counter[str] = Counter()
        self._present: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._arrived = 0
        self._own: Counter[str] = Counter()

    def add(self, letter: Letter) -> None:
        self._present.update(letter.people)
        if letter.automatic and not letter.sent:
            self._delivered[letter.delivered_to] += bool(letter.delivered_to)
            return
        self._written[letter.author] += 1
        self._sent[letter.author] += letter.sent
        self._arrived += letter.arrived
        self._never_arrived[letter.author] += not letter.arrived
        if letter.delivered_to != letter.author:
            self._delivered[letter.delivered_to] += bool(letter.delivered_to)

    def decide(self) -> None:
        """Once all was heard."""
        sent, delivered = +self._sent, +self._delivered
        never_arrived = +self._never_arrived if self._arrived else Counter[str]()
        if sent:
            most = sent.most_common(1)[0][1]
            self._own = Counter({name: count for name, count in sent.items() if count * 50 >= most})
        elif delivered or never_arrived:
            self._own = Counter(dict((delivered or never_arrived).most_common(1)))
        else:
            self._own = Counter(dict(self._always_there()))

    def _always_there(self) -> list[tuple[str, int]]:
        ranked = [(name, count) for name, count in self._present.most_common(50) if self._written[name]]
        alone = len(ranked) == 1 or len(ranked) > 1 and ranked[0][1] > ranked[1][1]
        return ranked[:1] if alone and ranked[0][1] > 1 else []

    @property
    def alone(self) -> bool:
        """Whether nothing of anybody else is here: the sent mails alone."""
        return bool(+self._sent) and not set(self._written) - set(self._own)

    def of(self, thread: MailThread) -> str | None:
        """The owner's name in a thread: the address they used there, else their usual one."""
        usual = next((name for name, _ in self._own.most_common(1)), None)
        return next((name for name in thread.authors if name in self._own), usual)
