"""A hook of mkdocs: a link of a page to a file outside docs/ becomes plain words, as it would lead nowhere.

« [résultat](../benchmarks/results/x.json) »  ->  « résultat »
"""

import re
from typing import Any

OUTSIDE = re.compile(r"(?<!!)\[([^\]]*)\]\(\.\./[^)\s]+\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page as the site shows it."""
    return OUTSIDE.sub(r"\1", markdown)
