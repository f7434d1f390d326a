"""Groups: threads stay apart, the owner's share is told, and one that the owner only reads is left out."""

import random
from datetime import timedelta

import pytest
from prepare_talk import START, conversation, message

from sosie.core.settings import Prepare
from sosie.prepare import pipeline
from sosie.prepare.authors import authors
from sosie.prepare.owner import Identity
from sosie.prepare.threads import ALONE, SILENT
from sosie.prepare.vault import Vault

ME = Identity(frozenset({"Léa"}), "")


def group(number, people, share):
    """A talk in which Léa writes `share` of the messages; each word tells the group it was said in."""
    chance = random.Random(f"group {number}")
    others = [f"Ami{n}" for n in range(people - 1)]
    lines = []
    for n in range(600):
        who = "Léa" if chance.random() < share else chance.choice(others)
        words = " ".join(f"g{number}m{chance.randrange(10**6)}x" for _ in range(6))
        minutes = n + 600 * (n // 30)
        lines.append(message(f"{who}: {words}", n, START + timedelta(minutes=minutes)))
    return conversation(*lines, id=f"g{number}", group=True)


def prepared(*threads, **options):
    vault = Vault("00" * 32)
    return pipeline.prepare(iter(threads), ME, Prepare(**options), vault, authors=authors(threads))


def test_twenty_groups_of_3_to_30_stay_apart_and_each_share_is_told():
    sizes = [3 + round(27 * n / 19) for n in range(20)]
    threads = [group(n, size, 0.5 / size + 0.1) for n, size in enumerate(sizes)]
    made = prepared(*threads)
    for dialogue in made.dialogues:
        words = " ".join(turn.text for turn in dialogue.turns)
        assert len({word.partition("m")[0] for word in words.split() if word.endswith("x")}) == 1
    told = made.to_json()["groups"]
    assert sorted(one["people"] for one in told) == sorted(sizes) and all(one["kept"] for one in told)
    said = sorted(sum(m.author == "Léa" for m in thread.messages) for thread in threads)
    assert sorted(one["yours"] for one in told) == said


def test_a_group_where_the_owner_hardly_writes_is_left_out_and_counted():
    read_only, mine = group(1, 12, 0.005), group(2, 3, 0.4)
    made = prepared(read_only, mine)
    loss = made.ledger.losses["conversations"][SILENT]
    assert (loss.items, loss.messages) == (1, 600)
    assert [one["kept"] for one in made.to_json()["groups"]] == [True, False]


def test_messages_to_oneself_are_no_dialogue():
    notes = conversation("Léa: acheter du pain", "Léa: rappeler le garage", id="notes")
    made = prepared(notes, conversation("Malo: ça va ?", "Léa: oui et toi"))
    assert made.ledger.losses["conversations"][ALONE].messages == 2


@pytest.mark.parametrize("share", [0.02, 0.033])
def test_one_of_thirty_who_writes_as_much_as_the_others_is_kept(share):
    assert prepared(group(4, 30, share + 0.01)).dialogues
