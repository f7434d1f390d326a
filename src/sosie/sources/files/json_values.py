"""Values of foreign JSON by key and type; empty where the value has another type.

dict_of({"author": {"id": 7}}, "author")  ->  {"id": 7}        text_of(7)     ->  "7"
dict_of({"author": null}, "author")       ->  {}               text_of(None)  ->  ""
"""

import json
from typing import Any

from sosie.sources.files.decoding import without_lone_surrogates

_LARGEST = 1 << 64  # no id is larger


def object_in(text: str) -> dict[str, Any] | None:
    """The object that a line or a small file is; None where it is something else."""
    try:
        value = json.loads(text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_of(value: Any) -> str:
    """A string, or the digits of a number."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
    return str(value) if number else ""


def number_of(value: Any) -> int:
    """A count or an id, written as a number or as its digits; 0 where it is none."""
    digits = text_of(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else 0


def dict_of(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def list_of(value: dict[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def dicts_of(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [one for one in list_of(value, key) if isinstance(one, dict)]
