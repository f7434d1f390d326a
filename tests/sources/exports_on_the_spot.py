"""Exports written on the spot, and what is read in them."""

from pathlib import Path

from sosie.sources.base import read_export

LRM, NARROW, HARD = "\u200e", "\u202f", "\u00a0"  # left-to-right mark, and two no-break spaces


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path) -> list:
    """All the messages of an export, of all its conversations."""
    return [message for conversation in read_export(path) for message in conversation.messages]


def said(messages: list) -> list[tuple[str, str]]:
    """(author, text) of what people wrote."""
    return [(message.author, message.text) for message in messages if message.kind != "notice"]
