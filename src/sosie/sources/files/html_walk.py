"""The tags and texts of an HTML page, in order, whatever is missing in it.

    <div class="text">1 &lt; 2<br>mdr</div>
    ->  Open("div", {"class": "text"}), Text("1 < 2"), Open("br", {}), Text("mdr"), Close("div")

One pass: a `<` that begins no tag is text, and nothing is looked for twice: a damaged page costs no more time
than a whole one. Comments, scripts and styles are left out.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(r"<!--|<[!?][^<>]*+>|<(?P<end>/?)(?P<name>[a-zA-Z][\w:-]*+)(?P<rest>[^<>]*+)>", re.ASCII)
_ATTRIBUTE = re.compile(r"""(?<![\w:-])([\w:-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_SILENT = frozenset({"script", "style"})


class Open(NamedTuple):
    name: str
    attributes: dict[str, str]


class Close(NamedTuple):
    name: str


class Text(NamedTuple):
    text: str


def walk(page: str) -> Iterator[Open | Close | Text]:
    position = 0
    while found := _TOKEN.search(page, position):
        if found.start() > position:
            yield Text(html.unescape(page[position : found.start()]))
        position = found.end()
        name = (found["name"] or "").lower()
        if found["end"]:
            yield Close(name)
        elif name in _SILENT:
            position = _after(page, f"</{name}>", position)
        elif name:
            yield Open(name, _attributes(found["rest"]))
        elif found[0] == "<!--":
            position = _after(page, "-->", position)
    if position < len(page):
        yield Text(html.unescape(page[position:]))


def _attributes(text: str) -> dict[str, str]:
    """« class="a b" href=x » -> {"class": "a b", "href": "x"}"""
    pairs = (found.groups(default="") for found in _ATTRIBUTE.finditer(text))
    return {name.lower(): html.unescape(double or single or bare) for name, double, single, bare in pairs}


def _after(page: str, mark: str, position: int) -> int:
    found = page.find(mark, position)
    return found + len(mark) if found >= 0 else len(page)
