"""The choice between torch and MLX: MLX on a Mac with an Apple chip, where it knows the model.

choose_backend(machine, config, obstacles)  ->  Backend("mlx", "Calcul par MLX, fait pour cette puce (...).")
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from sosie.core.errors import BadSettings, UnknownModel
from sosie.core.extras import install_line
from sosie.core.given import object_in
from sosie.models.hardware import Machine

MODEL_TYPES = frozenset({"llama", "mistral", "qwen2", "qwen3"})  # those that were compared with transformers
ROPE_TYPES = frozenset({"default", "linear", "llama3"})  # the same
VARIABLE = "SOSIE_BACKEND"
LEAST_WINDOW = 4096  # tokens: what is learnt and scored at once stays within it


class UnsuitedToMlx(UnknownModel):
    """What torch can do and MLX cannot."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What computes, and why in French; no reason where there was nothing to choose."""

    name: Literal["torch", "mlx"]
    reason: str = ""


def asked_backend() -> Literal["torch", "mlx"] | None:
    """What $SOSIE_BACKEND asks for; None where it says nothing. BadSettings for another word."""
    asked = os.environ.get(VARIABLE)
    if asked not in (None, "", "torch", "mlx"):
        raise BadSettings(f"{VARIABLE} ne peut pas être « {asked[:40]} ».", "Possibles : torch, mlx.")
    return asked or None  # type: ignore[return-value]


def choose_backend(
    machine: Machine,
    config: Callable[[], Mapping[str, Any]],
    others: Sequence[str] = (),
    installed: bool | None = None,
) -> Backend:
    """MLX or torch on this machine; `config` gives the model's config.json, `others` are obstacles to MLX."""
    if not machine.mac:
        return Backend("torch")
    for obstacle in others or obstacles(config()):
        return Backend("torch", f"Calcul par torch : {obstacle}.")
    if not (is_installed() if installed is None else installed):
        missing = f"il manque MLX, fait pour cette puce. {install_line('mlx')}"
        return Backend("torch", f"Calcul par torch : {missing}")
    return Backend("mlx", f"Calcul par MLX, fait pour cette puce ({machine.accelerator}).")


def obstacles(config: Mapping[str, Any]) -> Iterator[str]:
    """What keeps MLX from a model of this config.json, in French."""
    kind = str(config.get("model_type"))
    if kind not in MODEL_TYPES:
        yield f"sosie ne sait pas confier à MLX les modèles « {kind[:40]} »"
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    turned = str(rope.get("rope_type") or rope.get("type") or "default") if isinstance(rope, dict) else "?"
    if turned not in ROPE_TYPES:
        yield f"les positions « {turned[:40]} » de ce modèle ne sont pas calculées de même par MLX"
    window = config.get("sliding_window") if config.get("use_sliding_window", True) else None
    if isinstance(window, int) and window < LEAST_WINDOW:
        yield "MLX n'a pas la fenêtre d'attention de ce modèle"
    if "quantization" in config:
        yield "ses poids sont déjà quantifiés"
    if (activation := str(config.get("hidden_act", "silu"))) != "silu":
        yield f"l'activation « {activation[:40]} » de ce modèle n'est pas celle que MLX lui donne"


def config_in(folder: Path) -> dict[str, Any]:
    """A model's config.json; empty where there is none to read."""
    try:
        return object_in(folder / "config.json")
    except (OSError, ValueError):
        return {}


def is_installed() -> bool:
    return all(find_spec(name) is not None for name in ("mlx", "mlx_lm"))
