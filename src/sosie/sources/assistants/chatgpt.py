"""ChatGPT: `conversations.json`, or the zip it came in, or its shards `conversations-000.json`...

A conversation is a tree: a question asked again, or an answer begun again, makes a branch. What the person
saw last is the way from `current_node` up to the root.

    {"title": "Haïku", "current_node": "a2", "mapping": {
        "root": {"parent": null,   "message": null},
        "u1":   {"parent": "root", "message": {"author": {"role": "user"}, "create_time": 1746093600.0,
                                               "content": {"content_type": "text", "parts": ["Écris..."]}}},
        "a1":   {"parent": "u1", ...},      a first answer, left behind
        "a2":   {"parent": "u1", ...}}}
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, MessageKind
from sosie.sources.assistants.branches import Node, last_branch
from sosie.sources.assistants.common import NO_WORDS, HistoryTurn, key_of, read_history
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import sniff_files
from sosie.sources.files.json_values import dict_of, dicts_of
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.timestamps import from_seconds

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(  # DeepSeek's tree has fragments, or what was inserted
    r'(?s)\A(?!.*(?<!\\)"(?:fragments"\s*:\s*\[|inserted_at"\s*:)).*(?<!\\)"mapping"\s*:\s*\{'
)
_NO_DIALOGUE = {
    "thoughts": "raisonnement de l'assistant",
    "reasoning_recap": "raisonnement de l'assistant",
    "user_editable_context": "consignes enregistrées",
    "model_editable_context": "consignes enregistrées",
}
_BEHIND = "branche abandonnée"
_HIDDEN = "message caché"
_TOOL = "appel ou réponse d'outil"
_SYSTEM = "consigne au modèle"


class ChatGPT:
    expects = "un export ChatGPT (conversations.json, ou le zip reçu)"

    def sniff(self, archive: Archive) -> float:
        return sniff_files(archive, _OURS)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        keys = ("conversation_id", "id")
        return read_history(archive, log, "chatgpt", _OURS, _is_one, _turns, keys, title="title")


def _is_one(value: dict[str, Any]) -> bool:
    return isinstance(value.get("mapping"), dict)


def _turns(value: dict[str, Any], log: "Log") -> Iterator[HistoryTurn]:
    """The dialogue as it was seen last; everything else is counted with its reason."""
    nodes: dict[str, Node] = {k: node for k, node in value["mapping"].items() if isinstance(node, dict)}
    branch = last_branch(
        nodes, value.get("current_node"), lambda message: from_seconds(message.get("create_time"))
    )
    for key, node in nodes.items():
        if key not in branch and isinstance(node.get("message"), dict):
            log.skip(_BEHIND)
    for key in branch:
        message = nodes[key].get("message")
        if not isinstance(message, dict):
            continue  # the root has none
        text, kind, dictated = _text_and_kind(message)
        if kind == "text":
            kind = kind_of_names(
                one.get("name") for one in dicts_of(dict_of(message, "metadata"), "attachments")
            )
        if reason := _left_out(message) or ("" if text or kind != "text" else NO_WORDS):
            log.skip(reason)
            continue
        at = from_seconds(message.get("create_time"))
        yield HistoryTurn(
            key_of({**message, "node": key}, "id", "node"), _role(message), text, at, kind, not dictated
        )


def _left_out(message: dict[str, Any]) -> str:
    """Why a message is no part of the dialogue; empty where it is."""
    metadata, content = dict_of(message, "metadata"), dict_of(message, "content")
    author, shape = _role(message), content.get("content_type", "text")
    if isinstance(shape, str) and shape in _NO_DIALOGUE:
        return _NO_DIALOGUE[shape]
    if message.get("channel") == "analysis":
        return _NO_DIALOGUE["thoughts"]
    if metadata.get("is_visually_hidden_from_conversation") or metadata.get("is_user_system_message"):
        return _HIDDEN
    if author == "system":
        return _SYSTEM
    if author not in ("user", "assistant") or message.get("recipient", "all") not in ("all", None):
        return _TOOL
    return _TOOL if author == "assistant" and shape not in ("text", "multimodal_text") else ""


def _role(message: dict[str, Any]) -> str:
    found = dict_of(message, "author").get("role")
    return found if isinstance(found, str) else ""


def _text_and_kind(message: dict[str, Any]) -> tuple[str, MessageKind, bool]:
    """(text, kind, whether it was dictated). Parts are strings, files, and what was heard.

    [{"content_type": "image_asset_pointer"}, "et ça te parle ?"]  ->  ("et ça te parle ?", "image", False)
    """
    content = dict_of(message, "content")
    parts = content.get("parts")
    texts: list[str] = []
    kind: MessageKind = "text"
    dictated = False
    for part in parts if isinstance(parts, list) else [content.get("text")]:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            shape = part.get("content_type")
            if shape == "audio_transcription" and isinstance(part.get("text"), str):
                texts.append(part["text"])
                kind, dictated = "voice", True
            elif kind == "text":
                kind = "image" if shape == "image_asset_pointer" else "file"
                kind = "voice" if isinstance(shape, str) and "audio" in shape else kind
    return "\n".join(text for text in texts if text.strip()), kind, dictated
