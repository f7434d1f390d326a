"""The verb of Project that hears voice messages."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.api.folder import Folder, PathLike
from sosie.core import settings
from sosie.core.progress import Report, silent
from sosie.core.writing import writing

if TYPE_CHECKING:
    from sosie.enrich.transcribe.run import Transcribed


class HearingVerbs(Folder):
    """Methods of Project: voice messages to text."""

    @writing
    def transcribe(
        self,
        /,
        notes: Sequence[PathLike] = (),
        options: settings.Transcribe | None = None,
        agree: Callable[[str], bool] = lambda question: False,
        report: Report = silent,
        **changes: Any,
    ) -> "Transcribed":
        """The voice messages of the folder's exports to text, or these recordings; `prepare` then reads them.

        `agree` is asked before a model is downloaded.
        """
        from sosie.enrich.transcribe.run import transcribe

        options = options or self._settings("transcribe", settings.Transcribe, changes)
        return transcribe(self.workspace, [*map(Path, notes)], options, agree, report)
