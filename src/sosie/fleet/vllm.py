"""A double on a vLLM server: its adapter is there while somebody asks for it.

 turns -> trimmed -> ids -> /v1/completions -> ids -> text

The server is given token ids, so that no text can write a control token, and gives ids: the text is the
double's own tokenizer's. Its repetition penalty also sees the prompt, and it has no lexicon.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.digests import sha256_of
from sosie.core.double import Double
from sosie.core.errors import BadSettings
from sosie.core.sampling import Sampling
from sosie.engines.base import Ending, Engine, TextStream, Usage, complete
from sosie.engines.detokenizer import Detokenizer
from sosie.engines.odds import LEAST, Odds, Piece
from sosie.fleet.vllm_server import LoadedAdapter, VllmServer
from sosie.models.load import load_tokenizer
from sosie.models.load_double import base_of
from sosie.models.template import TEMPLATES, prompt, stop_conditions
from sosie.models.token_encoder import encoder_of
from sosie.models.tokenizer_files import TOKENIZER, read_tokenizer
from sosie.models.truncation import trim

AS_ID = "token_id:"  # how it writes a token where it is asked not to write text
MOST_STREAMS = 64  # answers


class VllmDoubles:
    """Opens doubles on one server; safe for several threads."""

    def __init__(self, server: VllmServer) -> None:
        self._server = server
        self._tokenizers: dict[str, Any] = {}

    def open(self, double: Double, name: str) -> tuple[Engine, Callable[[], None]]:
        """The engine of a double, and what unloads its adapter. BadData where the server cannot have it."""
        adapter = LoadedAdapter(self._server, double)
        engine = VllmEngine(adapter, double, self._tokenizer(double), name)
        adapter.load()
        return engine, adapter.unload

    def _tokenizer(self, double: Double) -> Any:
        """The double's own, or its base's, read once for all who have the same."""
        own = double.folder / TOKENIZER if double.folder else None
        key = sha256_of(own) if own and own.is_file() else f"{double.base} {double.revision}"
        if key not in self._tokenizers:
            read = read_tokenizer(own.parent) if own and own.is_file() else load_tokenizer(base_of(double))[0]
            self._tokenizers[key] = read
        return self._tokenizers[key]


class VllmEngine:
    """A double at strength 1, its base at 0: vLLM has nothing between. `others`: of engines/odds.py."""

    def __init__(
        self,
        adapter: LoadedAdapter,
        double: Double,
        tokenizer: Any,
        name: str,
        strength: float | None = 1.0,
        others: int | None = None,
    ) -> None:
        self.name, self.strength = name, strength
        self.portrait, self.sampling = double.portrait, double.talking_through_llama
        self._adapter, self._double, self._tokenizer, self._others = adapter, double, tokenizer, others
        self._template = TEMPLATES[double.template]
        self._stops = stop_conditions(self._template, tokenizer)
        self._salt = secrets.token_hex()  # nobody's prompt makes another's answer faster: it would tell of it

    @property
    def base(self) -> "VllmEngine":
        return self.at(0.0) if self.strength else self

    def at(self, strength: float) -> "VllmEngine":
        """BadSettings for what is neither the double nor its base."""
        if strength not in (0.0, 1.0):
            raise BadSettings(
                "vLLM ne règle pas la force d'un double.", "Demandez 1, le double, ou 0, sa base."
            )
        name = self.name if strength else f"{self.name} (base)"
        return VllmEngine(self._adapter, self._double, self._tokenizer, name, strength, self._others)

    def telling_odds(self, others: int) -> "VllmEngine":
        """The same, whose streams also tell how likely each token was."""
        return VllmEngine(self._adapter, self._double, self._tokenizer, self.name, self.strength, others)

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        started, first = time.perf_counter(), 0.0
        ids = self._prompt(turns, sampling)
        shown: Detokenizer[int] = Detokenizer(self._decode, (*self._stops.strings, *sampling.stop))
        ending: Ending | None = None
        odds: list[Odds] = []
        with closing(self._adapter.events(self._asked(ids, sampling))) as events:
            for token, told in self._tokens(events):
                if token in self._stops.ids:
                    ending = "end"
                    break
                first = first or time.perf_counter() - started
                odds += told
                if text := shown.push(token):
                    yield Piece.of(text, odds) if odds else text
                    odds = []
                if shown.stopped:
                    ending = "stop"
                    break
        if text := shown.finish():
            yield Piece.of(text, odds) if odds else text
        seconds = time.perf_counter() - started
        return Usage(len(ids), 0, len(shown.ids), seconds, first, ending or "length")

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        """An answer to each, in their order, many at once."""
        each = [replace(sampling, seed=seed) for seed in seeds] or [sampling] * len(many_turns)
        with ThreadPoolExecutor(MOST_STREAMS) as threads:
            return [*threads.map(lambda turns, one: complete(self.stream(turns, one))[0], many_turns, each)]

    def tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def close(self) -> None:
        """The adapter is unloaded by who opened it."""

    def _prompt(self, turns: Sequence[Turn], sampling: Sampling) -> list[int]:
        """The ids to answer, the oldest turns left out where they would not leave room for an answer."""
        context = self._adapter.server.context
        limit = max(context - sampling.max_tokens, context // 2)
        kept = trim(turns, self._tokenizer, self._template, limit)
        return list(prompt(kept, self._tokenizer, self._template))

    def _asked(self, ids: list[int], sampling: Sampling) -> dict[str, Any]:
        """The request of one answer."""
        asked: dict[str, Any] = {
            "model": self._adapter.name if self.strength else self._adapter.server.base,
            "prompt": ids,
            "add_special_tokens": False,
            "return_token_ids": True,
            "max_tokens": max(1, min(sampling.max_tokens, self._adapter.server.context - len(ids))),
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": 0,
            "min_p": sampling.min_p,
            "repetition_penalty": sampling.repetition_penalty,
            "stop_token_ids": [*self._stops.ids],
            "cache_salt": self._salt,
        }
        if sampling.seed is not None:
            asked["seed"] = sampling.seed
        if self._others is not None:
            asked |= {"logprobs": self._others, "return_tokens_as_token_ids": True}
        return asked

    def _tokens(self, events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, list[Odds]]]:
        """Each id that was drawn, and its odds where they were asked for. SosieError for other events."""
        try:
            for event in events:
                for choice in event["choices"][:1]:
                    ids = choice["token_ids"]
                    odds = self._odds(choice["logprobs"]) if ids and self._others is not None else ()
                    for at, token in enumerate(ids):
                        yield int(token), [*odds[at : at + 1]]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._adapter.server.client.strange() from None

    def _odds(self, told: Mapping[str, Any]) -> list[Odds]:
        likeliest = told["top_logprobs"] or [{}] * len(told["tokens"])
        return [
            replace(
                self._one(*one), others=tuple(self._one(*other) for other in ranked(others)[: self._others])
            )
            for *one, others in zip(told["tokens"], told["token_logprobs"], likeliest, strict=True)
        ]

    def _one(self, token: str, logprob: float | None) -> Odds:
        data = encoder_of(self._tokenizer).bytes_of(int(token.removeprefix(AS_ID)))
        return Odds(data.decode("utf-8", "replace"), data, LEAST if logprob is None else max(LEAST, logprob))

    def _decode(self, ids: list[int]) -> str:
        text = self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text).removeprefix(" ")  # of templates that put one before an answer


def ranked(others: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(others.items(), key=lambda one: -one[1])
