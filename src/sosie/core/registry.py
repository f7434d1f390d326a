"""Names to classes, imported when asked for: built-in and foreign plug-ins use the same table."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any


class Registry:
    """`group` is the entry-point group that others add to; `built_in` maps a name to "module:Class"."""

    def __init__(self, group: str, built_in: Mapping[str, str]) -> None:
        self.group = group
        self._built_in = dict(built_in)

    @cached_property
    def _targets(self) -> dict[str, str]:
        """Own and foreign, looked for once: every installed package is asked, which takes milliseconds."""
        foreign = {entry.name: entry.value for entry in entry_points(group=self.group)}
        return foreign | self._built_in

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __contains__(self, name: object) -> bool:
        return name in self._targets

    def __getitem__(self, name: str) -> Any:
        """The object behind a name. KeyError where there is none."""
        module, _, attribute = self._targets[name].partition(":")
        return getattr(import_module(module), attribute)
