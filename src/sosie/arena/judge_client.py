"""A model behind an OpenAI-compatible address that the user named, asked for one letter.

Private text goes there, so: this machine only, unless the user said otherwise in so many words; no proxy of
the environment, no redirection to another place; and an error says what went wrong, never what was sent.
"""

import ipaddress
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sosie.core.counted import counted
from sosie.core.errors import BadSettings, SosieError

SENT = (
    "vos vraies réponses (8 en exemple à chaque question), les messages de vos correspondants "
    "et les réponses du modèle"
)
LONGEST_ANSWER = 1_000_000  # bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: Any, **more: Any) -> None:
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


@dataclass(frozen=True, slots=True)
class Server:
    """`url`: « http://127.0.0.1:11434/v1 », or with the model after a #: « ...:11434/v1#mistral »."""

    url: str
    key: str = field(default="", repr=False)
    elsewhere: bool = False  # the user agreed that private text leaves this machine
    timeout: float = 120.0  # seconds

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if not self.elsewhere and not is_here(parts.hostname or ""):
            raise BadSettings(
                f"Ce juge n'est pas sur cette machine : « {parts.hostname} » recevrait {SENT}.",
                "Prenez un modèle local (http://127.0.0.1:...), ou acceptez-le avec --judge-elsewhere.",
            )

    @property
    def warning(self) -> str:
        """What the user must be told before anything is sent; empty for this machine."""
        parts = _split(self.url)
        if is_here(parts.hostname or ""):
            return ""
        bare = " sans chiffrement" if parts.scheme == "http" else ""
        return f"Le juge est ailleurs : « {parts.hostname} » va recevoir{bare} {SENT}."

    def ask(self, prompt: str) -> "Answer":
        """One answer at temperature 0. SosieError where the server does not answer as it should."""
        address, _, model = self.url.partition("#")
        body = {
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "seed": 0,
            "max_tokens": 8,
            **({"model": model} if model else {}),
        }
        request = urllib.request.Request(
            address.rstrip("/") + "/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **self._authorisation()},
        )
        said = self._send(request)
        try:
            text = said["choices"][0]["message"]["content"]
            return Answer(str(text or ""), str(said.get("model") or model))
        except (KeyError, IndexError, TypeError, AttributeError):
            raise _failure("sa réponse n'est pas celle d'un serveur compatible OpenAI") from None

    def _authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def _send(self, request: urllib.request.Request) -> Any:
        try:
            with OPENER.open(request, timeout=self.timeout) as answer:
                return json.loads(answer.read(LONGEST_ANSWER))
        except urllib.error.HTTPError as error:
            error.close()
            raise _failure(f"il refuse (code {error.code})") from None
        except OSError:
            raise _failure("il ne répond pas") from None
        except ValueError:
            raise _failure("sa réponse n'est pas du JSON") from None


@counted
@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    model: str  # as the server calls it


def is_here(host: str) -> bool:
    """This machine, by number or by the one name that always means it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadSettings(
            "L'adresse du juge n'est pas lisible.", "Exemple : --judge http://127.0.0.1:11434/v1#mistral"
        )
    return parts


def _failure(why: str) -> SosieError:
    return SosieError(
        f"Le juge n'a pas pu servir : {why}.", "Vérifiez l'adresse, le modèle et que le serveur tourne."
    )
