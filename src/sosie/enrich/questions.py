"""One question for one piece, asked of the server that the user named.

    said = ask_server(client, templates.question(text))    ->  PaidAnswer: what it said, the tokens it counted
    question_in(said.text)                          ->  « Alors, ces vacances ? »; "" where there is none

A model wraps what it says: a fence, JSON, « Question : », its thoughts, quotation marks. Those are taken off;
what is left is judged elsewhere.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sosie.engines.openai_client import OpenAIClient
from sosie.engines.recipient import Recipient
from sosie.engines.remote import TOKEN_BYTES, count
from sosie.enrich.store import PaidAnswer

QUESTIONS = Recipient("serveur", "vos longs messages et vos textes, masqués", "--elsewhere")
WITH_JUDGE = Recipient(
    "serveur", "vos longs messages, vos textes et vingt de vos échanges, masqués", "--elsewhere"
)
MOST_WRITTEN = 96  # tokens of a question
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCE = re.compile(r"```[\w-]*\n(.*?)(?:```|\Z)", re.DOTALL)
_LABEL = re.compile(r"^(?:#+\s*|[-*•]\s+|\d+[.)]\s+|\**\s*(?:la )?question\b[^:\n]{0,30}:\**\s*)+", re.I)
_KEYS = ("question", "demande", "prompt", "user", "content", "text")
_QUOTES = (("«", "»"), ("“", "”"), ('"', '"'), ("**", "**"), ("*", "*"))


def ask_server(
    client: OpenAIClient, messages: Sequence[Mapping[str, str]], most: int = MOST_WRITTEN
) -> PaidAnswer:
    """SosieError, one sentence, where the server does not answer as it should."""
    body = {"messages": [dict(one) for one in messages], "temperature": 0, "seed": 0, "max_tokens": most}
    said = client.complete(body)
    try:
        text = str(said["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError):
        raise client.strange() from None
    text = text.encode("utf-8", "replace").decode()
    usage = said.get("usage")
    read, written = (count(usage, name, -1) for name in ("prompt_tokens", "completion_tokens"))
    told = read >= 0 and written >= 0
    if not told:
        read, written = -(-sent_bytes(messages) // TOKEN_BYTES), -(-len(text.encode()) // TOKEN_BYTES)
    return PaidAnswer(text, read, written, told)


def sent_bytes(messages: Sequence[Mapping[str, str]]) -> int:
    return sum(len(one["content"].encode()) for one in messages)


def question_in(text: str) -> str:
    """The question alone, on one line."""
    text = _THOUGHTS.sub("", text).strip()
    if fenced := _FENCE.search(text):
        text = fenced[1].strip()
    text = _from_json(text)
    lines = [bare for line in text.splitlines() if (bare := _bare(line))]
    return next((line for line in lines if line.endswith("?")), lines[0] if lines else "")


def _from_json(text: str) -> str:
    """What a JSON value holds under a key that one would expect; the text itself where it is no JSON."""
    if text[:1] not in ("{", "[", '"'):
        return text
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = next((value[key] for key in _KEYS if isinstance(value.get(key), str)), "")
    return value if isinstance(value, str) else ""


def _bare(line: str) -> str:
    line = _LABEL.sub("", line.strip()).strip()
    for opening, closing in _QUOTES:
        if line.startswith(opening) and line.endswith(closing) and len(line) > len(opening + closing):
            line = line[len(opening) : -len(closing)].strip()
    return line
