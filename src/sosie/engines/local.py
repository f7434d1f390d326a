"""A transformers model on this machine, with or without its adapter.

 turns -> trimmed to the context -> ids -> [cached | new] -> logits -> Generation -> text

The keys and values of the prompt are cached: a second turn computes only what is new. One conversation is
cached for each view (the double, its base); a caller that comes while it is in use starts from nothing, and
gets the same answer.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import Loss, TextStream, Usage
from sosie.engines.batching import prompt_batches, token_batches
from sosie.engines.framing import Framing
from sosie.engines.generation import Generation
from sosie.engines.model_runner import ModelRunner
from sosie.engines.odds import Odds, Piece, odds_of
from sosie.models.lexicon import Lexicon
from sosie.models.template import Example, Template, prompt, stop_conditions
from sosie.models.token_encoder import encoder_of
from sosie.models.truncation import trim, unread_letters

if TYPE_CHECKING:
    from transformers import DynamicCache

PACK_TOKENS = 2048  # of examples scored together


class Local:
    """The engine of one model at one strength of its adapter: 1, the double; 0, its base."""

    def __init__(
        self,
        runner: ModelRunner,
        tokenizer: Any,
        template: Template,
        *,
        name: str,
        strength: float = 1.0,
        portrait: str = "",
        sampling: Sampling | None = None,
        lexicon: Lexicon | None = None,
        others: int | None = None,
    ) -> None:
        self.name = name
        self.backend = ""  # what computes and why, in French, where there was a choice
        self.portrait = portrait
        self.sampling = sampling or Sampling()
        self.tokenizer = tokenizer
        self.template = template
        self.framing = Framing(tokenizer, template)
        self._runner = runner
        self.strength = strength if runner.has_adapter else None  # None: there is no adapter
        self.lexicon = lexicon  # of the words that it may say where the sampling asks for it
        self._others = others  # None: the odds of tokens are not told
        self._stops = stop_conditions(template, tokenizer)
        self._cached_prefix: tuple[list[int], DynamicCache] | None = None
        self._lock = Lock()

    @property
    def base(self) -> "Local":
        """The engine of the same weights without the adapter; itself if there is none."""
        return self.at(0.0) if self.strength else self

    def at(self, strength: float) -> "Local":
        """The same double at another strength of its adapter; both share one model."""
        return self._view(self.name if strength else f"{self.name} (base)", strength, self._others)

    def telling_odds(self, others: int) -> "Local":
        """The same, whose streams also tell how likely each token was (engines/odds.py)."""
        return self._view(self.name, self.strength or 0.0, others)

    def _view(self, name: str, strength: float, others: int | None) -> "Local":
        return Local(
            self._runner,
            self.tokenizer,
            self.template,
            name=name,
            strength=strength,
            portrait=self.portrait,
            sampling=self.sampling,
            lexicon=self.lexicon,
            others=others,
        )

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        started = time.perf_counter()
        kept = self._trimmed(turns, sampling)
        ids = list(prompt(kept, self.tokenizer, self.template))
        generation = self._new_generation(ids, sampling)
        reused, cache = self._take_cache(ids)
        new, first = ids[reused:], 0.0
        odds: list[Odds] = []
        try:
            while generation.ending is None:
                logits = self._runner.next_logits([new], cache, self.strength or 0.0)[0]
                text = generation.step(logits)
                first = first or time.perf_counter() - started
                new = generation.ids[-1:]
                if self._others is not None and generation.ending != "end":
                    odds.append(odds_of(logits, new[0], self._others, encoder_of(self.tokenizer).bytes_of))
                if text:
                    yield Piece.of(text, odds) if odds else text
                    odds = []
            if text := generation.finish():
                yield Piece.of(text, odds) if odds else text
        except GeneratorExit:  # closed between two steps: what was read is whole, unlike after a Ctrl-C
            self._store_cache([*ids, *generation.ids], cache)
            raise
        self._store_cache([*ids, *generation.ids], cache)
        seconds = time.perf_counter() - started
        unread = unread_letters(turns[-1].text, kept[-1].text)
        return Usage(len(ids), reused, len(generation.ids), seconds, first, generation.ending, unread)

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        """An answer to each, in their order. With the same seed, each gets the answer that it gets alone."""
        each = [replace(sampling, seed=seed) for seed in seeds] or [sampling] * len(many_turns)
        trimmed = [self._trimmed(turns, sampling) for turns in many_turns]
        prompts = [list(prompt(turns, self.tokenizer, self.template)) for turns in trimmed]
        answers = [""] * len(prompts)
        for indices in prompt_batches(prompts, each, self._runner.token_bytes):
            texts = self._generate_batch(
                [prompts[index] for index in indices], [each[index] for index in indices]
            )
            for index, text in zip(indices, texts, strict=True):
                answers[index] = text
        return answers

    def losses(self, examples: Iterable[Example]) -> list[Loss]:
        """How unexpected each example's learnt tokens are."""
        return [
            Loss(float(losses.double().sum()), len(losses))
            for pack in token_batches(examples, PACK_TOKENS)
            for losses in self._runner.losses(pack, self.strength or 0.0)
        ]

    def foreseen(self, examples: Iterable[Example]) -> list[list[bool]]:
        """For each learnt token of each example, whether it was the likeliest of all."""
        return [
            hits.tolist()
            for pack in token_batches(examples, PACK_TOKENS)
            for hits in self._runner.foreseen(pack, self.strength or 0.0)
        ]

    def tokens(self, text: str) -> int:
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def close(self) -> None:
        """Forget the conversation."""
        self._cached_prefix = None

    def _trimmed(self, turns: Sequence[Turn], sampling: Sampling) -> tuple[Turn, ...]:
        """The turns to answer, the oldest left out where they would not leave room for an answer."""
        context = self._runner.context
        limit = max(context - sampling.max_tokens, context // 2)
        return trim(turns, self.tokenizer, self.template, limit)

    def _new_generation(self, ids: Sequence[int], sampling: Sampling) -> Generation:
        room = max(1, min(sampling.max_tokens, self._runner.context - len(ids)))
        ends, lexicon = frozenset(self._stops.ids), self.lexicon if sampling.real_words else None
        return Generation(self._decode, ends, self._stops.strings, sampling, room, lexicon)

    def _decode(self, ids: list[int]) -> str:
        text = self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text).removeprefix(" ")  # of templates that put one before an answer

    def _take_cache(self, ids: Sequence[int]) -> "tuple[int, DynamicCache]":
        """The length of the beginning of `ids` that is cached, and its keys and values."""
        with self._lock:
            cached, self._cached_prefix = self._cached_prefix, None
        if cached is None:
            return 0, self._runner.new_cache()
        ids_read, cache = cached
        reused = common_prefix_length(ids_read, ids[:-1])  # at least one token must be read, to have scores
        if reused == 0 or (self._runner.recurrent and reused < len(ids_read)):
            return 0, self._runner.new_cache()
        if reused < len(ids_read):
            cache.crop(reused - len(ids_read))
        return reused, cache

    def _store_cache(self, ids: list[int], cache: "DynamicCache") -> None:
        """Cache the keys and values for the next turn. The last token was sampled but never read."""
        with self._lock:
            self._cached_prefix = (ids[: cache.get_seq_length()], cache)

    def _generate_batch(self, prompts: Sequence[Sequence[int]], each: Sequence[Sampling]) -> list[str]:
        """The answers to a batch of prompts, padded on the left; a row leaves the batch once it is done.

        What all begin with, such as a portrait and its examples, is read once.
        """
        import torch

        generations = [
            self._new_generation(ids, sampling) for ids, sampling in zip(prompts, each, strict=True)
        ]
        texts = ["" for _ in prompts]
        cache, shared = self._runner.new_cache(), self._shared_prefix(prompts, each)
        if shared:
            self._runner.next_logits([prompts[0][:shared]], cache, self.strength or 0.0)
            cache.batch_select_indices(
                torch.zeros(len(prompts), dtype=torch.int64, device=self._runner.device)
            )
        rests = [list(ids[shared:]) for ids in prompts]
        pads = [[0] * (max(map(len, rests)) - len(rest)) for rest in rests]
        rows = [pad + rest for pad, rest in zip(pads, rests, strict=True)]
        attention_mask = torch.tensor(
            [[1] * shared + pad + [1] * len(rest) for pad, rest in zip(pads, rests, strict=True)]
        )
        unfinished = list(range(len(prompts)))
        while unfinished:
            logits = self._runner.next_logits(rows, cache, self.strength or 0.0, attention_mask)
            for row, index in enumerate(unfinished):
                texts[index] += generations[index].step(logits[row])
            going = [row for row, index in enumerate(unfinished) if generations[index].ending is None]
            unfinished = [unfinished[row] for row in going]
            if unfinished and len(going) < len(rows):
                cache.batch_select_indices(torch.tensor(going, device=self._runner.device))
                attention_mask = attention_mask[going]
            attention_mask = torch.cat(
                [attention_mask, attention_mask.new_ones(len(attention_mask), 1)], dim=1
            )
            rows = [generations[index].ids[-1:] for index in unfinished]
        return [text + generation.finish() for text, generation in zip(texts, generations, strict=True)]

    def _shared_prefix(self, prompts: Sequence[Sequence[int]], each: Sequence[Sampling]) -> int:
        """The number of tokens that all prompts begin with, but their last.

        0 where padding after it would count: in a state, or as a place in a sliding window.
        """
        longest = max(map(len, prompts)) + max(sampling.max_tokens for sampling in each)
        if len(prompts) == 1 or self._runner.recurrent or longest > self._runner.window:
            return 0
        ordered = sorted(map(tuple, prompts))
        return common_prefix_length(ordered[0][:-1], ordered[-1][:-1])  # the farthest from one another


def common_prefix_length(left: Sequence[int], right: Sequence[int]) -> int:
    """The length of the common prefix."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))
