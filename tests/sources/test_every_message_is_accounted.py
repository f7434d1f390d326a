"""From any export to dialogues, each message is learnt, read as context, or dropped for a reason."""

from collections import Counter
from dataclasses import replace

import pytest
from specimens import lay, specimens

from sosie.core.errors import NothingToDo
from sosie.core.settings import Prepare
from sosie.prepare import pipeline
from sosie.prepare.account import account
from sosie.prepare.authors import authors
from sosie.prepare.owner import Identity
from sosie.prepare.vault import Vault
from sosie.sources.base import BUILT_IN, read_export


def conversations_of(path):
    return [replace(thread, messages=tuple(thread.messages)) for thread in read_export(path)]


@pytest.mark.parametrize("form", BUILT_IN)
def test_the_sum_of_the_ledger_is_what_was_imported(form, tmp_path):
    for number, specimen in enumerate(specimens(form)):
        threads = conversations_of(lay(specimen, tmp_path / str(number)))
        written = Counter(message.author for thread in threads for message in thread.messages)
        known = authors(threads)
        told = 0
        for name, _ in written.most_common(6):
            me = Identity(frozenset({name}), "")
            try:
                made = pipeline.prepare(iter(threads), me, Prepare(), Vault("00" * 32), authors=known)
            except NothingToDo:
                continue
            found = account(made.ledger, made.dialogues)
            dropped = sum(reason["messages"] for room in found["rooms"] for reason in room["reasons"])
            assert found["read"] == written.total() == found["learnt"] + found["context"] + dropped
            assert (
                found["rooms"][-1]["left"] == found["learnt"] + found["context"] if found["rooms"] else True
            )
            told += 1
        assert told or all(thread.kind in ("assistant", "one_sided") for thread in threads)
