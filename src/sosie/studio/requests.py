"""What the page asks of its server, as seen in a browser. Everything else that Gradio can do is refused.

    GET   the page, its scripts and letters, the stream of answers, whether the server is still the same
    POST  /run/predict   {data, fn_index, ...}   one of the page's quick functions
          /queue/join    {data, fn_index, ...}   one of its slow ones
          /cancel        « Arrêter »

          /sosie/...         our own roads (routes.py): a button with words, and the one way in for a file

`data` holds words, numbers and messages of text. A message that is a file would make Gradio read it where it
lies, on this machine or on another: there is no way to write one.
"""

import json
import re
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from sosie.core.loopback import TurnedAway

API = "/gradio_api"
ACT, UPLOAD, SOUND = "/sosie/faire", "/sosie/envoi", "/sosie/son"
FRAMED = ("/sosie/rapport?", "/sosie/fiche?")  # pages of ours that the page shows in itself
ASKED = {
    "GET": (
        r"/",
        r"/assets/[\w-]+(?:\.[\w-]+)*\.(?:css|js|svg|ttf|woff2?)",
        r"/static/js/iframeResizer\.contentWindow\.min\.js",
        r"/favicon\.ico",
        r"/theme\.css\?v=\w+",
        rf"{API}/queue/data\?session_hash=\w+",
        rf"{API}/app_id",
        r"/sosie/page\.(?:js|css)",
        r"/sosie/vue\?etape=\w+",
        r"/sosie/rapport\?run=[\w.%+-]+&v=\d+",
        r"/sosie/fiche\?v=\d+",
        r"/sosie/fichier\?nom=[\w.%+~()'!*-]+",
        rf"{SOUND}\?de=[0-9a-f]{{64}}",
    ),
    "POST": (
        *(rf"{API}/run/predict", rf"{API}/queue/join", rf"{API}/cancel", rf"{API}/reset"),
        ACT,
        rf"{UPLOAD}\?nom=[\w.%+~()'!*-]+",
    ),
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
    """TurnedAway where it is no call of a function of the page, nor a button's. `kind`: its Content-Type."""
    try:
        asked = json.loads(body) if kind == "application/json" else None
        called = _is_button if target == ACT else partial(_is_call, target.removeprefix(API), functions)
        sensible = isinstance(asked, dict) and called(asked)
    except (ValueError, RecursionError):
        sensible = False
    if not sensible:
        raise TurnedAway(HTTPStatus.BAD_REQUEST, SENSELESS)


def check_upload(headers: Mapping[str, str]) -> None:
    """TurnedAway where it is not a file that says how long it is."""
    if headers.get("content-type") != "application/octet-stream":
        raise TurnedAway(HTTPStatus.BAD_REQUEST, SENSELESS)
    if not re.fullmatch(r"\d{1,15}", headers.get("content-length", ""), re.ASCII):
        raise TurnedAway(HTTPStatus.LENGTH_REQUIRED, SENSELESS)


def _is_button(asked: dict[str, Any]) -> bool:
    """{"etape": "relire", "faire": "save", "avec": {"id": "9b41", "fields": {"t3": "on y va"}}}"""
    words = asked.get("avec", {})
    if not isinstance(words, dict) or asked.keys() - {"avec"} != {"etape", "faire"}:
        return False
    fields = words.get("fields", {})
    said = [value for name, value in words.items() if name != "fields"]
    return isinstance(fields, dict) and all(
        isinstance(value, str) and "\0" not in value
        for value in (*said, *fields.values(), asked["etape"], asked["faire"])
    )


def _is_call(target: str, functions: Functions, asked: dict[str, Any]) -> bool:
    if not asked.keys() <= FIELDS or isinstance(asked.get("event_data"), dict | list):
        return False  # of an event, the value that was chosen at most
    if target in ("/reset", "/cancel") and asked.get("event_id", "") is None:
        raise TurnedAway(HTTPStatus.OK, "")  # stopped before it had a number: Gradio would call that a fault
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
