"""The words in Slack's blocks, where a message has no text beside them, in Slack's own marks.

[{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
    {"type": "text", "text": "on déploie "}, {"type": "user", "user_id": "U1"}]}]}]   ->  "on déploie <@U1>"
"""

from typing import Any

from sosie.sources.files.json_values import dict_of, dicts_of, text_of

_DEEPEST = 8
_LINES = ("rich_text_list", "rich_text")  # their elements are lines


def text_of_blocks(item: dict[str, Any]) -> str:
    return "\n".join(words for block in dicts_of(item, "blocks") if (words := _words(block)))


def _words(element: dict[str, Any], depth: int = 0) -> str:
    """The words of one block or element; a quotation is another person's."""
    kind, text = text_of(element.get("type")), element.get("text")
    if kind == "rich_text_quote" or depth > _DEEPEST:
        return ""
    if inner := dicts_of(element, "elements"):
        return ("\n" if kind in _LINES else "").join(_words(one, depth + 1) for one in inner)
    if kind == "section":
        return text_of(dict_of(element, "text").get("text"))
    if kind == "text":
        return text_of(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _mark(kind, element)


def _mark(kind: str, element: dict[str, Any]) -> str:
    """An emoji, a mention or a link as Slack writes it in a text."""
    label = text_of(element.get("text"))
    marks = {
        "emoji": ":{}:".format(text_of(element.get("name"))),
        "user": "<@{}>".format(text_of(element.get("user_id"))),
        "channel": "<#{}>".format(text_of(element.get("channel_id"))),
        "broadcast": "<!{}>".format(text_of(element.get("range"))),
        "link": "<{}{}>".format(text_of(element.get("url")), f"|{label}" if label else ""),
    }
    return marks.get(kind, "")
