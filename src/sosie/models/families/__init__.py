"""The architectures that sosie adapts whole, a file each. A new file is found by itself.

lfm2.py  ->  LFM2, a Family
"""

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from sosie.models.card import Family


@functools.cache
def families() -> Mapping[str, Family]:
    """Every family, by the name of its file."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: getattr(importlib.import_module(f"{__name__}.{name}"), name.upper()) for name in names}


def family_of(model_type: str) -> Family | None:
    """The family of a config.json's `model_type`; None where its layers are not known here."""
    return next((family for family in families().values() if model_type in family.model_types), None)
