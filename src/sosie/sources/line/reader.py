"""LINE: the text that « Exporter la discussion » gives, in any language.

[LINE] Discussion avec Yuki
Sauvegardé le : 2024/02/03 10:00

2024.02.01 Jeudi                  a day; also « Thu, 02/01/2024 », « 2024/02/01(木) »
21:05	Yuki	salut ! ça va ?       time, name, text, with tabs between
21:06	Moi	"oui                  several lines stand between quotation marks

et toi ?"
21:07	Yuki	[Sticker]             a medium
21:08		Yuki a quitté le groupe   a notice: no name before the second tab
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.line.entries import (
    DAY_LINE,
    ENTRY_LINE,
    LONGEST_ENTRY,
    NO_DAY,
    TITLE_LINE,
    TOO_LONG,
    LineEntry,
    read_entries,
)
from sosie.sources.values.date_order import DateOrder, calendar, decide
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.written_dates import clock_of

if TYPE_CHECKING:
    from sosie.sources.base import Log

_TITLED = re.compile(
    r"(?:discussion|historique (?:de la )?discussion|chat history|conversation) (?P<how>avec|de|dans|with|in)"
    r"\s+(?P<who>.+)"
    r"|(?P<pair>.+)とのトーク履歴|(?P<group>.+)のトーク履歴",
    re.IGNORECASE,
)
_MEDIA: dict[MessageKind, str] = {
    "image": "photo|photos|sticker|stickers|autocollant|image|album|gif|写真|スタンプ|アルバム|照片|贴图",
    "video": "video|videos|vidéo|動画|视频|影片",
    "voice": "voice message|message vocal|audio|ボイスメッセージ|语音信息|語音訊息",
    "file": "file|fichier|document|contact|ファイル|文件|檔案|連絡先",
    "location": "location|localisation|position|lieu|位置情報|位置",
}
_PLACEHOLDER = {word: kind for kind, words in _MEDIA.items() for word in words.split("|")}
_CALL = re.compile(r"☎")
_UNSENT = re.compile(
    r"\b(?:unsent a message|a annulé l['’]envoi|a retiré un message)|メッセージの送信を取り消しました"
)


class Line(FileReader):
    expects = "une discussion LINE (« [LINE] Discussion avec … »)"
    sureness = 0.92

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = files_ending(archive, ".txt")
        return [name for name in names[:most] if _is_one(read_as(archive.head(name)[: 1 << 16]))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        days, people = _survey(archive, name)
        order = decide(days) if days else None
        if order and not all(re.match(r"\d{4}", day) for day in days):
            log.date_order = log.date_order or order
        title, group = _titled(archive, name)
        yield Conversation(
            id=f"line-{digest(title)}",
            title=title,
            source="line",
            group=group or len(people) > 2,
            messages=_messages(archive, name, order, log),
        )


def _is_one(text: str) -> bool:
    """The heading, or a day before entries; entries in either case."""
    lines = text.lstrip("\ufeff").splitlines()[:2000]
    entries = sum(ENTRY_LINE.match(line) is not None for line in lines)
    headed = bool(lines) and TITLE_LINE.match(lines[0]) is not None
    return entries > 0 and (headed or entries > 1 and any(map(DAY_LINE.match, lines[:10])))


def _titled(archive: Archive, name: str) -> tuple[str, bool]:
    """(title, whether it says that this is a group)"""
    first = read_as(archive.head(name)[:4096]).partition("\n")[0].strip("\ufeff\r ")
    heading = TITLE_LINE.match(first)
    title = heading["title"].strip() if heading else PurePosixPath(name).stem.removeprefix("[LINE]").strip()
    if found := _TITLED.fullmatch(title):
        who = found["who"] or found["pair"] or found["group"]
        return who.strip(), (found["how"] or "").lower() in ("in", "dans") or bool(found["group"])
    return title, False


def _survey(archive: Archive, name: str) -> tuple[list[str], set[str]]:
    """(the days as written, who writes)"""
    days: list[str] = []
    people: set[str] = set()
    for entry in read_entries(archive, name):
        if entry.day and entry.day != (days or [""])[-1]:
            days.append(entry.day)
        if entry.name:
            people.add(entry.name)
    return days, people


def _messages(archive: Archive, name: str, order: DateOrder | None, log: "Log") -> Iterator[Message]:
    day_of, ids = calendar(order.order if order else "année/mois/jour"), MessageIds()
    for entry in read_entries(archive, name, log):
        day, clock = day_of(entry.day), _clock(entry.time)
        if not day or clock is None or len(entry.text) > LONGEST_ENTRY:
            log.skip(NO_DAY if len(entry.text) <= LONGEST_ENTRY else TOO_LONG)
            continue
        log.entries += 1
        kind, text = _kind_and_text(entry)
        author = "" if kind == "notice" else entry.name or ""
        yield Message(
            id=ids.of(entry.day, entry.time, author, entry.text),
            author=author,
            text=text,
            at=datetime(*day, *clock),
            kind=kind,
            origin=f"{name}:{entry.number}",
        )


def _kind_and_text(entry: LineEntry) -> tuple[MessageKind, str]:
    text = entry.text
    if not entry.name or _UNSENT.search(text) and len(text) < 100:
        return "notice", text
    if _CALL.match(text):
        return "call", text
    if text.startswith("[") and text.endswith("]") and (kind := _PLACEHOLDER.get(text[1:-1].strip().lower())):
        return kind, ""
    return "text", text


def _clock(time: str) -> tuple[int, int, int] | None:
    found = clock_of(time)
    if not found or found[0] > 23 or found[1] > 59:
        return None
    hour = found[0]
    if time.startswith(("下午", "午後", "오후")):
        hour = hour % 12 + 12
    elif time.startswith(("上午", "午前", "오전")):
        hour %= 12
    return hour, found[1], 0
