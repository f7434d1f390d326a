"""The OpenAPI description of these routes, at /openapi.json, for those who write or try clients.

What may be asked is described by the models that read it (asked.py), so that neither can say more than the
other; what is answered, and each status that can be, by hand.
"""

from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from sosie.server.asked import AskedChat, AskedResponse
from sosie.server.doubles import Doubles
from sosie.server.exchange import Reply, Request, json_reply
from sosie.server.metrics import KIND
from sosie.server.nanochat_routes import AskedTokens

_REF = "#/components/schemas/{model}"
# Of any route: without the key, from another site, too slow, too long, under another name, too many keys.
_ANYWHERE = (400, 401, 403, 404, 405, 408, 413, 421, 429, 500)
_ANSWERING = (*_ANYWHERE, 415, 503)  # not JSON; no memory left
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 0}


async def describe(request: Request, doubles: Doubles) -> Reply:
    return json_reply(description())


@cache
def description() -> dict[str, Any]:
    _, schemas = models_json_schema(
        [(AskedChat, "validation"), (AskedResponse, "validation"), (AskedTokens, "validation")],
        ref_template=_REF,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sosie",
            "version": "1",
            "description": "Doubles served as OpenAI's API: text only, one answer a request, nothing kept.",
        },
        "paths": {
            "/": {"get": _told("The light page.", "text/html; charset=utf-8", _TEXT)},
            "/openapi.json": {"get": _json("This description.", {"type": "object"})},
            "/health": {"get": _json("Whether it answers.", _object(status=_TEXT))},
            "/stats": {"get": _json("Who is busy, for nanochat's page.", _object(total_workers=_NUMBER))},
            "/metrics": {"get": _told("Counts, in Prometheus's format.", KIND, _TEXT)},
            "/v1/models": {"get": _json("The doubles served.", _object(data=_list(_named("Model"))))},
            "/v1/models/{id}": {
                "get": _json("One of them.", _named("Model")),
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": _TEXT}],
            },
            "/v1/chat/completions": {"post": _answer("AskedChat", _named("ChatCompletion"))},
            "/v1/responses": {"post": _answer("AskedResponse", _named("Response"))},
            "/chat/completions": {"post": _answer("AskedTokens", None)},
        },
        "components": {
            "schemas": {**schemas["$defs"], **_answers()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"key": []}],
    }


def _answers() -> dict[str, Any]:
    said = _object(role=_TEXT, content=_TEXT)
    nullable = {"type": ["string", "null"]}
    error = _object(message=_TEXT, type=_TEXT, param=nullable, code=nullable)
    choice = _object(index=_NUMBER, message=said, finish_reason=_TEXT)
    return {
        "Error": _object(error=error),
        "Model": _object(id=_TEXT, object=_TEXT, sosie=_object(notice=_TEXT)),
        "ChatCompletion": _object(
            id=_TEXT,
            model=_TEXT,
            choices=_list(choice),
            usage=_object(prompt_tokens=_NUMBER, completion_tokens=_NUMBER, total_tokens=_NUMBER),
        ),
        "Response": _object(
            id=_TEXT,
            model=_TEXT,
            status={"enum": ["completed", "incomplete"]},
            output=_list(_object(type=_TEXT, role=_TEXT, content=_list(_object(text=_TEXT)))),
        ),
    }


def _answer(asked: str, whole: dict[str, Any] | None) -> dict[str, Any]:
    """A route that answers: whole where it may be, and as events."""
    content: dict[str, Any] = {"text/event-stream": {}}  # one event each, which OpenAPI 3.1 has no word for
    if whole:
        content["application/json"] = {"schema": whole}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": _named(asked)}}},
        "responses": {"200": {"description": "The answer.", "content": content}, **_refusals(_ANSWERING)},
    }


def _json(what: str, schema: dict[str, Any]) -> dict[str, Any]:
    return _told(what, "application/json", schema)


def _told(what: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    told = {"description": what, "content": {kind.partition(";")[0]: {"schema": schema}}}
    return {"responses": {"200": told, **_refusals(_ANYWHERE)}}


def _refusals(statuses: tuple[int, ...]) -> dict[str, Any]:
    content = {"application/json": {"schema": _named("Error")}}
    return {
        str(status): {"description": HTTPStatus(status).phrase, "content": content} for status in statuses
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _named(name: str) -> dict[str, Any]:
    return {"$ref": _REF.format(model=name)}
