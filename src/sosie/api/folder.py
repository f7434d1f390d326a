"""What all verbs stand on: the folder of a project, and its settings."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from sosie.core import settings_file
from sosie.core.workspace import Workspace

Settings = TypeVar("Settings", bound=BaseModel)
PathLike = str | Path


class Folder:
    """A project's folder."""

    def __init__(self, folder: PathLike = ".") -> None:
        self.workspace = Workspace(Path(folder))

    def __repr__(self) -> str:
        return f"Project({str(self.workspace.folder)!r})"

    def _settings(self, verb: str, model: type[Settings], changes: dict[str, Any] | None = None) -> Settings:
        """The verb's table of sosie.toml, with these changes. BadSettings names what is wrong."""
        return settings_file.load(self.workspace.settings, verb, model, changes)


def as_path(given: PathLike | None) -> Path | None:
    return Path(given) if given else None
