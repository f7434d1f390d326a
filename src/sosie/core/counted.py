"""The repr of a value that holds somebody's words: how many there are, and none of them.

    Turn("user", "tu viens ?")    ->  Turn(role=str[4], text=str[10])

A notebook shows the repr of what a cell gives, a log that of what it is handed.
"""

from collections.abc import Sized
from dataclasses import fields
from typing import Any, TypeVar

Value = TypeVar("Value")


def counted(kind: type[Value]) -> type[Value]:
    """A decorator of dataclasses, above @dataclass."""
    setattr(kind, "__repr__", told)  # noqa: B010  as it is the type's own
    return kind


def told(value: Any) -> str:
    parts = ", ".join(f"{field.name}={count(getattr(value, field.name))}" for field in fields(value))
    return f"{type(value).__name__}({parts})"


def count(value: Any) -> str:
    """12 -> « 12 »; "salut" -> « str[5] »; what has neither number nor length, its type."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    name = type(value).__name__
    return f"{name}[{len(value)}]" if isinstance(value, Sized) else name
