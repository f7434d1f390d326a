"""The tokens of an HTML page, each with the class of the element that it is in.

    <div class="msg"><b class="name">Léo</b> <div class="quote"><pre class="words">dit</pre></div></div>
    shown {"msg", "name", "words"}, hidden {"quote"}:
    (Text("Léo"), "name"), (Text("dit"), "quote")

What is in a hidden element stays there, whatever lies in it. A page where nothing is closed costs no more.
"""

from collections.abc import Collection, Iterator

from sosie.sources.files.html_walk import Close, Open, Text, walk

_EMPTY = frozenset({"img", "br", "meta", "link", "input", "hr", "source", "wbr"})
_DEEPEST = 100
_NEAR = 8  # elements among which the one that is closed is looked for


def walk_classes(
    page: str, shown: Collection[str], hidden: Collection[str]
) -> Iterator[tuple[Open | Close | Text, str]]:
    """(token, class): the innermost of `shown`, the outermost of `hidden`, or "" outside of both."""
    opened: list[tuple[str, str]] = []  # (tag, the class of what is inside)
    for token in walk(page):
        here = opened[-1][1] if opened else ""
        yield token, here
        if isinstance(token, Open) and token.name not in _EMPTY and len(opened) < _DEEPEST:
            names = token.attributes.get("class", "").split() if here not in hidden else ()
            inner = next((name for name in names if name in shown or name in hidden), here)
            opened.append((token.name, inner))
        elif isinstance(token, Close) and any(tag == token.name for tag, _ in opened[-_NEAR:]):
            while opened.pop()[0] != token.name:
                continue
