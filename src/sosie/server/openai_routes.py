"""OpenAI's routes: models, chat completions, and Open Responses without state.

Answers carry one more field, `sosie`: {"notice": "Vous parlez au double de lea, une IA.", ...}
"""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from secrets import token_hex
from typing import Any

from sosie.engines.base import Usage
from sosie.engines.odds import Odds, Piece
from sosie.server.asked import AskedChat, AskedResponse, read_asked
from sosie.server.carrier import Carrier
from sosie.server.doubles import STRONGEST, Doubles, ServedDouble
from sosie.server.exchange import Events, Reply, Request, event, json_bytes, json_reply, refusal_of

DONE = b"data: [DONE]\n\n"
MODELS = "/v1/models/"
ONE_MODEL = MODELS + "{id}"


def route_of(path: str) -> str:
    """The path, or the route of one model, whatever its name holds."""
    return ONE_MODEL if path.startswith(MODELS) and path != MODELS else path


async def list_models(request: Request, doubles: Doubles) -> Reply:
    return json_reply({"object": "list", "data": [_model(served) for served in doubles.all]})


async def tell_model(request: Request, doubles: Doubles) -> Reply:
    return json_reply(_model(doubles.find(request.path.removeprefix(MODELS))))


async def complete_chat(request: Request, doubles: Doubles) -> Reply | Events:
    asked = read_asked(AskedChat, request.body)
    served = doubles.find(asked.model)
    sampling = asked.sampling(served.engine.sampling)
    consulted = asked.consulted()
    answer = await served.answer(asked.turns(), sampling, asked.sosie_strength, asked.others, consulted)
    head = {
        "id": f"chatcmpl-{token_hex(12)}",
        "object": "chat.completion.chunk" if asked.stream else "chat.completion",
        "created": int(time.time()),
        "model": served.name,
    }
    if asked.stream:
        with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        return Events(_chunks(head, served, answer, with_usage, consulted), answer.stop)
    try:
        pieces = await answer.whole()
    finally:
        answer.stop()
    served.tokens += answer.usage.tokens
    message = {"role": "assistant", "content": "".join(pieces), "refusal": None}
    logprobs = None if asked.others is None else _logprobs(pieces)
    choice = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": _finish(answer.usage)}
    told = {"choices": [choice], "usage": _usage(answer.usage), "sosie": _sosie(served, consulted)}
    return json_reply({**head, **told})


async def respond(request: Request, doubles: Doubles) -> Reply | Events:
    asked = read_asked(AskedResponse, request.body)
    served = doubles.find(asked.model)
    sampling = asked.sampling(served.engine.sampling)
    consulted = asked.consulted()
    answer = await served.answer(asked.turns(), sampling, asked.sosie_strength, consulted=consulted)
    head = {
        "id": f"resp_{token_hex(12)}",
        "object": "response",
        "created_at": int(time.time()),
        "model": served.name,
        "instructions": asked.instructions,
        "store": False,
        "tools": [],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "sosie": _sosie(served, consulted),
    }
    if asked.stream:
        return Events(_response_events(head, served, answer), answer.stop)
    try:
        text = "".join(await answer.whole())
    finally:
        answer.stop()
    served.tokens += answer.usage.tokens
    return json_reply(_response(head, f"msg_{token_hex(12)}", text, answer.usage))


async def _chunks(
    head: dict[str, Any],
    served: ServedDouble,
    answer: Carrier,
    with_usage: bool,
    consulted: Sequence[str],
) -> AsyncIterator[bytes]:
    """Role, pieces, finish reason, perhaps usage, [DONE]. What fails midway is the last event."""

    def chunk(
        delta: dict[str, str], finish: str | None = None, logprobs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return {**head, "choices": [choice]}

    yield event({**chunk({"role": "assistant", "content": ""}), "sosie": _sosie(served, consulted)})
    before, after = json_bytes(chunk({"content": "\0"})).split(rb'"\u0000"')
    try:
        async for piece in answer:
            served.tokens += 1
            if isinstance(piece, Piece):
                yield event(chunk({"content": piece}, logprobs=_logprobs([piece])))
            else:
                yield b"data: " + before + json_bytes(piece) + after + b"\n\n"
    except Exception as error:
        yield event(refusal_of(error).error)
        return
    yield event(chunk({}, _finish(answer.usage)))
    if with_usage:
        yield event({**head, "choices": [], "usage": _usage(answer.usage)})
    yield DONE


async def _response_events(
    head: dict[str, Any], served: ServedDouble, answer: Carrier
) -> AsyncIterator[bytes]:
    """The events of one message, numbered, each under its name."""
    number, message = 0, f"msg_{token_hex(12)}"

    def named(name: str, **fields: Any) -> bytes:
        nonlocal number
        number += 1
        return f"event: {name}\n".encode() + event({"type": name, "sequence_number": number - 1, **fields})

    place = {"item_id": message, "output_index": 0, "content_index": 0}
    begun = {**head, "status": "in_progress", "output": []}
    yield named("response.created", response=begun)
    yield named("response.in_progress", response=begun)
    yield named("response.output_item.added", output_index=0, item=_item(message, None))
    yield named("response.content_part.added", **place, part=_part(""))
    texts: list[str] = []
    try:
        async for piece in answer:
            texts.append(piece)
            served.tokens += 1
            yield named("response.output_text.delta", **place, delta=piece)
    except Exception as error:
        told = {"code": "server_error", "message": refusal_of(error).message}
        yield named("response.failed", response={**begun, "status": "failed", "error": told})
        return
    text = "".join(texts)
    whole = _response(head, message, text, answer.usage)
    yield named("response.output_text.done", **place, text=text)
    yield named("response.content_part.done", **place, part=_part(text))
    yield named("response.output_item.done", output_index=0, item=_item(message, text))
    yield named(f"response.{whole['status']}", response=whole)


def _response(head: dict[str, Any], message: str, text: str, usage: Usage) -> dict[str, Any]:
    cut = usage.ending == "length"
    return {
        **head,
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "output": [_item(message, text)],
        "usage": {
            "input_tokens": usage.prompt,
            "input_tokens_details": {"cached_tokens": usage.reused},
            "output_tokens": usage.tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.prompt + usage.tokens,
        },
    }


def _item(message: str, text: str | None) -> dict[str, Any]:
    """The one message of a response; without text while it is being made."""
    status, content = ("in_progress", []) if text is None else ("completed", [_part(text)])
    return {"id": message, "type": "message", "status": status, "role": "assistant", "content": content}


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _logprobs(pieces: Iterable[str]) -> dict[str, Any]:
    odds = [one for piece in pieces if isinstance(piece, Piece) for one in piece.odds]
    told = [{**_token(one), "top_logprobs": [*map(_token, one.others)]} for one in odds]
    return {"content": told, "refusal": None}


def _token(odds: Odds) -> dict[str, Any]:
    return {"token": odds.token, "bytes": [*odds.data], "logprob": odds.logprob}


def _model(served: ServedDouble) -> dict[str, Any]:
    return {"id": served.name, "object": "model", "created": 0, "owned_by": "sosie", "sosie": _sosie(served)}


def _sosie(served: ServedDouble, consulted: Sequence[str] = ()) -> dict[str, Any]:
    """Our own field: that it is an AI, also to a machine, up to which strength it goes; what tools said."""
    strongest = None if served.strength is None else STRONGEST
    origin = "model" if served.strength is None else "double"
    shown = {"consulted": [*consulted]} if consulted else {}
    return {"notice": served.notice, "origin": origin, "strongest": strongest, **shown}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.tokens,
        "total_tokens": usage.prompt + usage.tokens,
        "prompt_tokens_details": {"cached_tokens": usage.reused},
    }


def _finish(usage: Usage) -> str:
    return "length" if usage.ending == "length" else "stop"
