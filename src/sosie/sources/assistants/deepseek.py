"""DeepSeek: `conversations.json` of its export, a tree like ChatGPT's, whose messages are in fragments.

{"id": "k1", "title": "Recette", "mapping": {
    "root": {"parent": null,   "message": null},
    "1":    {"parent": "root", "message": {"inserted_at": "2025-02-01T18:00:01+08:00", "files": [],
                                           "fragments": [{"type": "REQUEST", "content": "..."}]}},
    "2":    {"parent": "1",    "message": {"fragments": [{"type": "THINK", "content": "..."},
                                                         {"type": "RESPONSE", "content": "..."}]}}}}

Before there were fragments: {"content": "...", "reasoning_content": "..." or null}, one after the other.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.sources.assistants.branches import last_branch
from sosie.sources.assistants.common import NO_WORDS, HistoryTurn, read_history
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import json_key, sniff_files
from sosie.sources.files.json_values import dicts_of, text_of
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'(?<!\\)"(?:fragments"\s*:\s*\[|inserted_at"\s*:)')
_ALSO = re.compile(json_key("mapping") + r"\s*:\s*\{")
_BEHIND = "branche abandonnée"
_ROLES = {"REQUEST": "user", "RESPONSE": "assistant"}


class DeepSeek:
    expects = "un export DeepSeek (conversations.json, ou le zip reçu)"

    def sniff(self, archive: Archive) -> float:
        return sniff_files(archive, _OURS, _ALSO)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        return read_history(archive, log, "deepseek", _OURS, _is_one, _turns, ("id",), title="title")


def _is_one(value: dict[str, Any]) -> bool:
    return isinstance(value.get("mapping"), dict)


def _turns(value: dict[str, Any], log: "Log") -> Iterator[HistoryTurn]:
    """The dialogue as it was seen last, without what the model thought."""
    nodes: dict[str, Any] = {k: node for k, node in value["mapping"].items() if isinstance(node, dict)}
    branch = last_branch(nodes, value.get("current_node"), lambda one: from_iso(one.get("inserted_at")))
    for key, node in nodes.items():
        if key not in branch and isinstance(node.get("message"), dict):
            log.skip(_BEHIND)
    role = "assistant"
    for key in branch:
        message = nodes[key].get("message")
        if not isinstance(message, dict):
            continue  # the root has none
        role = "user" if role == "assistant" else "assistant"
        said = [one for one in _fragments(message, role) if text_of(one.get("type")) in _ROLES]
        text = "\n".join(words for one in said if (words := text_of(one.get("content")).strip()))
        kind = kind_of_names(file.get("file_name") for file in dicts_of(message, "files"))
        if not said or (not text and kind == "text"):
            log.skip(NO_WORDS)
            continue
        role = _ROLES[text_of(said[0].get("type"))]
        yield HistoryTurn(key, role, text, from_iso(message.get("inserted_at")), kind)


def _fragments(message: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """Those of a message, else its content: the two speak in turn, and only the model thinks."""
    if "fragments" in message:
        return list(dicts_of(message, "fragments"))
    asked = role == "user" and not text_of(message.get("reasoning_content"))
    return [{"type": "REQUEST" if asked else "RESPONSE", "content": message.get("content")}]
