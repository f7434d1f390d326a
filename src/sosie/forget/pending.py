"""A removal that has begun: what it is to do, and what it has counted, kept until its certificate is written.

private/oubli-en-cours.json   0600; a removal that was killed is taken up from it by the next one
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sosie.core.counted import counted
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, closed_folder, write_json
from sosie.importing.removal import Person

FILE = "oubli-en-cours.json"


@counted
@dataclass(slots=True)
class Pending:
    """`names` as they were written; the counts are of what there was before anything went."""

    names: list[str]
    others: list[str]  # who stays: what they share of a name is not hidden
    person: dict[str, Any]
    at: str  # when it began
    stored: bool  # whether data/ can be made again from exports/
    pseudonyms: list[str] = field(default_factory=list)
    dialogue_ids: list[str] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)
    runs: list[dict[str, str]] = field(default_factory=list)
    exports: dict[str, int] = field(default_factory=dict)
    hidden: int = 0  # messages of others in which the name was hidden

    @property
    def who(self) -> Person:
        earlier = {thread: frozenset(names) for thread, names in self.person["earlier"].items()}
        return Person(frozenset(self.person["names"]), earlier, frozenset(self.person["threads"]))

    def save(self, workspace: Workspace) -> None:
        write_json(closed_folder(workspace.private) / FILE, asdict(self))


def person_record(person: Person) -> dict[str, Any]:
    return {
        "names": sorted(person.names),
        "earlier": {thread: sorted(names) for thread, names in person.earlier.items()},
        "threads": sorted(person.threads),
    }


def read_pending(workspace: Workspace) -> Pending | None:
    """The removal that was interrupted here, if one was."""
    path = workspace.private / FILE
    if not path.is_file():
        return None
    try:
        record: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Pending(**record)
    except (ValueError, TypeError):
        raise BadData(
            f"« {FILE} » est abîmé : le retrait interrompu ne peut pas être repris.",
            f"Supprimez private/{FILE}, puis refaites la commande.",
        ) from None


def clear_pending(workspace: Workspace) -> None:
    (workspace.private / FILE).unlink(missing_ok=True)
