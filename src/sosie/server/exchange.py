"""A request read whole, the two kinds of reply to it, and refusals in OpenAI's shape."""

import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sosie.core.counted import counted
from sosie.core.errors import BadData, BadSettings, NoRoom, SosieError
from sosie.core.loopback import TurnedAway

JSON = "application/json; charset=utf-8"
SLOW = "La demande arrive trop lentement."
_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}


class Refused(Exception):
    """A request that gets an error: `message` is for its user, in French, and quotes nothing of theirs."""

    def __init__(
        self,
        message: str,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.headers = message, status, headers or {}
        self._code, self._param = code, param

    @property
    def error(self) -> dict[str, Any]:
        """{"error": {"message", "type", "param", "code"}}; `detail` is where nanochat's page looks."""
        usual = "server_error" if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
        kind = _TYPES.get(self.status, usual)
        told = {"message": self.message, "type": kind, "param": self._param, "code": self._code}
        return {"error": told, "detail": self.message}


def refusal_of(error: Exception) -> Refused:
    """What to say of an error; one that nobody foresaw is told by its kind: its words may quote a message."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, TurnedAway):
        return Refused(error.sentence, error.status)
    if not isinstance(error, SosieError):
        print(f"Une demande a échoué ({type(error).__name__}).", file=sys.stderr)
        return Refused(
            f"Une erreur que sosie n'avait pas prévue est survenue ({type(error).__name__}).",
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, BadSettings | BadData):
        status = HTTPStatus.BAD_REQUEST
    elif isinstance(error, NoRoom):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    return Refused(f"{error.message} {error.mend}".strip(), status)


@counted
@dataclass(frozen=True, slots=True)
class Request:
    """`headers` have small names; `path` is without escapes and query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@counted
@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in one piece."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Events:
    """Server-sent events as they come, each sent alone; `stop` is called once nobody listens."""

    pieces: AsyncIterator[bytes]
    stop: Callable[[], None]


def json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_reply(value: Any, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Reply:
    return Reply(json_bytes(value), status, headers=headers)


def event(value: Any) -> bytes:
    """{"a": 1} -> « data: {"a":1} » and an empty line"""
    return b"data: " + json_bytes(value) + b"\n\n"
