"""Grok: `prod-grok-backend.json` of the data that xAI gives (accounts.x.ai, or grok.com > Data controls).

{"conversations": [{"conversation": {"id": "c1", "title": "Recette"}, "responses": [
    {"response": {"_id": "r1", "sender": "human", "message": "une recette ?",
                  "create_time": {"$date": {"$numberLong": "1740000000000"}}}},
    {"response": {"_id": "r2", "sender": "ASSISTANT", "parent_response_id": "r1", "message": "Oui"}}]}]}

An answer asked for again has the same parent: the branch seen last is kept.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.sources.assistants.branches import last_branch
from sosie.sources.assistants.common import NO_WORDS, HistoryTurn, history_conversation, key_of
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import bytes_to_read, files_matching, json_key, sniff_files
from sosie.sources.files.json_stream import objects
from sosie.sources.files.json_values import dict_of, dicts_of, list_of, text_of
from sosie.sources.values.timestamps import from_iso, from_thousandths, sortable

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(json_key("responses") + r'\s*:\s*\[\s*\{\s*"response"\s*:')
_ALSO = re.compile(json_key("conversation") + r"\s*:\s*\{")
_NOT_ONE = "objet qui n'est pas une conversation"
_TWICE = "conversation déjà lue"
_BEHIND = "branche abandonnée"
_Item = dict[str, Any]


class Grok:
    expects = "un export Grok (prod-grok-backend.json, ou le zip reçu)"

    def sniff(self, archive: Archive) -> float:
        return sniff_files(archive, _OURS, _ALSO)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        log.total = bytes_to_read(archive)
        seen: set[str] = set()
        for name in files_matching(archive, _OURS, _ALSO):
            for value in objects(archive, name, _is_one, log, "conversations", _NOT_ONE):
                about = dict_of(value, "conversation")
                identity = key_of(about, "id")
                if identity in seen:
                    log.skip(_TWICE)
                    continue
                seen.add(identity)
                turns = _turns(value, log)
                if found := history_conversation("grok", identity, about.get("title"), turns, log):
                    yield found


def _is_one(value: _Item) -> bool:
    return isinstance(value.get("conversation"), dict) and isinstance(value.get("responses"), list)


def _turns(value: _Item, log: "Log") -> Iterator[HistoryTurn]:
    """The dialogue as it was seen last, by time."""
    nodes: dict[str, _Item] = {}
    for one in dicts_of(value, "responses"):
        said = dict_of(one, "response")
        nodes[key_of(said, "_id")] = {"parent": said.get("parent_response_id"), "message": said}
    branch = last_branch(nodes, None, _time_of)
    if len(nodes) > len(branch):
        log.skip(_BEHIND, len(nodes) - len(branch))
    for key in sorted(branch, key=lambda key: sortable(_time_of(nodes[key]["message"]))):
        said = nodes[key]["message"]
        text, sent = text_of(said.get("message")).strip(), list_of(said, "file_attachments")
        if text or sent:
            role = "user" if text_of(said.get("sender")).lower() in ("human", "user") else "assistant"
            yield HistoryTurn(key, role, text, _time_of(said), "file" if sent else "text")
        else:
            log.skip(NO_WORDS)


def _time_of(said: _Item) -> datetime | None:
    """From ISO 8601, or {"$date": {"$numberLong": "1740000000000"}}."""
    written = said.get("create_time")
    if not isinstance(written, dict):
        return from_iso(written, utc=True)
    date = written.get("$date")
    return from_thousandths(date.get("$numberLong") if isinstance(date, dict) else date) or from_iso(
        date, utc=True
    )
