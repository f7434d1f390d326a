"""The verbs of Project that read messages: in, looked at, made dialogues of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.api.folder import Folder, PathLike
from sosie.core import settings
from sosie.core.progress import Report, silent
from sosie.core.writing import writing

if TYPE_CHECKING:
    from sosie.enrich.run import Enriched
    from sosie.evaluate.style_card import StyleCard
    from sosie.importing.run import Imported
    from sosie.prepare.owner_questions import Alias
    from sosie.prepare.pipeline import Prepared


class MessageVerbs(Folder):
    """Methods of Project: exports in, the style card, dialogues out."""

    @writing
    def import_(
        self,
        exports: Sequence[PathLike],
        me: Sequence[str] = (),
        source: str | None = None,
        report: Report = silent,
        agree: "Callable[[Alias], bool] | None" = None,
        token: str = "",
    ) -> "Imported":
        """Bring exports into the folder, once it is clear who « me » is; the same one twice adds nothing.

        `agree` is asked about each name that may be the user's in another app; else they are only told.
        `token` opens Beeper Desktop, where an export is its address on this machine.
        """
        from sosie.importing.run import import_exports
        from sosie.messengers.beeper_history import with_history

        with with_history(exports, token, report) as paths:
            return import_exports(self.workspace, paths, me, source, report, agree)

    @writing
    def style(self, report: Report = silent) -> "tuple[StyleCard, Path]":
        """How the owner of the imported messages writes, and the page that shows it: data/fiche.html."""
        from sosie.evaluate.report.style_page import write_page
        from sosie.evaluate.style_card import style_card

        card = style_card(self.workspace, report)
        return card, write_page(card, self.workspace)

    @writing
    def prepare(
        self, /, options: settings.Prepare | None = None, report: Report = silent, **changes: Any
    ) -> "Prepared":
        """Sessions, turns, privacy, dedupe, quality, split: messages become data/{train,valid,test}.jsonl."""
        from sosie.importing.run import prepare_imported

        options = options or self._settings("prepare", settings.Prepare, changes)
        return prepare_imported(self.workspace, options, report)

    @writing
    def enrich(
        self,
        /,
        files: Sequence[PathLike] = (),
        options: settings.Enrich | None = None,
        key: str = "",
        elsewhere: bool = False,
        agree: Callable[[str], bool] = lambda question: False,
        report: Report = silent,
        preview: bool = False,
        **changes: Any,
    ) -> "Enriched":
        """Questions, asked by a server, to which what the owner said alone becomes the answers.

        What is asked about: long messages that answer nobody, notes to oneself, and these text files. The
        next `prepare` learns from them. `elsewhere`: masked texts may leave this machine for the server,
        within the budget or once `agree` said yes. With `preview`, what there would be is only told.
        """
        from sosie.enrich.run import enrich

        options = options or self._settings("enrich", settings.Enrich, changes)
        given = [*map(Path, files)]
        return enrich(self.workspace, given, options, key, elsewhere, agree, report, preview)
