"""A share of the dialogues of a file, kept back to validate with."""

from collections.abc import Sequence

from sosie.core.dialogue import Dialogue
from sosie.core.settings import Train
from sosie.train import run_folder

VALID_SHARE = 0.10
VALID_MOST = 200  # dialogues: enough to see a loss fall
VALID_LEAST = 10  # dialogues in all, below which none is spared


def keep_some_for_validation(
    dialogues: Sequence[Dialogue], options: Train = Train()
) -> tuple[list[Dialogue], list[Dialogue]]:
    """(training dialogues, validation dialogues): a tenth by content: copies stay together."""
    prints = [run_folder.fingerprint([dialogue]) for dialogue in dialogues]
    if len(set(prints)) < VALID_LEAST:
        return list(dialogues), []
    wanted = min(VALID_MOST, round(VALID_SHARE * len(set(prints))))
    chosen = set(sorted(set(prints))[:wanted])
    pairs = list(zip(dialogues, prints, strict=True))
    return [d for d, print_ in pairs if print_ not in chosen], [d for d, print_ in pairs if print_ in chosen]
