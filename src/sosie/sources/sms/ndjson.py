"""SMS Import / Export: `messages.ndjson`, one message a line, read as the records of an SMS backup are.

{"thread_id": "1", "address": "+336…07", "date": "1710234060000", "type": "1", "body": "tu viens ?",
 "__display_name": "Anaïs"}
{"date": "1710234180", "msg_box": "1", "__sender_address": {"address": "+336…07", "__display_name": "Anaïs"},
 "__recipient_addresses": [{"address": "+336…99"}], "__parts": [{"ct": "text/plain", "text": "regarde"}]}
"""

from collections.abc import Callable, Iterator
from typing import Any

from sosie.sources.files.archive import Archive
from sosie.sources.files.json_values import dict_of, dicts_of, object_in, text_of
from sosie.sources.files.text_file import open_text
from sosie.sources.sms.records import Attributes, Record

_LONGEST = 8 << 20  # bytes of a line


def ndjson_records(
    archive: Archive, name: str, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Record | None]:
    """The records of a file in order; None for one that cannot be read."""
    with open_text(archive, name, on_bytes, _LONGEST) as lines:
        for line in lines:
            if line.strip():
                item = object_in(line)
                yield None if item is None else _record(item)


def is_ndjson(text: str) -> bool:
    """Whether the first line of a file is such a message."""
    item = object_in(text.lstrip("\ufeff").partition("\n")[0])
    return (
        item is not None
        and "date" in item
        and ("__parts" in item or {"address", "body", "type"} <= set(item))
    )


def _record(item: dict[str, Any]) -> Record:
    own = _texts(item)
    own["contact_name"] = own.get("__display_name", "")
    if "msg_box" not in item:
        return Record("sms", own)
    sender, others = dict_of(item, "__sender_address"), dicts_of(item, "__recipient_addresses")
    received = own["msg_box"] == "1"
    people = [sender, *others[: 0 if len(others) < 2 else None]] if received else others
    own["address"] = "~".join(address for one in people if (address := text_of(one.get("address"))))
    own["contact_name"] = ", ".join(text_of(one.get("__display_name")) for one in people)
    addresses = [{"address": text_of(sender.get("address")), "type": "137"}] if sender else []
    return Record("mms", own, [_texts(part) for part in dicts_of(item, "__parts")], addresses)


def _texts(item: dict[str, Any]) -> Attributes:
    return {key: text_of(value) for key, value in item.items() if isinstance(value, str | int)}
