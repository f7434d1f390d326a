"""The verbs of Project that are about people: what may be learnt of each, and who is to be forgotten."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sosie.api.folder import Folder
from sosie.core.progress import Report, silent
from sosie.core.writing import writing

if TYPE_CHECKING:
    from sosie.forget.people import Agree, Choose
    from sosie.forget.run import Forgotten
    from sosie.prepare.review.session import Review


class PeopleVerbs(Folder):
    """Methods of Project: the review, and removal."""

    @writing
    def review(self) -> "Review":
        """The dialogues of data/ to be looked at, kept, dropped or changed, and who may be learnt from."""
        from sosie.importing.run import names_to_hide
        from sosie.prepare.review.session import open_review

        return open_review(self.workspace, partial(names_to_hide, self.workspace))

    @writing
    def forget(
        self,
        names: str | Sequence[str],
        exact: bool = False,
        choose: "Choose | None" = None,
        agree: "Agree | None" = None,
        report: Report = silent,
    ) -> "Forgotten":
        """Remove one person, who has these names, from all that is kept here; what went, and a certificate.

        `choose` is asked where a name may be several people's; else UnknownPerson lists them, unless `exact`.
        `agree` is asked before anything goes, once it is clear who is meant.
        """
        from sosie.forget.run import forget_person

        asked = [names] if isinstance(names, str) else names
        return forget_person(self.workspace, asked, exact, choose, agree, report)
