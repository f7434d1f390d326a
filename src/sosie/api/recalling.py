"""The verbs of Project that remember: kept chats, own words found again, a double without training."""

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from sosie.api.folder import Folder
from sosie.core import settings
from sosie.core.progress import Report, silent
from sosie.core.writing import private, writing

if TYPE_CHECKING:
    from sosie.engines.base import Engine
    from sosie.engines.few_shot import UntrainedDouble
    from sosie.recall.chats import Chats
    from sosie.recall.dense import Dense
    from sosie.recall.own_words import Passage


class RecallVerbs(Folder):
    """Methods of Project: memory."""

    def chats(self, report: Report = silent) -> "Chats":
        """The kept chats of this folder; none is kept before one is begun."""
        from sosie.recall.chats import Chats

        return Chats(self.workspace, report)

    @writing
    def find_own_words(self, words: str, count: int = 5, report: Report = silent) -> "tuple[Passage, ...]":
        """What the person said that has the most of these words, as data/ has it: masked.

        By their meaning too, where sosie.toml names an embedding model.
        """
        from sosie.recall.own_words import find_own_words

        return find_own_words(self.workspace, self._with_masks(words), count, report, self._dense)

    @private
    def untrained(self, engine: "Engine", count: int = 20, report: Report = silent) -> "UntrainedDouble":
        """Any model with the person's portrait and `count` of their own exchanges in front."""
        from sosie.engines.few_shot import open_untrained

        return open_untrained(
            engine, self.workspace, self.owner(), self._with_masks, count, report, self._dense
        )

    def owner(self) -> str:
        """The name of the person whose folder this is, as the exports have it; "" where it is not known."""
        return next(iter(self._settings("import", settings.Import).me), "")

    @cached_property
    def _dense(self) -> "Dense | None":
        """Own words by meaning, with the model that sosie.toml names; None where it names none."""
        chosen = self._settings("chat", settings.Chat)
        if (model := chosen.embeddings) is None:
            return None
        from sosie.engines.embedder import KEY_VARIABLE, Embedder, open_embedder
        from sosie.recall.dense import Dense
        from sosie.recall.own_words import vectors_of

        def opened(report: Report) -> Embedder:
            return open_embedder(model, os.environ.get(KEY_VARIABLE, ""), chosen.embeddings_elsewhere, report)

        return Dense(vectors_of(self.workspace), opened, self._masked)

    def _with_masks(self, text: str) -> str:
        """A text, then the same with the masks that data/ has for its names: either may be there."""
        masked = self._masked(text)
        return text if masked == text else f"{text}\n{masked}"

    def _masked(self, text: str) -> str:
        from sosie.prepare.names.names import listed_names
        from sosie.prepare.pipeline import options_of
        from sosie.prepare.pseudonymise import hide
        from sosie.prepare.vault import Vault

        names = replace(listed_names(), mode=options_of(self.workspace).names)
        return hide(text, Vault.open(self.workspace), names=names)
