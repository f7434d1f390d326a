"""A base that stays: read once a process, then lent to one person's training after another.

 load(base) -> weights, kept | a new tree of modules over the same tensors -> adapter on, trained -> dropped

Nobody trains on the tree that was loaded. What a person's training puts in its own tree (adapter, hooks,
settings) goes with it; the tensors are the base's, frozen, and no training writes in them.
"""

import copy
from dataclasses import replace
from typing import Any

from sosie.models.catalogue import Base
from sosie.models.load import Loaded, load


class ResidentBase:
    """What `models.load.load` does, and the weights stay: the next time only the modules are made anew."""

    def __init__(self) -> None:
        self._asked: tuple[Any, ...] = ()
        self._loaded: Loaded | None = None

    def __call__(self, base: Base, **options: Any) -> Loaded:
        asked = (base.key, *sorted(options.items()))
        if self._loaded is None or asked != self._asked:
            self._loaded = None  # first: two bases may not fit
            self._loaded, self._asked = load(base, **options), asked
            self._loaded.model.requires_grad_(False)
        return replace(self._loaded, model=lent(self._loaded.model))


def lent(model: Any) -> Any:
    """A copy of a model's modules around its own parameters and buffers: the very same tensors."""
    shared = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in shared})
