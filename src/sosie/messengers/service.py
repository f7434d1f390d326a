"""A messenger's HTTP API: JSON in and out, to one address, through no proxy and no redirection.

What goes wrong tells whether it is any use to ask again, and whether the service may have done what it was
asked all the same. A sentence never quotes the address (Telegram's holds the token) nor what was said.

    ServiceRefused   it says no: nothing was done
    ServiceBusy      it says to come again in `seconds`: nothing was done
    NoAnswer         nobody there (`sent` False); an answer late, cut, or no JSON: it may have been done
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sosie.core.errors import SosieError
from sosie.engines.openai_client import OPENER

LONGEST_ANSWER = 16 << 20  # bytes
LONGEST_WAIT, USUAL_WAIT = 3600.0, 5.0  # seconds: what a service may ask us to wait; where it names none
LONGEST_PAUSE = 60.0  # seconds between two tries where nobody answers


class ServiceError(SosieError):
    """Something that a messenger's API did not do, or may not have done."""


class ServiceRefused(ServiceError):
    def __init__(self, message: str, mend: str, status: int, reason: str) -> None:
        super().__init__(message, mend)
        self.status, self.reason = status, reason  # the reason is the service's own, never shown


class ServiceBusy(ServiceError):
    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message, "Relancez dans un moment.")
        self.seconds = seconds


class NoAnswer(ServiceError):
    def __init__(self, message: str, mend: str, sent: bool = True) -> None:
        super().__init__(message, mend)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Service:
    """`url` and `key` may hold secrets; `name` and `mend` are said in errors."""

    name: str
    mend: str
    url: str = field(repr=False)
    key: str = field(default="", repr=False)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, within: float = 30.0
    ) -> dict[str, Any]:
        """The object that it answers, if within so many seconds. ServiceError otherwise."""
        told = self.ask(method, path, body, within)
        if not isinstance(told, dict):
            raise NoAnswer(f"{self.name} répond autre chose que prévu.", self.mend)
        return told

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, within: float = 30.0) -> Any:
        """The same, whatever value of JSON it answers; None for what is no JSON."""
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {self.key}"} if self.key else {}),
            },
            method=method,
        )
        try:
            with closing(OPENER.open(request, timeout=within)) as answer:
                said = answer.read(LONGEST_ANSWER + 1)
        except urllib.error.HTTPError as error:
            with closing(error):
                raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            sent = not isinstance(getattr(error, "reason", error), ConnectionRefusedError)
            raise NoAnswer(f"{self.name} ne répond pas.", self.mend, sent) from None
        return as_value(said)

    def _refusal(self, error: urllib.error.HTTPError) -> ServiceError:
        told: dict[str, Any] = {}
        with suppress(OSError, http.client.HTTPException):
            value = as_value(error.read(LONGEST_ANSWER))
            told = value if isinstance(value, dict) else {}
        if error.code == HTTPStatus.TOO_MANY_REQUESTS:
            parameters = told.get("parameters")
            asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
            seconds = _seconds(asked or error.headers.get("Retry-After"))
            return ServiceBusy(f"{self.name} demande d'attendre.", seconds)
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return NoAnswer(f"{self.name} a échoué (code {error.code}).", self.mend)
        if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return ServiceRefused(
                f"{self.name} refuse (code {error.code}).", self.mend, error.code, _reason(told)
            )
        return ServiceRefused(
            f"{self.name} refuse la demande (code {error.code}).", self.mend, error.code, _reason(told)
        )


def as_value(said: bytes) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _reason(told: Mapping[str, Any]) -> str:
    return str(told.get("description") or told.get("message") or "")


def _seconds(asked: Any) -> float:
    """« 3 » or 3; a date, or nothing, is USUAL_WAIT."""
    try:
        return min(max(float(asked), 0.0), LONGEST_WAIT)
    except (TypeError, ValueError):
        return USUAL_WAIT


def keep_going(
    step: Callable[[], None], tell: Callable[[str], None], wait: Callable[[float], None] = time.sleep
) -> None:
    """Do a step again and again; wait where it is busy or does not answer. ServiceRefused ends it."""
    failures = 0
    while True:
        try:
            step()
            if failures:
                tell("La connexion est revenue.")
            failures = 0
        except ServiceBusy as busy:
            wait(busy.seconds)
        except NoAnswer as silence:
            if not failures:
                tell(f"{silence.message} Nouvel essai dans un moment.")
            failures += 1
            wait(min(LONGEST_PAUSE, 2.0**failures))
