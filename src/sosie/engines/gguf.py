"""A GGUF model through llama.cpp, with or without the adapter of a double, at any strength.

 turns -> trimmed to the context -> ids -> LlamaServer -> ids -> text

The ids are those of models/template.py, so that a double says through llama.cpp what it says through
transformers: in float32, token for token. Samplers are asked for in the order of
engines/sampling.py; a repetition penalty also sees the prompt, which it does not in engines/local.py.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.drafts import Fleeting
from sosie.core.sampling import Sampling
from sosie.engines.base import Ending, TextStream, Usage, complete
from sosie.engines.detokenizer import Detokenizer
from sosie.engines.gguf_files import open_files
from sosie.engines.llama_server import LlamaServer
from sosie.engines.odds import LEAST, Odds, Piece
from sosie.models.template import Template, prompt, stop_conditions
from sosie.models.truncation import trim

SAMPLERS = ["penalties", "temperature", "top_p", "min_p"]
CACHE_BYTES, SMALL_CACHE_BYTES = 1 << 30, 1 << 27  # of keys and values, of all slots together
FEW_SLOTS, MOST_SLOTS = 4, 25  # within each of them; 25 is what a server answers together
PENALISED = 64  # last tokens, of the answer or of what stands before


class Gguf:
    """The engine of a model in llama.cpp at one strength of its adapter: 1, the double; 0, its base."""

    def __init__(
        self,
        server: LlamaServer,
        tokenizer: Any,
        template: Template,
        *,
        name: str,
        strength: float | None = None,
        portrait: str = "",
        sampling: Sampling | None = None,
        owned: Fleeting | None = None,
        others: int | None = None,
    ) -> None:
        self.name, self.portrait, self.sampling = name, portrait, sampling or Sampling()
        self.strength = strength  # None: there is no adapter
        self._server, self._tokenizer, self._template = server, tokenizer, template
        self._stops = stop_conditions(template, tokenizer)
        self._owned = owned  # the adapter's file, gone with the engine
        self._others = others  # None: the odds of tokens are not told

    @property
    def base(self) -> "Gguf":
        """The same weights without the adapter; itself if there is none."""
        return self.at(0.0) if self.strength else self

    def at(self, strength: float) -> "Gguf":
        """The same double at another strength of its adapter; both share one model."""
        name = self.name if strength else f"{self.name} (base)"
        return self._view(name, None if self.strength is None else strength, self._others)

    def telling_odds(self, others: int) -> "Gguf":
        """The same, whose streams also tell how likely each token was (engines/odds.py)."""
        return self._view(self.name, self.strength, others)

    def _view(self, name: str, strength: float | None, others: int | None) -> "Gguf":
        return Gguf(
            self._server,
            self._tokenizer,
            self._template,
            name=name,
            strength=strength,
            portrait=self.portrait,
            sampling=self.sampling,
            others=others,
        )

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        started, first = time.perf_counter(), 0.0
        ids = self._prompt(turns, sampling)
        room = max(1, min(sampling.max_tokens, self._server.context - len(ids)))
        shown: Detokenizer[str] = Detokenizer(_joined, (*self._stops.strings, *sampling.stop))
        ending: Ending = "length"
        odds: list[Odds] = []
        made = reused = 0
        events = self._server.complete(self._asked(ids, room, sampling))
        with closing(events):
            for event in events:
                if progress := event.get("prompt_progress"):
                    reused = progress["cache"]
                    continue
                made = event["tokens_predicted"]
                if not set(self._stops.ids).isdisjoint(event["tokens"]):
                    ending, made = "end", made - 1
                    break
                first = first or time.perf_counter() - started
                odds += self._odds_of(event)
                if text := shown.push(event["content"]):
                    yield Piece.of(text, odds) if odds else text
                    odds = []
                if shown.stopped:
                    ending = "stop"
                    break
        if text := shown.finish():
            yield Piece.of(text, odds) if odds else text
        return Usage(len(ids), reused, made, time.perf_counter() - started, first, ending)

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        """An answer to each, in their order, as many at once as there are slots."""
        each = [replace(sampling, seed=seed) for seed in seeds] or [sampling] * len(many_turns)
        with ThreadPoolExecutor(self._server.slots) as threads:
            return [*threads.map(lambda turns, one: complete(self.stream(turns, one))[0], many_turns, each)]

    def tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def close(self) -> None:
        """Stop the server, for all strengths."""
        self._server.close()
        if self._owned:
            self._owned.close()

    def _asked(self, ids: list[int], room: int, sampling: Sampling) -> dict[str, Any]:
        """The request of one answer."""
        asked: dict[str, Any] = {
            "prompt": ids,
            "n_predict": room,
            "temperature": sampling.temperature,
            "top_k": 0,
            "top_p": sampling.top_p,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repetition_penalty,
            "repeat_last_n": PENALISED,
            "samplers": SAMPLERS,
            "return_progress": True,  # says what of the prompt is reused
            "seed": -1 if sampling.seed is None else sampling.seed % (1 << 32),
        }
        if self._others is not None:
            asked["n_probs"] = max(1, self._others)
        if self.strength is not None:
            asked["lora"] = [{"id": 0, "scale": self.strength}]
        return asked

    def _odds_of(self, event: Mapping[str, Any]) -> list[Odds]:
        """Those of an event's tokens; none where they are not told."""
        return [
            replace(_odds(one), others=tuple(map(_odds, one["top_logprobs"][: self._others])))
            for one in event.get("completion_probabilities", ())
        ]

    def _prompt(self, turns: Sequence[Turn], sampling: Sampling) -> list[int]:
        """The ids to answer, the oldest turns left out where they would not leave room for an answer."""
        context = self._server.context
        limit = max(context - sampling.max_tokens, context // 2)
        return list(
            prompt(trim(turns, self._tokenizer, self._template, limit), self._tokenizer, self._template)
        )


def _odds(told: Mapping[str, Any]) -> Odds:
    logprob = LEAST if told["logprob"] is None else told["logprob"]
    return Odds(told["token"], bytes(told["bytes"]), logprob)


def _joined(pieces: list[str]) -> str:
    """The text so far: llama.cpp gives whole characters, whose tokens it does not all name."""
    return "".join(pieces).removeprefix(" ")  # of templates that put one before an answer


def slots_of(slot_bytes: int) -> int:
    """How many answers are made together: a few, or many where they cost next to nothing."""
    few = min(FEW_SLOTS, CACHE_BYTES // slot_bytes)
    return max(1, few, min(MOST_SLOTS, SMALL_CACHE_BYTES // slot_bytes))


def open_gguf(what: Double | Path | str, kind: str = "q8_0") -> Gguf:
    """The engine of a double, of a model by any of its names, or of a .gguf file."""
    fleeting = Fleeting()
    try:
        opened = open_files(what, fleeting.folder, kind)
        slots = slots_of(max(1, opened.context * opened.token_bytes))
        server = LlamaServer(opened.model, opened.adapters, opened.context, slots)
    except BaseException:
        fleeting.close()
        raise
    return Gguf(
        server,
        opened.tokenizer,
        opened.template,
        name=opened.name,
        strength=1.0 if opened.adapters else None,
        portrait=opened.portrait,
        sampling=opened.sampling,
        owned=fleeting,
    )
