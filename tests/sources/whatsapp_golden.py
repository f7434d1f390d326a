"""Messages as JSON lines: what each fixture gives, kept beside it and read over by a person.

To renew them after a change that is meant: python tests/sources/whatsapp_golden.py, then read the difference.
"""

import json
from pathlib import Path

from sosie.sources.base import read_export

FIXTURES = Path(__file__).parent.parent / "fixtures" / "whatsapp"


def lines(path: Path) -> list[str]:
    """The conversations and messages of an export, a JSON line each."""
    told = []
    for conversation in read_export(path):
        told.append(
            {"conversation": conversation.title, "group": conversation.group, "owner": conversation.owner}
        )
        for message in conversation.messages:
            at = f"{message.at:%Y-%m-%d %H:%M:%S}" if message.at else None
            line = {"at": at, "author": message.author, "kind": message.kind, "text": message.text}
            told.append({**line, "edited": True} if message.edited else line)
    return [json.dumps(line, ensure_ascii=False) for line in told]


if __name__ == "__main__":
    for fixture in sorted(FIXTURES.glob("*.txt")):
        fixture.with_suffix(".jsonl").write_text("\n".join(lines(fixture)) + "\n", encoding="utf-8")
