r"""nanochat's own protocol, for its unmodified page: POST /chat/completions, GET /stats.

    {"messages": [...], "temperature", "top_k", "max_tokens"}  ->  data: {"token": "salut", "gpu": 0}
                                                                   data: {"done": true}

Its page loses an event that reaches it in two parts: each is one small write. It stores an empty answer and
gives it back, keeps a question that failed beside the next one, and shows nothing of an error midway: empty
messages are left out, neighbours joined, and an error is the last token, taken off when it comes back.
`top_k` is checked and not used: a double is sampled by top_p and min_p.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field

from sosie.core.message_turns import merge_runs
from sosie.core.sampling import changed
from sosie.server.asked import FromJson, Said, read_asked, turns_from
from sosie.server.carrier import Carrier
from sosie.server.doubles import AT_ONCE, Doubles, ServedDouble
from sosie.server.exchange import Events, Reply, Request, event, json_reply, refusal_of

ERROR = "\n\u2063⚠ "  # before what is no answer; the invisible sign is in nobody's words
DONE = event({"done": True})


class AskedTokens(FromJson):
    messages: Annotated[list[Said], Field(max_length=500)]
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_k: Annotated[int | None, Field(ge=0, le=200)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=4096)] = None


async def stream_tokens(request: Request, doubles: Doubles) -> Events:
    asked = read_asked(AskedTokens, request.body)
    served = doubles.find(None)
    usual = served.engine.sampling
    sampling = changed(usual, temperature=asked.temperature, max_tokens=asked.max_tokens)
    turns = merge_runs(turns_from(map(_without_error, asked.messages)))
    try:
        answer = await served.answer(turns, sampling, None)
    except Exception as error:
        return Events(_ended_by(error), lambda: None)
    return Events(_tokens(served, answer), answer.stop)


async def tell_stats(request: Request, doubles: Doubles) -> Reply:
    busy = min(AT_ONCE, doubles.all[0].running)
    return json_reply(
        {
            "total_workers": AT_ONCE,
            "available_workers": AT_ONCE - busy,
            "busy_workers": busy,
            "workers": [{"gpu_id": 0, "device": "sosie"}],
        }
    )


async def tell_health(request: Request, doubles: Doubles) -> Reply:
    """Nothing of whom it serves: no key is asked here."""
    available = sum(max(0, AT_ONCE - served.running) for served in doubles.all)
    return json_reply({"status": "ok", "ready": True, "num_gpus": 0, "available_workers": available})


async def _tokens(served: ServedDouble, answer: Carrier) -> AsyncIterator[bytes]:
    try:
        async for piece in answer:
            served.tokens += 1
            yield event({"token": piece, "gpu": 0})
    except Exception as error:
        async for told in _ended_by(error):
            yield told
    else:
        yield DONE


async def _ended_by(error: Exception) -> AsyncIterator[bytes]:
    yield event({"token": ERROR + refusal_of(error).message, "gpu": 0})
    yield DONE


def _without_error(message: Said) -> Said:
    """An answer as the page gives it back, without the error that ended it."""
    if message.role == "assistant" and isinstance(message.content, str):
        return Said(role=message.role, content=message.content.partition(ERROR)[0])
    return message
