"""What the page asks of its server, as seen in a browser. Everything else that Gradio can do is refused.

    GET   the page, its scripts and letters, the stream of answers, whether the server is still the same
    POST  /run/predict   {data, fn_index, ...}   one of the page's quick functions
          /queue/join    {data, fn_index, ...}   one of its slow ones
          /cancel        « Arrêter »

`data` holds words, numbers and messages of text. A message that is a file would make Gradio read it where it
lies, on this machine or on another: there is no way to write one.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sosie.core.loopback import TurnedAway

API = "/gradio_api"
ASKED = {
    "GET": (
        r"/",
        r"/assets/[\w-]+(?:\.[\w-]+)*\.(?:css|js|svg|ttf|woff2?)",
        r"/static/js/iframeResizer\.contentWindow\.min\.js",
        r"/favicon\.ico",
        r"/theme\.css\?v=\w+",
        rf"{API}/queue/data\?session_hash=\w+",
        rf"{API}/app_id",
    ),
    "POST": (rf"{API}/run/predict", rf"{API}/queue/join", rf"{API}/cancel", rf"{API}/reset"),
}
FIELDS = {"data", "event_data", "event_id", "fn_index", "session_hash", "trigger_id"}
MESSAGE = {"role", "content", "type", "text", "metadata", "options"}
SENSELESS = "Cette demande n'a pas de sens ici."

Functions = Mapping[int, bool]  # number -> whether it is slow, and goes through the queue


def check_target(method: str, target: str) -> None:
    """TurnedAway where the page would not ask this. `target` is as it was sent, with escapes and query."""
    if not any(re.fullmatch(pattern, target, re.ASCII) for pattern in ASKED.get(method, ())):
        raise TurnedAway(HTTPStatus.NOT_FOUND, "Il n'y a rien ici.")


def check_body(target: str, kind: str, body: bytes, functions: Functions) -> None:
    """TurnedAway where it is not the call of a function of the page. `kind` is its Content-Type."""
    try:
        asked = json.loads(body) if kind == "application/json" else None
        sensible = isinstance(asked, dict) and _is_call(target.removeprefix(API), asked, functions)
    except (ValueError, RecursionError):
        sensible = False
    if not sensible:
        raise TurnedAway(HTTPStatus.BAD_REQUEST, SENSELESS)


def _is_call(target: str, asked: dict[str, Any], functions: Functions) -> bool:
    if not asked.keys() <= FIELDS or asked.get("event_data") is not None:
        return False
    if target == "/reset":  # the number of an answer alone
        return asked.keys() == {"event_id"}
    number = asked.get("fn_index")
    if type(number) is not int or functions.get(number) is not (target != "/run/predict"):
        return False
    return _is_text(asked.get("data"))


def _is_text(value: Any) -> bool:
    """Words, numbers, lists of them, and messages of text."""
    if isinstance(value, list):
        return all(map(_is_text, value))
    if isinstance(value, dict):
        plain = value.keys() <= MESSAGE and value.get("type", "text") == "text"
        return plain and all(map(_is_text, value.values()))
    return True
