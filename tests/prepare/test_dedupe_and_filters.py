"""Copies once, and dialogues that teach nothing left out, each with its reason."""

from collections import Counter

import pytest
from prepare_talk import dialogue

from sosie.prepare.dedupe import without_copies
from sosie.prepare.filters import worth_learning


def run(rule, *dialogues):
    told = Counter()
    kept = list(rule(dialogues, lambda reason, count, *items: told.update({reason: count})))
    assert len(kept) + told.total() == len(dialogues)
    return kept, told


def test_a_copy_is_dropped_and_the_first_is_kept():
    first, copy = dialogue("Ça va ?", "oui  très bien"), dialogue("ça va ?", "Oui très\nbien ", day=3)
    kept, told = run(without_copies, first, copy)
    assert kept == [first] and list(told) == ["copie exacte d'un autre dialogue"]


@pytest.mark.parametrize(
    "texts", [("ça va ?", "oui"), ("ça va ?", "non"), ("ça va ?", "oui", "et ?", "non"), ("ça va ?oui", "")]
)
def test_what_differs_by_a_word_or_a_turn_is_kept(texts):
    kept, _ = run(without_copies, dialogue("ça va", "oui"), dialogue(*texts))
    assert len(kept) == 2


def test_a_dialogue_without_a_word_from_me_is_dropped():
    kept, told = run(worth_learning, dialogue("ça va ?", "👍"), dialogue("à quelle heure ?", "15"))
    assert not kept and told == {"aucune réponse avec un mot": 2}


@pytest.mark.parametrize("reply", ["[TÉLÉPHONE_1]", "https://exemple.fr/page", "[EMAIL_2] !\n[LIEN_1]"])
def test_masks_and_links_alone_are_dropped(reply):
    kept, told = run(worth_learning, dialogue("alors ?", reply))
    assert not kept and len(told) == 1


@pytest.mark.parametrize("replies", [("oui",), ("👍", "ok"), ("[TÉLÉPHONE_1] voilà",), ("à 15h",)])
def test_one_word_of_mine_is_enough(replies):
    texts = [text for reply in replies for text in ("alors ?", reply)]
    assert run(worth_learning, dialogue(*texts))[0]
