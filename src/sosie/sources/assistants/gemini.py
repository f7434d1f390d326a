"""Gemini, as Google Takeout gives it: « Mon activité / Applications Gemini / MonActivité.json ».

    [{"header": "Applications Gemini", "title": "Requête envoyée : pourquoi le ciel est bleu ?",
      "time": "2026-03-02T09:15:00.000Z", "products": ["Applications Gemini"],
      "safeHtmlItem": [{"html": "<p>À cause de la diffusion.</p>"}]}]

An activity is a question and its answer, newest first; which ones belong together is not said.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.sources.assistants.common import HistoryTurn, history_conversation
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import bytes_to_read, files_matching, json_key, sniff_files
from sosie.sources.files.html_text import html_to_text
from sosie.sources.files.json_stream import objects
from sosie.sources.files.json_values import dicts_of, text_of
from sosie.sources.values.message_ids import MessageIds
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(json_key("header") + r'\s*:\s*"(?:Applications Gemini|Gemini Apps|Gemini|Bard)"')
_ASKED = re.compile(
    r"\s*(?:(?:requête|invite|instruction|question)(?:\s*:| (?:envoyée|saisie))"
    r"|vous avez (?:demandé|dit|saisi|envoyé)|prompted|asked|said)\s*:?\s+",
    re.IGNORECASE,
)
_OTHER = "activité sans question"
_EARLY = datetime(1, 1, 1, tzinfo=UTC)


class Gemini:
    expects = "un export Gemini (Takeout : Mon activité, MonActivité.json)"

    def sniff(self, archive: Archive) -> float:
        return sniff_files(archive, _OURS)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        log.total = bytes_to_read(archive)
        ids = MessageIds()
        turns: list[HistoryTurn] = []
        for name in files_matching(archive, _OURS):
            for item in objects(archive, name, _is_one, log):
                turns += _turns(item, ids, log)
        turns.sort(key=lambda turn: turn.at or _EARLY)
        if turns and (found := history_conversation("gemini", "activite", "Gemini", turns, log)):
            yield found


def _is_one(value: dict[str, Any]) -> bool:
    return isinstance(value.get("title"), str) and isinstance(value.get("time"), str)


def _turns(item: dict[str, Any], ids: MessageIds, log: "Log") -> Iterator[HistoryTurn]:
    """The question, then the answer where there is one."""
    asked = _ASKED.match(item["title"])
    answer = "\n".join(
        html_to_text(text_of(one.get("html"))) for one in dicts_of(item, "safeHtmlItem")
    ).strip()
    # What is answered is a question, whatever the language that says so.
    question = item["title"][asked.end() if asked else 0 :].strip() if asked or answer else ""
    at = from_iso(item["time"], utc=True)
    if not question:
        log.skip(_OTHER)
        return
    yield HistoryTurn(ids.of(item["time"], "user", question), "user", question, at)
    if answer:
        yield HistoryTurn(ids.of(item["time"], "assistant", answer), "assistant", answer, at)
