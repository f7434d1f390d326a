"""A model behind an OpenAI-compatible address: Ollama, llama.cpp, LM Studio, vLLM.

    open_remote("http://127.0.0.1:11434/v1#mistral")      the key: SOSIE_REMOTE_KEY, or `key`

The messages go there as they are, and the server's own chat format makes tokens of them: a text that looks
like a special token may become one. Of the sampling, what OpenAI's protocol names is sent: min-p and the
repetition penalty stay the server's.
"""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import UnknownModel
from sosie.core.sampling import Sampling
from sosie.engines.base import Ending, TextStream, Usage, complete
from sosie.engines.openai_client import OpenAIClient, listed

KEY_VARIABLE = "SOSIE_REMOTE_KEY"  # of the environment, where the server asks for one
AT_ONCE = 4  # answers
TOKEN_BYTES = 4  # of text, as tokenizers of today have it in the mean: the server's own is not here


class Remote:
    """The engine of one model of a server; `warning` is to be told before anything is sent."""

    portrait = ""
    sampling = Sampling()

    def __init__(self, client: OpenAIClient) -> None:
        self.name, self.warning = client.model, client.warning
        self._client = client

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        started, first, pieces = time.perf_counter(), 0.0, 0
        usage: Mapping[str, Any] = {}
        ending: Ending = "end"
        with closing(self._client.stream(request_body(turns, sampling))) as events:
            for event in events:
                text, finish = self._said(event)
                ending = "length" if finish == "length" else ending
                usage = told if isinstance(told := event.get("usage"), dict) else usage
                first = first or time.perf_counter() - started
                if text:
                    pieces += 1
                    yield text
        seconds = time.perf_counter() - started
        prompt, tokens = (count(usage, name, 0) for name in ("prompt_tokens", "completion_tokens"))
        reused = count(usage.get("prompt_tokens_details"), "cached_tokens", 0)
        return Usage(prompt, reused, tokens or pieces, seconds, first, ending)

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        """An answer to each, in their order, a few at once."""
        each = [replace(sampling, seed=seed) for seed in seeds] or [sampling] * len(many_turns)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return [*threads.map(lambda turns, one: complete(self.stream(turns, one))[0], many_turns, each)]

    def tokens(self, text: str) -> int:
        """An estimate."""
        return -(-len(text.encode()) // TOKEN_BYTES)

    def close(self) -> None:
        """Nothing is held."""

    def _said(self, event: Mapping[str, Any]) -> tuple[str, str]:
        """The text and the finish reason of an event, or of a whole answer."""
        try:
            choice: Any = next(iter(event["choices"]), {})
            said = choice.get("delta") or choice.get("message") or {}
            text, finish = said.get("content") or "", choice.get("finish_reason") or ""
        except (KeyError, TypeError, AttributeError):
            raise self._client.strange() from None
        # Half a pair of surrogates, which JSON can hold and no terminal or file can.
        return str(text).encode("utf-8", "replace").decode(), str(finish)


def request_body(turns: Sequence[Turn], sampling: Sampling) -> dict[str, Any]:
    """The body of a request for one streamed answer."""
    return {
        "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "stream_options": {"include_usage": True},
        **({} if sampling.seed is None else {"seed": sampling.seed}),
        **({"stop": list(sampling.stop)} if sampling.stop else {}),
    }


def count(told: Any, name: str, default: int) -> int:
    value = told.get(name) if isinstance(told, Mapping) else None
    return value if isinstance(value, int) else default


def open_remote(what: str, key: str | None = None, elsewhere: bool = False, timeout: float = 120.0) -> Remote:
    """The engine of an address, once its server has answered. SosieError where it does not.

    `elsewhere`: private text may leave this machine. Without a model after a #, the only one that is served.
    """
    key = os.environ.get(KEY_VARIABLE, "") if key is None else key
    client = OpenAIClient(str(what), key, elsewhere, timeout)
    if client.model:
        client.check()
        return Remote(client)
    served = client.models()
    if len(served) != 1:
        raise UnknownModel(
            f"Ce serveur a {len(served)} modèles : il faut dire lequel.",
            f"Nommez-le après un # : {client.url}#NOM ({listed(served) or 'aucun pour le moment'})",
        )
    return Remote(replace(client, url=f"{client.url.rstrip('#')}#{served[0]}"))
