"""Discord's way of storing emoji, mentions and times, as people see them.

mdr <:pepe:814512345678901234> <@2> ce soir <t:1730710800:R> ?     ->  mdr :pepe: @Tom ce soir ?
"""

import re
from collections.abc import Mapping

_EMOJI = re.compile(r"<a?(:\w{1,64}:)\d+>")
_COMMAND = re.compile(r"<(/[^<>:]{1,100}):\d+>")
_UNSHOWN = re.compile(r" ?<(?:t:-?\d+(?::[a-zA-Z])?|#\d+|@&\d+|id:\w+)>")  # its words are not in the export
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})-([^\W\d_]{3,9}\.?)-(\d\d)(?=\s)")
_MENTION = re.compile(r"( ?)<@!?(\d+)>")


def readable_text(content: str, names: Mapping[str, str]) -> str:
    """`names` are those of the people mentioned, by id; a stranger's mention goes: nobody saw that number."""
    if "<" not in content:
        return content.strip()
    text = _UNSHOWN.sub("", _COMMAND.sub(r"\1", _EMOJI.sub(r"\1", content)))
    return _MENTION.sub(
        lambda found: f"{found[1]}@{names[found[2]]}" if names.get(found[2]) else "", text
    ).strip()


def with_whole_year(time: str) -> str:
    """« 27-Oct-24 02:30 AM », as DiscordChatExporter wrote it until 2023 -> « 27 Oct 2024 02:30 AM »"""
    return _SHORT_DATE.sub(r"\1 \2 20\3", time)
