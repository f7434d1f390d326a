"""A transformers model on this machine, with or without its adapter.

 turns -> trimmed to the context -> ids -> [already read | new] -> scores -> Draft -> text pieces

What was read stays read: a second turn computes only what is new. One conversation is remembered for each
view (the double, its base); a caller that comes while it is in use starts from nothing, and gets the same
answer.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.sampling import Sampling
from sosie.engines.base import Loss, Pieces, Usage
from sosie.engines.framing import Framing
from sosie.engines.generation import Draft
from sosie.engines.model_runner import Network
from sosie.models.catalogue import find
from sosie.models.doubles import double_at
from sosie.models.load import load, load_double
from sosie.models.template import Example, Template, prompt, stops
from sosie.models.truncation import trim

if TYPE_CHECKING:
    from transformers import DynamicCache

ROWS = 64  # answers written together, at most
CACHE_BYTES = 2 << 30  # that their keys and values may take, each as long as it may become
PACK_TOKENS = 2048  # of examples scored together


class Local:
    """One view of a network: with its adapter (the double) or without (its base)."""

    def __init__(
        self,
        network: Network,
        tokenizer: Any,
        template: Template,
        *,
        name: str,
        adapter: bool = True,
        portrait: str = "",
        sampling: Sampling | None = None,
    ) -> None:
        self.name = name
        self.portrait = portrait
        self.sampling = sampling or Sampling()
        self.tokenizer = tokenizer
        self.template = template
        self.framing = Framing(tokenizer, template)
        self._network = network
        self._adapter = adapter and network.has_adapter
        self._stops = stops(template, tokenizer)
        self._kept: tuple[list[int], DynamicCache] | None = None
        self._lock = Lock()

    @property
    def base(self) -> "Local":
        """The same weights without the adapter; itself where there is none."""
        if not self._adapter:
            return self
        return Local(
            self._network,
            self.tokenizer,
            self.template,
            name=f"{self.name} (base)",
            adapter=False,
            portrait=self.portrait,
            sampling=self.sampling,
        )

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> Pieces:
        started = time.perf_counter()
        ids = self._prompt(turns, sampling)
        draft = self._draft(ids, sampling)
        reused, cache = self._take(ids)
        new, first = ids[reused:], 0.0
        try:
            while draft.ending is None:
                piece = draft.take(self._network.read([new], cache, self._adapter)[0])
                first = first or time.perf_counter() - started
                new = draft.ids[-1:]
                if piece:
                    yield piece
            if piece := draft.last():
                yield piece
        except GeneratorExit:  # closed between two steps: what was read is whole, unlike after a Ctrl-C
            self._keep([*ids, *draft.ids], cache)
            raise
        self._keep([*ids, *draft.ids], cache)
        seconds = time.perf_counter() - started
        return Usage(len(ids), reused, len(draft.ids), seconds, first, draft.ending)

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        """One answer each, in the order given. The same seed gives each the answer that it gets alone."""
        each = [replace(sampling, seed=seed) for seed in seeds] or [sampling] * len(many_turns)
        prompts = [self._prompt(turns, sampling) for turns in many_turns]
        said = [""] * len(prompts)
        for places in self._groups(prompts, each):
            texts = self._together([prompts[place] for place in places], [each[place] for place in places])
            for place, text in zip(places, texts, strict=True):
                said[place] = text
        return said

    def losses(self, examples: Iterable[Example]) -> list[Loss]:
        """How unexpected each example's learnt tokens are."""
        return [
            Loss(float(nats.double().sum()), len(nats))
            for pack in packs(examples, PACK_TOKENS)
            for nats in self._network.losses(pack, self._adapter)
        ]

    def foreseen(self, examples: Iterable[Example]) -> list[list[bool]]:
        """For each learnt token of each example, whether it was the likeliest of all."""
        return [
            likeliest.tolist()
            for pack in packs(examples, PACK_TOKENS)
            for likeliest in self._network.foreseen(pack, self._adapter)
        ]

    def tokens(self, text: str) -> int:
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def close(self) -> None:
        """Forget the conversation."""
        self._kept = None

    def _prompt(self, turns: Sequence[Turn], sampling: Sampling) -> list[int]:
        """The ids to answer, the oldest turns left out where they would not leave room for an answer."""
        context = self._network.context
        limit = max(context - sampling.max_tokens, context // 2)
        return list(prompt(trim(turns, self.tokenizer, self.template, limit), self.tokenizer, self.template))

    def _draft(self, ids: Sequence[int], sampling: Sampling) -> Draft:
        room = max(1, min(sampling.max_tokens, self._network.context - len(ids)))
        return Draft(self._decode, frozenset(self._stops.ids), self._stops.strings, sampling, room)

    def _decode(self, ids: list[int]) -> str:
        text = self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text).removeprefix(" ")  # of templates that put one before an answer

    def _take(self, ids: Sequence[int]) -> "tuple[int, DynamicCache]":
        """The keys and values that already hold the beginning of `ids`, and how long it is."""
        with self._lock:
            kept, self._kept = self._kept, None
        if kept is None:
            return 0, self._network.new_cache()
        known, cache = kept
        same = common_start(known, ids[:-1])  # at least one token must be read, to have scores
        if same == 0:
            return 0, self._network.new_cache()
        if same < len(known):
            cache.crop(same - len(known))
        return same, cache

    def _keep(self, ids: list[int], cache: "DynamicCache") -> None:
        """For the next turn. The last token was chosen but never read."""
        with self._lock:
            self._kept = (ids[: cache.get_seq_length()], cache)

    def _groups(self, prompts: Sequence[Sequence[int]], each: Sequence[Sampling]) -> Iterator[list[int]]:
        """Places of the prompts answered together: those of one length side by side, as many as have room."""
        group: list[int] = []
        for place in sorted(range(len(prompts)), key=lambda place: len(prompts[place])):
            longest = len(prompts[place]) + each[place].max_tokens
            needed = (len(group) + 1) * longest * self._network.token_bytes
            if group and (len(group) == ROWS or needed > CACHE_BYTES):
                yield group
                group = []
            group.append(place)
        if group:
            yield group

    def _together(self, prompts: Sequence[Sequence[int]], each: Sequence[Sampling]) -> list[str]:
        """Answers to a few prompts at once, padded on the left; a row leaves as soon as it is done."""
        import torch

        drafts = [self._draft(ids, sampling) for ids, sampling in zip(prompts, each, strict=True)]
        said = ["" for _ in prompts]
        width = max(map(len, prompts))
        rows = [[0] * (width - len(ids)) + list(ids) for ids in prompts]
        seen = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts])
        cache = self._network.new_cache()
        open_ = list(range(len(prompts)))
        while open_:
            scores = self._network.read(rows, cache, self._adapter, seen)
            for row, place in enumerate(open_):
                said[place] += drafts[place].take(scores[row])
            going = [row for row, place in enumerate(open_) if drafts[place].ending is None]
            open_ = [open_[row] for row in going]
            if open_ and len(going) < len(rows):
                cache.batch_select_indices(torch.tensor(going, device=self._network.device))
                seen = seen[going]
            seen = torch.cat([seen, seen.new_ones(len(seen), 1)], dim=1)
            rows = [drafts[place].ids[-1:] for place in open_]
        return [text + draft.last() for text, draft in zip(said, drafts, strict=True)]


def common_start(left: Sequence[int], right: Sequence[int]) -> int:
    """How many ids both begin with."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))


def packs(examples: Iterable[Example], limit: int) -> Iterator[list[Example]]:
    """Examples in order, in groups of at most `limit` tokens (or one example)."""
    pack: list[Example] = []
    for example in examples:
        if pack and sum(len(e.ids) for e in pack) + len(example.ids) > limit:
            yield pack
            pack = []
        pack.append(example)
    if pack:
        yield pack


def open_local(what: Double | Path | str, **options: Any) -> Local:
    """The engine of a double, its folder, a model's folder, a catalogue name or a hub id.

    `options` go to models/load: device, dtype, bits (of a double: those it was learnt on), allow_download.
    A double is called by its run's name.
    """
    double = what if isinstance(what, Double) else double_at(what)
    if double is None:
        loaded = load(find(str(what)), **options)
        return Local(
            Network(loaded.model),
            loaded.tokenizer,
            loaded.template,
            name=loaded.base.name,
            sampling=loaded.sampling,
        )
    loaded = load_double(double, **options)
    folder = Path(double.folder or "").resolve()
    return Local(
        Network(loaded.model),
        loaded.tokenizer,
        loaded.template,
        name=folder.parent.name if folder.name == "double" else folder.name,
        portrait=double.portrait,
        sampling=double.sampling,
    )
