"""SMS in JSON: the backups of QKSMS, and of SMS Messenger (Fossify, Simple Mobile Tools).

QKSMS            {"messageCount": 2, "messages": [{"type": 1, "address": "+336…07", "body": "tu viens ?",
                                                   "date": 1710234060000, "dateSent": 1710234059000}]}
SMS Messenger    [{"address": "+336…07", "date": 1710234060000, "type": 1, "body": "…", "backupType": "sms"},
                  {"date": 1710234180000, "messageBox": 1, "addresses": [{"address": "+336…07", "type": 137}],
                   "parts": [{"contentType": "text/plain", "text": "regarde"}], "backupType": "mms"}]
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import json_key
from sosie.sources.files.json_stream import open_json
from sosie.sources.files.json_values import dicts_of, text_of
from sosie.sources.sms.records import Attributes, Record

_QKSMS = re.compile(json_key("messageCount") + r'\s*:\s*\d+\s*,\s*"messages"\s*:\s*\[')
_FOSSIFY = re.compile(r'(?<!\\)"(?:backupType"\s*:\s*"[sm]ms"|subscriptionId"\s*:|sub_id"\s*:)')
_SENT = re.compile(r'(?<!\\)"(?:dateSent|date_sent)"\s*:')
_FROM, _TO = "137", "151"


def is_json_backup(text: str) -> bool:
    """Whether the beginning of a file is one of these."""
    ours = {"{": _QKSMS, "[": _FOSSIFY}.get(text.lstrip("\ufeff \r\n\t")[:1])
    return bool(ours and ours.search(text) and _SENT.search(text))


def json_records(
    archive: Archive, name: str, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Record | None]:
    """The records of a file in order; None for what is none."""
    for item in open_json(archive, name, on_bytes).objects(_is_record):
        yield _record(item) if isinstance(item, dict) and _is_record(item) else None


def _is_record(item: dict[str, Any]) -> bool:
    return "date" in item and ("body" in item or "parts" in item)


def _record(item: dict[str, Any]) -> Record:
    own = {key: text_of(value) for key, value in item.items()}
    if "parts" not in item:
        return Record("sms", own)
    own["msg_box"] = own.get("messageBox") or own.get("msg_box", "")
    parts = [_texts(part, {"contentType": "ct"}) for part in dicts_of(item, "parts")]
    addresses = [_texts(one, {}) for one in dicts_of(item, "addresses")]
    senders, receivers = (
        [one.get("address", "") for one in addresses if one.get("type") == way] for way in (_FROM, _TO)
    )
    received = own["msg_box"] == "1"
    people = [*senders, *receivers[: 0 if len(receivers) < 2 else None]] if received else receivers
    own["address"] = "~".join(filter(None, people))
    return Record("mms", own, parts, addresses)


def _texts(item: dict[str, Any], renamed: dict[str, str]) -> Attributes:
    return {renamed.get(key, key): text_of(value) for key, value in item.items()}
