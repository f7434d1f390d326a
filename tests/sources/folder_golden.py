"""Exports that are folders, `fixtures/FORMAT/export`, and what each gives, `fixtures/FORMAT/golden.jsonl`.

To renew them after a change that is meant: python tests/sources/folder_golden.py chatgpt, then read
the difference.
"""

import json
import sys
from pathlib import Path

from sosie.core.message import Message
from sosie.sources.base import read_export

FIXTURES = Path(__file__).parent.parent / "fixtures"
PLAIN = Message("", "", "")
SHOWN = ("reply_to", "edited", "forwarded", "automatic", "style")


def golden(form: str) -> list[str]:
    return (FIXTURES / form / "golden.jsonl").read_text(encoding="utf-8").splitlines()


def lines(path: Path, source: str | None = None) -> list[str]:
    """The conversations, their messages and what was left out, a JSON line each."""
    reading = read_export(path, source)
    told = []
    for conversation in reading:
        kept = ("title", "source", "group", "owner", "kind")
        told.append({name: getattr(conversation, name) for name in kept})
        for message in conversation.messages:
            line = {"id": message.id, "at": message.at.isoformat() if message.at else None}
            line |= {name: getattr(message, name) for name in ("author", "kind", "text")}
            odd = {n: getattr(message, n) for n in SHOWN if getattr(message, n) != getattr(PLAIN, n)}
            told.append(line | odd)
    told.append({"entries": reading.log.entries, "skipped": dict(reading.log.skipped)})
    return [json.dumps(line, ensure_ascii=False) for line in told]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        text = "\n".join(lines(FIXTURES / name / "export")) + "\n"
        (FIXTURES / name / "golden.jsonl").write_text(text, encoding="utf-8")
