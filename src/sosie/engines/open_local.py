"""A model or a double of this machine, opened by transformers or by MLX, whichever suits the machine.

open_local("mini")                        on a Mac with an Apple chip, MLX; elsewhere torch
open_local("mini", backend="torch")
open_mlx("mini")                          MLX, or UnsuitedToMlx

The engine's `backend` says which it is and why, where there was a choice.
"""

import gc
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from sosie.core.double import Double
from sosie.core.extras import need
from sosie.engines.local import Local
from sosie.engines.mlx import MlxRunner
from sosie.engines.model_runner import ModelRunner
from sosie.models.adapter import without_bitsandbytes
from sosie.models.catalogue import find
from sosie.models.doubles import double_at
from sosie.models.hardware import Machine, this_mac, this_processor
from sosie.models.lexicon import lexicon_of, lexicon_of_double
from sosie.models.load import load, model_folder
from sosie.models.load_double import base_of, load_double
from sosie.models.mlx.choice import Backend, UnsuitedToMlx, asked_backend, choose_backend, config_in

OF_TORCH = ("device", "bits")  # options that MLX does not have


def open_local(
    what: Double | Path | str,
    backend: Literal["torch", "mlx"] | None = None,
    machine: Machine | None = None,
    **options: Any,
) -> Local:
    """The engine of a double, its folder, a model's folder, a catalogue name or a hub id.

    `options` go to models/load: device, dtype, bits (of a double: those it was learnt on), allow_download.
    A double is called by its run's name. `backend`: what computes; None: what suits `machine`, or this one.
    """
    found = what if isinstance(what, Double) else double_at(what) or str(what)
    backend = backend or asked_backend()
    chosen = Backend(backend) if backend else backend_of(found, machine, options)
    try:
        engine = open_by(chosen.name, found, options)
    except UnsuitedToMlx as error:
        if backend:
            raise
        chosen = Backend("torch", f"Calcul par torch. {error.message}")
        engine = open_by("torch", found, options)
    engine.backend = chosen.reason
    return engine


def open_mlx(what: Double | Path | str, **options: Any) -> Local:
    """The same through MLX. UnsuitedToMlx for what only torch can open."""
    return open_local(what, "mlx", **options)


def backend_of(what: Double | str, machine: Machine | None, options: dict[str, Any]) -> Backend:
    """What suits the machine, the model and the options."""
    here = this_processor("auto", "")
    machine = machine or this_mac(here) or here
    if not machine.mac or any(options.get(name) is not None for name in OF_TORCH):
        return Backend("torch")
    base = base_of(what) if isinstance(what, Double) else find(what)
    return choose_backend(machine, lambda: config_in(model_folder(base)))


def import_libraries() -> None:
    """Import torch, transformers and PEFT, the first time without looking for garbage: they make a million
    objects that stay, and looking at those again and again takes a quarter of a chat's start."""
    if "transformers" in sys.modules or not gc.isenabled():
        return
    gc.disable()
    try:
        need("torch", extra="train")
        with without_bitsandbytes():
            need("peft", extra="train")
    finally:
        gc.freeze()
        gc.enable()


def open_by(backend: Literal["torch", "mlx"], what: Double | str, options: dict[str, Any]) -> Local:
    found = what if isinstance(what, Double) else find(what)  # a wrong name is told at once
    if backend == "torch":
        import_libraries()
    runner = MlxRunner if backend == "mlx" else ModelRunner
    if not isinstance(found, Double):
        loaded = load(found, backend=backend, **options)
        return Local(
            runner(loaded.model),
            loaded.tokenizer,
            loaded.template,
            name=loaded.base.name,
            sampling=replace(loaded.sampling, real_words=True),
            lexicon=lexicon_of(Path(loaded.base.where)),
        )
    loaded = load_double(found, backend=backend, **options)
    folder = Path(found.folder or "").resolve()
    return Local(
        runner(loaded.model),
        loaded.tokenizer,
        loaded.template,
        name=folder.parent.name if folder.name == "double" else folder.name,
        portrait=found.portrait,
        sampling=found.talking,
        lexicon=lexicon_of_double(Path(loaded.base.where), folder),
    )
