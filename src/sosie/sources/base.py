"""Chat exports, read by whoever recognises them.

    reading = read_export(Path("Discussion WhatsApp avec Malo.zip"))
    for conversation in reading:                 # in the order of the export
        for message in conversation.messages:    # one pass, never all in memory
            ...
    reading.log.skipped                          # {"date impossible": 2}, complete once all was read

A reader is a class with `sniff` and `read`, named in BUILT_IN or in an entry point of "sosie.sources".
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sosie.core.errors import UnknownExport
from sosie.core.message import Conversation
from sosie.core.progress import Event, Report
from sosie.core.registry import Registry
from sosie.sources.files.archive import Archive, open_archive
from sosie.sources.files.decoding import read_as
from sosie.sources.packed import MEND, is_packed
from sosie.sources.values.date_order import DateOrder

if TYPE_CHECKING:
    from sosie.sources.mixed_exports import Pile

BUILT_IN = {
    "whatsapp": "sosie.sources.whatsapp.reader:WhatsApp",
    "telegram": "sosie.sources.telegram.reader:Telegram",
    "messenger": "sosie.sources.meta.reader:Messenger",
    "instagram": "sosie.sources.meta.reader:Instagram",
    "openai_jsonl": "sosie.sources.datasets.openai_jsonl:OpenAIJsonl",
    "sharegpt": "sosie.sources.datasets.sharegpt:ShareGPT",
    "alpaca": "sosie.sources.datasets.alpaca:Alpaca",
    "chatgpt": "sosie.sources.assistants.chatgpt:ChatGPT",
    "claude": "sosie.sources.assistants.claude:Claude",
    "lechat": "sosie.sources.assistants.lechat:LeChat",
    "sms": "sosie.sources.sms.reader:Sms",
    "discord": "sosie.sources.discord.chat_exporter:Discord",
    "discord_package": "sosie.sources.discord.data_package:DiscordPackage",
    "signal": "sosie.sources.signal.reader:Signal",
    "signal_export": "sosie.sources.signal.signal_export_tool:SignalExport",
    "email": "sosie.sources.mail.reader:Mail",
    "imessage": "sosie.sources.imessage.reader:IMessage",
    "slack": "sosie.sources.slack.reader:Slack",
    "google_chat": "sosie.sources.google_chat:GoogleChat",
    "line": "sosie.sources.line.reader:Line",
    "snapchat": "sosie.sources.snapchat:Snapchat",
    "skype": "sosie.sources.skype:Skype",
    "csv": "sosie.sources.table.reader:Table",
    "transcript": "sosie.sources.plain_text.subtitles:Transcript",
    "dialogue": "sosie.sources.plain_text.dialogue:Dialogue",
}
SOURCES = Registry("sosie.sources", BUILT_IN)


@dataclass(slots=True)
class Log:
    """What a reader says beside the conversations; it is filled while they are read.

    Once all is read, entries = messages + notices + the sum of skipped.
    """

    entries: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # a reason, in French: how many entries
    date_order: DateOrder | None = None  # None where the format leaves no doubt
    done: int = 0  # bytes read, of
    total: int = 0  # bytes in all
    heard: Callable[[], None] | None = field(default=None, repr=False)  # told that `done` has grown

    def skip(self, reason: str, count: int = 1) -> None:
        """Entries that are there and are not used."""
        self.entries += count
        self.skipped[reason] += count

    def advance(self, count: int) -> None:
        self.done += count
        if self.heard:
            self.heard()


class Source(Protocol):
    """One format. `expects` completes « sosie lit … » for a user whose file is something else."""

    expects: str

    def sniff(self, archive: Archive) -> float:
        """0 no, 1 sure; judged by content, never by the extension."""

    def read(self, archive: Archive, log: Log) -> Iterator[Conversation]:
        """The conversations, in the order of the export; the same export gives them again in that order."""


class Reading(Iterator[Conversation]):
    """The conversations of one export, once; `log` fills while their messages are read.

    `pile` is what the export was found in, where it was found among others (pile.py).
    """

    def __init__(self, source: str, reader: Source, archive: Archive, pile: "Pile | None" = None) -> None:
        self.source, self.archive, self.pile = source, archive, pile
        self.log = Log()
        self.empty = True
        self._conversations = reader.read(archive, self.log)
        self._told = 0

    def __next__(self) -> Conversation:
        conversation = next(self._conversations, None)
        if conversation is not None:
            self.empty = False
            return conversation
        if self.empty and not (self.pile and self.pile.begun):
            raise unknown(self.archive, (self.source,))
        raise StopIteration

    @property
    def label(self) -> str:
        """What to call this export: its file or folder, where it was found among others."""
        return self.pile.label(self) if self.pile else self.archive.name

    @property
    def needed(self) -> tuple[str, ...] | None:
        """The files of the archive that are read, and those beside them; None for all."""
        return self.pile.needed(self) if self.pile else None

    def follow(self, report: Report, before: int = 0, total: int = 0) -> None:
        """Report the bytes as they are read, after `before` others and of `total`; 200 times at most."""

        def heard() -> None:
            of = total or self.log.total
            if self.log.done - self._told >= of / 200:
                self._told = self.log.done
                report(Event("read", before + self.log.done, of))

        self.log.heard = heard


def read_export(path: Path, source: str | None = None) -> Reading:
    """What `path` (a file, a folder or a zip) holds; UnknownExport or UnsafeArchive if it cannot be read."""
    return read_archive(open_archive(path), source)


def read_archive(archive: Archive, source: str | None = None, pile: "Pile | None" = None) -> Reading:
    name = source or recognise(archive)
    if name not in SOURCES:
        close = get_close_matches(name, list(SOURCES), n=1)
        meant = f"Vouliez-vous dire « {close[0]} » ? " if close else ""
        raise UnknownExport(
            f"sosie ne connaît pas de format « {name} ».", f"{meant}Formats connus : {', '.join(SOURCES)}."
        )
    return Reading(name, SOURCES[name](), archive, pile)


def recognise(archive: Archive) -> str:
    """The name of the reader that is surest of this archive."""
    scores = {name: sureness(name, archive) for name in SOURCES}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] <= 0:
        raise unknown(archive)
    return best


def sureness(source: str, archive: Archive) -> float:
    reader: Source = SOURCES[source]()
    return reader.sniff(archive)


def unknown(archive: Archive, known: tuple[str, ...] = ()) -> UnknownExport:
    """What was looked at and what was expected, without a word of what is inside."""
    if archive.names and all(name.lower().endswith(".zip") or is_packed(name) for name in archive.names):
        return UnknownExport(f"« {archive.name} » ne contient que d'autres archives.", MEND)
    if known:
        expected = " ; ".join(SOURCES[name]().expects for name in known)
        mend = f"Attendu : {expected}."
    else:
        example, names = SOURCES["whatsapp"]().expects, ", ".join(SOURCES)
        mend = f"Attendu, par exemple : {example}. Au besoin, --source NOM parmi : {names}."
    return UnknownExport(f"« {archive.name} » ne ressemble à aucun export connu : {_seen(archive)}.", mend)


def _seen(archive: Archive) -> str:
    """« 54 lignes lues, aucune reconnue »"""
    if not archive.names:
        return "il n'y a rien dedans"
    if len(archive.names) > 1:
        return f"{len(archive.names)} fichiers regardés, aucun reconnu"
    text = read_as(archive.head(archive.names[0]))
    lines = text.count("\n") + 1
    several = "s" * (lines > 1)
    return f"{lines} ligne{several} lue{several}, aucune reconnue" if text else "ce n'est pas du texte"
