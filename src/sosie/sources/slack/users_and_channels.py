"""The lists beside Slack's messages: who the people are, which channel a folder is.

users.json        [{"id": "U1", "name": "lea", "profile": {"display_name": "léa"}}]
channels.json     [{"id": "C1", "name": "général", "members": ["U1"]}]      groups, dms, mpims: the same
"""

import json
from pathlib import PurePosixPath
from typing import Any

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import encoding_of
from sosie.sources.files.json_values import dict_of, text_of

USER_LISTS = ("users.json", "org_users.json")  # the second of an Enterprise Grid
CHANNEL_LISTS = ("channels.json", "groups.json", "mpims.json", "dms.json")
_MOST_BYTES = 64 << 20  # of a list of people or channels
SlackItem = dict[str, Any]


def _load(archive: Archive, name: str) -> Any:
    """A file as JSON, None where it is not."""
    with archive.open(name) as stream:
        data = stream.read(_MOST_BYTES)
    try:
        return json.loads(data.decode(encoding_of(data[: 1 << 20]) or "utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def read_list(archive: Archive, file: str) -> list[SlackItem]:
    for name in archive.names:
        if PurePosixPath(name).name == file and isinstance(items := _load(archive, name), list):
            return [item for item in items if isinstance(item, dict)]
    return []


def by_folder(archive: Archive) -> dict[str, SlackItem]:
    """By the name of their folder: a name, or an id for direct messages."""
    found: dict[str, SlackItem] = {}
    for file in CHANNEL_LISTS:
        for item in read_list(archive, file):
            for key in ("id", "name"):
                if folder := text_of(item.get(key)):
                    found.setdefault(folder, {**item, "list": file})
    return found


def channel_names(channels: dict[str, SlackItem]) -> dict[str, str]:
    return {
        text_of(item.get("id")): text_of(item.get("name"))
        for item in channels.values()
        if text_of(item.get("name"))
    }


def names_of(item: SlackItem) -> tuple[str, str]:
    """(the name of a person, what distinguishes them from a namesake)"""
    profile = dict_of(item, "profile")
    called = (
        text_of(profile.get("display_name"))
        or text_of(profile.get("real_name"))
        or text_of(item.get("real_name"))
    )
    return (called or text_of(item.get("name"))), text_of(item.get("name"))
