"""A client of the OpenAI-compatible server that the user named: Ollama, llama.cpp, LM Studio, vLLM, a judge.

    client = OpenAIClient("http://127.0.0.1:11434/v1#mistral")
    client.complete({"messages": [...]})    ->  the answer's JSON
    client.stream({"messages": [...]})      ->  the JSON of each event; closing it hangs up
    client.models()                         ->  ["mistral:latest", ...]

Private text goes there, so: this machine only, unless the user said otherwise in so many words; no proxy of
the environment, no redirection to another place; and an error says what went wrong, never what was said.
"""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sosie.core.errors import SosieError
from sosie.engines.interrupt import interruptible
from sosie.engines.recipient import CHAT, Recipient

LONGEST_ANSWER, LONGEST_LINE = 8 << 20, 1 << 20  # bytes: of a whole answer, of one event
LISTED_WITHIN = 20.0  # seconds, for the names of models: nothing is computed
NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
TOO_LONG = (400, 413, 422, 500)  # what servers answer to a text that their embedding model cannot take
_MOST_NAMED, _LONGEST_NAME = 8, 60  # models of a server, in a sentence
USUAL_MEND = "Vérifiez l'adresse (elle finit d'ordinaire par /v1), le modèle, et que le serveur tourne."


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: Any, **more: Any) -> None:
        return None


def make_opener(*handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect, *handlers)


OPENER = make_opener()


@dataclass(frozen=True, slots=True)
class OpenAIClient:
    """`url`: « http://127.0.0.1:11434/v1 », or with the model after a #. BadSettings for one not allowed."""

    url: str
    key: str = field(default="", repr=False)
    elsewhere: bool = False  # the user agreed that private text leaves this machine
    timeout: float = 120.0  # seconds without a byte
    recipient: Recipient = CHAT
    opener: urllib.request.OpenerDirector = field(default=OPENER, repr=False)

    def __post_init__(self) -> None:
        self.recipient.check(self.url, self.key, self.elsewhere)

    @property
    def model(self) -> str:
        return self.url.partition("#")[2]

    @property
    def warning(self) -> str:
        """What the user must be told before anything is sent; empty for this machine."""
        return self.recipient.warning(self.url)

    def check(self) -> None:
        """SosieError where nobody answers, or the key is refused; the list of models may be missing."""
        with self._telling():
            try:
                self._open("/models").close()
            except urllib.error.HTTPError as error:
                if error.code in NOT_LET_IN:
                    raise
                error.close()

    def models(self) -> list[str]:
        """The names of the models that it serves."""
        with self._telling():
            return self._models()

    def _models(self) -> list[str]:
        with closing(self._open("/models")) as answer:
            told = self._whole(answer).get("data")
        if not isinstance(told, list):
            raise self.strange()
        return [str(one["id"]) for one in told if isinstance(one, dict) and "id" in one]

    def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One answer in one piece. SosieError where the server does not answer as it should."""
        with self._telling(), closing(self._open("/chat/completions", body)) as answer:
            return self._whole(answer)

    def embed(self, texts: Sequence[str]) -> dict[str, Any] | None:
        """The embeddings of texts; None where it refuses these texts: one is too long, mostly."""
        with self._telling():
            try:
                answer = self._open("/embeddings", {"input": [*texts], "encoding_format": "float"})
            except urllib.error.HTTPError as error:
                if error.code not in TOO_LONG:
                    raise
                error.close()
                return None
            with closing(answer):
                return self._whole(answer)

    def stream(
        self, body: Mapping[str, Any], path: str = "/chat/completions"
    ) -> Generator[dict[str, Any], None, None]:
        """The events of one answer; one alone, with a « message », where the server does not stream."""
        finished = False
        with (
            self._telling(),
            closing(self._open(path, {**body, "stream": True})) as answer,
            nullcontext() if answer.isclosed() else interruptible(answer.fileno()),
        ):
            if answer.headers.get_content_type() in ("application/json", "text/html"):
                yield self._whole(answer)
                return
            for data in event_data(self._lines(answer)):
                if data == b"[DONE]":
                    return
                event = self._object(data)
                if event.get("error"):
                    raise self._failure("a signalé une erreur au milieu de sa réponse")
                finished = finished or _ends(event)
                yield event
        if not finished:
            raise self._cut()

    def _open(self, path: str, body: Mapping[str, Any] | None = None) -> http.client.HTTPResponse:
        named = {"model": self.model} if body and self.model else {}
        request = urllib.request.Request(
            self.url.partition("#")[0].rstrip("/") + path,
            None if body is None else json.dumps({**named, **body}).encode(),
            {
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {self.key}"} if self.key else {}),
            },
        )
        within = self.timeout if body else min(self.timeout, LISTED_WITHIN)
        answer: http.client.HTTPResponse = self.opener.open(request, timeout=within)
        return answer

    def _whole(self, answer: http.client.HTTPResponse) -> dict[str, Any]:
        if answer.headers.get_content_type() == "text/html":
            raise self._failure("répond par une page web, et non comme l'API d'OpenAI")
        said = answer.read(LONGEST_ANSWER + 1)
        if len(said) > LONGEST_ANSWER:
            raise self._too_long()
        return self._object(said)

    def _lines(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        length = 0
        while line := answer.readline(LONGEST_LINE + 1):
            length += len(line)
            if len(line) > LONGEST_LINE or length > LONGEST_ANSWER:
                raise self._too_long()
            yield line

    def _object(self, said: bytes) -> dict[str, Any]:
        try:
            value = json.loads(said)
        except (ValueError, RecursionError):
            raise self._failure("répond autre chose que du JSON") from None
        if not isinstance(value, dict):
            raise self.strange()
        return value

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What goes wrong on the way, as one sentence."""
        try:
            yield
        except urllib.error.HTTPError as error:
            error.close()
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", error)
            if isinstance(cause, TimeoutError):
                raise self._failure("met trop de temps à répondre") from None
            if isinstance(cause, ssl.SSLError):
                raise self._failure("n'a pas de certificat valable") from None
            if isinstance(error, urllib.error.URLError):
                raise self._failure("ne répond pas") from None
            raise self._cut() from None

    def _refusal(self, error: urllib.error.HTTPError) -> SosieError:
        code = f"(code {error.code})"
        match error.code:
            case status if status in NOT_LET_IN:
                return self._failure(f"refuse la clé {code}", "Donnez celle qu'il attend.")
            case HTTPStatus.NOT_FOUND:
                return self._failure(f"ne connaît pas cette adresse ou ce modèle {code}", self._served())
            case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                return self._failure(f"trouve la conversation trop longue {code}", "Recommencez-en une.")
            case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
                return self._failure(f"est occupé {code}", "Recommencez dans un instant.")
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return self._failure(f"a échoué {code}")
        return self._failure(f"refuse la demande {code}")

    def _served(self) -> str:
        """The mend where a model is not known: those that are."""
        with suppress(OSError, http.client.HTTPException, SosieError):
            return f"Il sert : {listed(self._models())}."
        return USUAL_MEND

    def strange(self) -> SosieError:
        return self._failure("ne répond pas comme l'API d'OpenAI")

    def refuses_texts(self) -> SosieError:
        return self._failure("refuse tout texte, même court")

    def _cut(self) -> SosieError:
        return self._failure("a interrompu sa réponse", "Recommencez.")

    def _too_long(self) -> SosieError:
        return self._failure(f"répond sans fin : plus de {LONGEST_ANSWER >> 20} Mio")

    def _failure(self, what: str, mend: str = USUAL_MEND) -> SosieError:
        return SosieError(f"Le {self.recipient.name} {what}.", mend)


def event_data(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The data of server-sent events, comments and other fields left out; an unfinished event is none."""
    data: list[bytes] = []
    for line in lines:
        line = line.rstrip(b"\r\n")
        if line.startswith(b"data:"):
            data.append(line[len(b"data:") :].strip())
        elif not line and data:
            yield b"\n".join(data)
            data = []


def listed(names: Iterable[str]) -> str:
    """Names that somebody else chose, for a sentence."""
    shown = ["".join(filter(str.isprintable, name))[:_LONGEST_NAME] for name in names]
    return ", ".join([*shown[:_MOST_NAMED], *(["..."] if len(shown) > _MOST_NAMED else [])])


def _ends(event: Mapping[str, Any]) -> bool:
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and bool(first.get("finish_reason"))
