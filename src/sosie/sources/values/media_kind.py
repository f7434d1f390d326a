"""What a file that was sent is, from its name or its MIME type: « voice-message.ogg » -> voice."""

import re
from collections.abc import Iterable
from typing import Any

from sosie.core.message import MessageKind

_BY_NAME: dict[MessageKind, str] = {
    "image": "jpg jpeg png gif webp heic heif avif bmp tif tiff svg apng jfif",
    "video": "mp4 mov mkv webm avi mpeg mpg 3gp qt m4v",
    "voice": "m4a aac mp3 ogg oga opus wav flac amr",
}
_ENDINGS: dict[str, MessageKind] = {
    ending: kind for kind, endings in _BY_NAME.items() for ending in endings.split()
}
_ENDING = re.compile(r"\.(\w{2,5})(?:\?.*)?\Z")


def kind_of_name(name: Any) -> MessageKind:
    """From a file's name or address."""
    found = _ENDING.search(name) if isinstance(name, str) else None
    return _ENDINGS.get(found[1].lower(), "file") if found else "file"


def kind_of_type(mime: Any) -> MessageKind:
    """From a MIME type."""
    family = mime.partition("/")[0].lower() if isinstance(mime, str) else ""
    families: dict[str, MessageKind] = {"image": "image", "video": "video", "audio": "voice"}
    return families.get(family, "file")


def kind_of_names(names: Iterable[Any]) -> MessageKind:
    """Of several files the first decides; without any it is text."""
    return next(map(kind_of_name, names), "text")
