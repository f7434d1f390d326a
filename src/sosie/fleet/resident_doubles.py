"""Doubles on one resident base: an adapter's numbers take the place of another's in modules that are there.

 double -> checked -> modules of its shape, spare or new -> every number replaced -> Local

The base's tensors are shared by all. What a double brings is its adapter and its own words; nothing of the
one before is left in its modules, since every number of them is replaced, or they are not used.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.given import object_in
from sosie.core.lora_settings import obeyed
from sosie.engines.local import Local
from sosie.engines.model_runner import ModelRunner
from sosie.fleet.resident import ResidentBase
from sosie.models.adapter import CONFIG, peft_name, read_tensors
from sosie.models.adapter_faults import refuse_non_finite
from sosie.models.lexicon import OWN_WORDS, Lexicon, lexicon_of
from sosie.models.load import Loaded
from sosie.models.load_double import base_of, check_adapter, load_double
from sosie.models.template import TEMPLATES
from sosie.models.tokenizer_files import TOKENIZER

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Modules:
    """A tree of modules with an adapter on it, and the adapter's numbers by PEFT's names."""

    runner: ModelRunner
    numbers: "dict[str, torch.Tensor]"


class LentRunner:
    """The model runner of one person: of whichever modules hold their numbers at the moment."""

    def __init__(self) -> None:
        self.now: ModelRunner | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


class ResidentDoubles:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._base, self._lock = ResidentBase(), Lock()
        self._spare: dict[str, list[Modules]] = defaultdict(list)
        self._known: dict[str, tuple[Any, str]] = {}  # tokenizer and folder of the base, by kind
        self._lexicons: dict[str, Lexicon | None] = {}
        self._runners: dict[str, Any] = defaultdict(LentRunner)  # by person, for answers that were paused

    def open(self, double: Double, name: str) -> tuple[Local, Callable[[], None]]:
        """The engine of a double, and what makes its modules spare again. BadData where it is damaged."""
        folder = double.folder or Path()
        check_adapter(double, folder)
        tensors = read_tensors(folder / ADAPTER)
        refuse_non_finite(tensors)
        shape, kind = shape_of(double, folder, tensors), self._kind(double, folder)
        with self._lock:
            modules = self._spare[shape].pop() if self._spare[shape] else None
        if modules is None or kind not in self._known:
            loaded = load_double(double, load=self._load)
            modules = Modules(ModelRunner(loaded.model), adapter_numbers(loaded.model))
            self._known[kind] = loaded.tokenizer, loaded.base.where
        else:
            replace_numbers(modules.numbers, tensors)
        tokenizer, base = self._known[kind]
        lent = self._runners[name]
        lent.now = modules.runner
        engine = Local(
            lent,
            tokenizer,
            TEMPLATES[double.template],
            name=name,
            portrait=double.portrait,
            sampling=double.talking,
            lexicon=self._lexicon(base, folder),
        )
        whole = modules.numbers.keys() == tensors.keys()  # else something stays of this double

        def close() -> None:
            lent.now = None
            if whole:
                self._spare[shape].append(modules)

        return engine, close

    def _load(self, *args: Any, **options: Any) -> Loaded:
        with self._lock:
            return self._base(*args, **options)

    def _kind(self, double: Double, folder: Path) -> str:
        """Doubles of one kind have the same base and tokenizer."""
        file = folder / TOKENIZER
        return f"{base_of(double).key} {double.revision} {sha256_of(file) if file.is_file() else ''}"

    def _lexicon(self, base: str, folder: Path) -> Lexicon | None:
        """The base's words, read once, with the person's own beside; None where those are not kept."""
        if base not in self._lexicons:
            self._lexicons[base] = lexicon_of(Path(base))
        shared, own = self._lexicons[base], folder / OWN_WORDS
        if shared is None or not own.is_file():
            return None
        return WithOwnWords(shared, own.read_text(encoding="utf-8", errors="replace").split())


class WithOwnWords(Lexicon):
    """Two lexicons as one, without a copy of the larger."""

    def __init__(self, shared: Lexicon, own: list[str]) -> None:
        super().__init__(own)
        self._shared = shared

    def __contains__(self, word: str) -> bool:
        return super().__contains__(word) or word in self._shared

    def _begins(self, from_: str, start: str) -> bool:
        return super()._begins(from_, start) or self._shared._begins(from_, start)


def shape_of(double: Double, folder: Path, tensors: "dict[str, torch.Tensor]") -> str:
    """All but the numbers: base, settings of the adapter, names and shapes of its tensors."""
    settings = obeyed(object_in(folder / CONFIG))
    named = sorted((name, [*tensor.shape]) for name, tensor in tensors.items())
    return json.dumps([double.base, double.revision, double.bits, settings, named], sort_keys=True)


def adapter_numbers(model: Any) -> "dict[str, torch.Tensor]":
    return {peft_name(name): weight for name, weight in model.named_parameters() if ".lora_" in name}


def replace_numbers(numbers: "dict[str, torch.Tensor]", tensors: "dict[str, torch.Tensor]") -> None:
    """Every number of the modules' adapter. ValueError where the names are not the same."""
    import torch

    if numbers.keys() != tensors.keys():
        raise ValueError("other tensors")
    with torch.no_grad():
        for name, tensor in tensors.items():
            numbers[name].copy_(tensor)
