"""What of an adapter_config.json is obeyed: a LoRA's numbers and lists of names. Nothing in it is run.

    {"r": 8, "target_modules": ["q_proj", "v_proj"], "task_type": ...}  ->  {"r": 8, "target_modules": [...]}
    {"r": 8, "target_modules": ".*\\.(q|v)_proj"}                        ->  {"r": 8}

PEFT would take the second for a regular expression, and one can be made to never end. unsloth and others
write such: whoever reads the adapter takes the modules from the names of its numbers instead. BadData for
what is no LoRA, for variants that are not known here, and for values that no training writes.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sosie.core.errors import BadData

MEND = "Reprenez le fichier tel que l'outil d'entraînement l'a écrit."
NAME = re.compile(r"[\w-]{1,100}(?:\.[\w-]{1,100}){0,30}")
PATTERN = re.compile(r"\^?(?:[\w-]|\\?\.){1,300}\$?")  # a name that may be anchored: nothing to repeat
BEGUN = re.compile(r"gaussian|orthogonal|olora|eva|corda|lora_ga|loftq|pissa(?:_niter_\d{1,2})?")
MOST_RANK, MOST_LAYERS, MOST_SIGNS = 4096, 512, 1 << 16
MOST_NAMES, MOST_PATTERNS = 4096, 512
LARGEST = 1e6
CHOSEN = ("exclude_modules", "layers_to_transform", "layers_pattern")  # which modules, said otherwise
VARIANTS = (
    *("kasa_config", "monteclora_config", "velora_config", "use_bdlora", "arrow_config"),
    *("use_qalora", "alora_invocation_tokens"),
)


def obeyed(told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings to give to PEFT; without `target_modules` where they are to be seen from the tensors."""
    if told.get("peft_type") != "LORA":
        raise BadData(f"Cet adaptateur est de sorte « {shown(told.get('peft_type'))} ».", "Il faut un LoRA.")
    if used := [name for name in VARIANTS if told.get(name)]:
        raise BadData(
            f"Cet adaptateur est d'une variante de LoRA que sosie ne connaît pas ({used[0]}).",
            "Il faut un adaptateur LoRA simple, rsLoRA ou DoRA.",
        )
    known = {name: told[name] for name in KINDS if told.get(name) is not None}
    for name, value in known.items():
        if not KINDS[name](value):
            raise BadData(f"Un réglage de l'adaptateur, « {name} », dit une chose impossible.", MEND)
    targets = told.get("target_modules")
    if isinstance(targets, list) and not any(told.get(name) for name in CHOSEN):
        if not names(targets):
            raise BadData("Les noms de « target_modules » de l'adaptateur n'en sont pas.", MEND)
        known["target_modules"] = targets
    elif targets is not None and not isinstance(targets, str | list):
        raise BadData("Un réglage de l'adaptateur, « target_modules », dit une chose impossible.", MEND)
    return known


def shown(value: Any) -> str:
    """A word of a file, fit for a sentence."""
    text = value if isinstance(value, str) else type(value).__name__
    return "".join(sign for sign in text[:60] if sign.isprintable())


def whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def number(value: Any) -> bool:
    return type(value) in (int, float) and -LARGEST <= value <= LARGEST


def names(value: Any) -> bool:
    few = isinstance(value, list) and len(value) <= MOST_NAMES
    return few and all(isinstance(name, str) and NAME.fullmatch(name) for name in value)


def by_pattern(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def good(value: Any) -> bool:
        few = isinstance(value, dict) and len(value) <= MOST_PATTERNS
        return few and all(PATTERN.fullmatch(name) and each(one) for name, one in value.items())

    return good


def signs(value: Any) -> bool:
    """Ids of tokens: a list, or one for each of a few modules."""
    if isinstance(value, dict):
        return len(value) <= MOST_PATTERNS and names([*value]) and all(map(signs, value.values()))
    return isinstance(value, list) and len(value) <= MOST_SIGNS and all(map(whole(0, 1 << 24), value))


def layers(value: Any) -> bool:
    """Spans of layers to be used again: [[0, 8], [4, 12]]"""
    if not isinstance(value, list) or len(value) > MOST_LAYERS:
        return False
    spans = all(isinstance(one, list) and len(one) == 2 and all(map(whole(0, 10_000), one)) for one in value)
    return spans and sum(max(0, end - begin) for begin, end in value) <= MOST_LAYERS


def begun(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and bool(BEGUN.fullmatch(value)))


def yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


KINDS: dict[str, Callable[[Any], bool]] = {
    "r": whole(1, MOST_RANK),
    "lora_alpha": number,
    "lora_dropout": lambda value: number(value) and 0 <= value <= 1,
    "bias": lambda value: value in ("none", "all", "lora_only"),
    "fan_in_fan_out": yes_or_no,
    "use_rslora": yes_or_no,
    "use_dora": yes_or_no,
    "lora_bias": yes_or_no,
    "ensure_weight_tying": yes_or_no,
    "modules_to_save": names,
    "target_parameters": names,
    "rank_pattern": by_pattern(whole(1, MOST_RANK)),
    "alpha_pattern": by_pattern(number),
    "trainable_token_indices": signs,
    "layer_replication": layers,
    "init_lora_weights": begun,
}
