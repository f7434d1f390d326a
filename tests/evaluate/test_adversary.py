"""Text that was chosen to raise R, and nothing else, never gets a green verdict."""

from benchmarks.likeness_adversary import Examined, herd
from sosie.evaluate.heldout import held_out
from sosie.evaluate.personas import SITTERS, dialogues, replies

DRAFTS, N = 8, 120


def half_hearted(number: int, seed: int) -> list[list[str]]:
    """Drafts by an imitator who has half of the habits; what is asked is not answered."""
    return [replies(number, N, 100 * seed + draw, strength=0.5) for draw in range(DRAFTS)]


def test_a_set_chosen_among_eight_drafts_raises_r_and_gets_no_green():
    number = SITTERS[0]
    learnt, held = replies(number, 600, 1), held_out(dialogues(number, N, 2), N, 7)
    base = replies(number, N, 9, strength=0.0)
    drafts, seen = half_hearted(number, 3), Examined(held.contexts, learnt, base)
    plain, tuned = seen.judge(drafts[0]), seen.judge(herd(drafts, learnt))
    assert tuned["R"] > plain["R"] + 10 and tuned["R"] > 80
    assert tuned["verdict"] != "green" and plain["verdict"] != "green"


def test_the_adversary_chooses_one_draft_of_each_message():
    drafts = half_hearted(SITTERS[0], 1)[:3]
    chosen = herd(drafts, replies(SITTERS[0], 100, 1), seed=3)
    assert all(text in {draft[place] for draft in drafts} for place, text in enumerate(chosen))
