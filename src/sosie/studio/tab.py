"""What a tab is: its name, how it is drawn, whether something is at work in it, and what its buttons do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sosie.evaluate.report.html import Html
from sosie.studio.state import StudioState

Action = Callable[[StudioState, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Tab:
    """`actions` are given what a button carries: words of a browser, to be checked."""

    name: str
    draw: Callable[[StudioState], Html]
    busy: Callable[[StudioState], bool]
    actions: Mapping[str, Action]
