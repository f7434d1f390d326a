"""Slack's way of writing mentions and links, as people see it.

<@U2> tu peux relire &lt;brouillon&gt; &amp; <https://exemple.fr|le doc> ?
@Hugo Brun tu peux relire <brouillon> & le doc (https://exemple.fr) ?
"""

import re
from typing import NamedTuple

_QUOTED = re.compile(r"^&gt;&gt;&gt;[\s\S]*|^&gt;(?:\s|(?=[^\W_]{2})).*\n?", re.MULTILINE)  # not « >_< »
_MARK = re.compile(r"<(?P<sign>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


class Marks(NamedTuple):
    """The names of people and channels by id."""

    people: dict[str, str]
    channels: dict[str, str]


def readable_text(text: str, marks: Marks) -> str:
    """Without the lines that quote: they are another person's words."""
    if "&gt;" in text:
        text = _QUOTED.sub("", text)
    if "<" in text:
        text = _MARK.sub(lambda found: _shown(found, marks), text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.strip()


def _shown(found: "re.Match[str]", marks: Marks) -> str:
    prefix, target, label = found["sign"], found["target"], found["label"] or ""
    if prefix == "@":
        return f"@{marks.people.get(target) or label or target}"
    if prefix == "#":
        return f"#{marks.channels.get(target) or label or target}"
    if prefix == "!":  # <!here>, <!subteam^S1|@equipe>, <!date^1709280060^{date}|1er mars>
        return label or f"@{target.partition('^')[0]}"
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({address})" if label and label != address and label not in address else address
