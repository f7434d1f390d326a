"""Who may ask something of a server of ours: one rule in front of all of them, on the head of each request.

    Host             a name of the server's own: a site may point its name at this machine (DNS rebinding)
    Sec-Fetch-Site   our own page asks, or the browser's user; another site, or another port of this machine,
                     may only open « / » in a tab
    Origin           ours wherever it is said, and said wherever something is changed; « null » (a file, a
                     sandboxed frame) is nobody's

Not covered: other programs of this machine, which write in these headers what they like. A browser says
Sec-Fetch-Site on this machine and over https only; elsewhere Host, Origin and a server's own key remain.
"""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus

# For every answer: not guessed to be of another type, not read, framed or reached by another site.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none, a browser hides from us that our form is ours
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CHANGES_NOTHING = ("GET", "HEAD")


class TurnedAway(Exception):
    """A request that gets no answer but a status and a sentence."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def read_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in small letters. A header said twice has both values, which no rule takes for one of them."""
    read: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        read[name] = f"{read[name]}, {value}" if name in read else value
    return read


def check_sender(method: str, path: str, headers: Mapping[str, str], is_ours: Callable[[str], bool]) -> None:
    """TurnedAway where the request is not our own page's. `path` has no query; `is_ours` reads the Host."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_ours(host):
        raise TurnedAway(HTTPStatus.MISDIRECTED_REQUEST, "Cette page ne répond pas à ce nom.")
    asked_here = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    if not (asked_here or _opens_a_tab(method, path, headers)):
        raise TurnedAway(HTTPStatus.FORBIDDEN, "Cette demande vient d'un autre site.")
    if origin != f"http://{host}" and (origin is not None or method not in CHANGES_NOTHING):
        raise TurnedAway(HTTPStatus.FORBIDDEN, "Cette demande vient d'un autre site.")


def _opens_a_tab(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """A link followed to our first page, in a window that is not somebody else's frame."""
    kind = (method, path, headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    return kind == ("GET", "/", "navigate", "document")
