"""What a person saw last of a conversation that is a tree: the way from its end up to the root."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Node = dict[str, Any]
When = Callable[[dict[str, Any]], datetime | None]  # of a message


def last_branch(nodes: dict[str, Node], current: Any, when: When) -> dict[str, None]:
    """The keys from the root to `current`, or to the newest leaf; all of them where none knows its parent."""
    parents = {node.get("parent") for node in nodes.values() if isinstance(node.get("parent"), str)}
    if not parents & nodes.keys():
        return dict.fromkeys(nodes)
    key = current if isinstance(current, str) and current in nodes else _newest(nodes, parents, when)
    branch: dict[str, None] = {}
    while isinstance(key, str) and key in nodes and key not in branch:
        branch[key] = None
        key = nodes[key].get("parent")
    return dict.fromkeys(reversed(branch))


def _newest(nodes: dict[str, Node], parents: set[Any], when: When) -> str | None:
    """The leaf whose message came last."""
    leaves = [key for key in nodes if key not in parents]

    def seconds(key: str) -> float:
        message = nodes[key].get("message")
        at = when(message) if isinstance(message, dict) else None
        return at.timestamp() if at else 0.0

    return max(reversed(leaves), key=seconds, default=None)
