"""What a file that was sent is, from its name or its MIME type: « voice-message.ogg » -> voice."""

import re
from collections.abc import Iterable
from typing import Any

from sosie.core.message import Kind

BY_NAME: dict[Kind, str] = {
    "image": "jpg jpeg png gif webp heic heif avif bmp tif tiff svg apng jfif",
    "video": "mp4 mov mkv webm avi mpeg mpg 3gp qt m4v",
    "voice": "m4a aac mp3 ogg oga opus wav flac amr",
}
ENDINGS: dict[str, Kind] = {ending: kind for kind, endings in BY_NAME.items() for ending in endings.split()}
ENDING = re.compile(r"\.(\w{2,5})(?:\?.*)?\Z")


def kind_of_name(name: Any) -> Kind:
    """From a file's name or address."""
    found = ENDING.search(name) if isinstance(name, str) else None
    return ENDINGS.get(found[1].lower(), "file") if found else "file"


def kind_of_type(mime: Any) -> Kind:
    """From a MIME type."""
    family = mime.partition("/")[0].lower() if isinstance(mime, str) else ""
    families: dict[str, Kind] = {"image": "image", "video": "video", "audio": "voice"}
    return families.get(family, "file")


def kind_of_names(names: Iterable[Any]) -> Kind:
    """Of several files the first decides; without any it is text."""
    return next(map(kind_of_name, names), "text")
