"""One parser on one WhatsApp export: prints what it counted. Runs in that parser's own environment.

python benchmarks/parser_side.py sosie|whatstk|chat-miner FILE  ->  {"messages": 1000000, "senders": 6, ...}
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any


def sosie(path: str) -> dict[str, Any]:
    """What `sosie inspect` does."""
    from sosie.sources.base import read_export
    from sosie.sources.summary import summarise_reading

    found = summarise_reading(read_export(Path(path)))
    return {"messages": found.messages, "notices": found.system, "senders": len(found.senders)}


def whatstk(path: str) -> dict[str, Any]:
    from whatstk import WhatsAppChat

    table = WhatsAppChat.from_source(filepath=path, max_size=None).df
    return {"messages": len(table), "notices": None, "senders": table["username"].nunique()}


def chat_miner(path: str) -> dict[str, Any]:
    from chatminer.chatparsers import WhatsAppParser

    parser = WhatsAppParser(path)
    parser.parse_file()
    table = parser.parsed_messages.get_df(as_pandas=True)
    return {"messages": len(table), "notices": None, "senders": table["author"].nunique()}


if __name__ == "__main__":
    name, path = sys.argv[1:]
    found = {"sosie": sosie, "whatstk": whatstk, "chat-miner": chat_miner}[name](path)
    print(json.dumps(found | {"version": version(name)}))
