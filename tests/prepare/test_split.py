"""The parts follow time, share nothing that would flatter a measure, and always come out the same."""

import random
from collections import Counter
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prepare_talk import dialogue

from sosie.prepare.split import count_replies, lower_words, split


def talk(day, replies=2, **facts):
    """Replies of eight words that no other day has."""
    draw = random.Random(f"day {day}")
    words = ["".join(draw.choices(ascii_lowercase, k=5)) for _ in range(8 * replies)]
    texts = [t for n in range(replies) for t in ("et ?", " ".join(words[8 * n : 8 * n + 8]))]
    return dialogue(*texts, day=day, **facts)


def sizes(parts):
    return [count_replies(part) for part in (parts.train, parts.valid, parts.test)]


def test_much_data_gives_15_percent_to_test_and_10_to_valid():
    assert sizes(split([talk(day) for day in range(1000)])) == [1500, 200, 300]


def test_less_data_raises_test_towards_150_replies():
    train, valid, test = sizes(split([talk(day) for day in range(300)]))
    assert (train, valid, test) == (390, 60, 150)


def test_little_data_never_gives_more_than_30_percent_to_test():
    _, _, test = sizes(split([talk(day) for day in range(100)]))
    assert test == 60


def test_time_decides_whatever_the_order_given():
    dialogues = [talk(day, conversation=f"c{day % 3}") for day in range(100)]
    shuffled = random.Random(3).sample(dialogues, 100)
    parts = split(shuffled)
    assert parts == split(dialogues)
    assert (*parts.train, *parts.valid, *parts.test) == tuple(dialogues)


def test_no_time_means_before_all_that_has_one_whatever_the_order_given():
    undated = [talk(day, dated=False) for day in range(50)]
    dated = [talk(day) for day in range(50, 100)]
    parts = split([*dated, *undated])
    placed = (*parts.train, *parts.valid, *parts.test)
    assert placed[50:] == tuple(dated) and {d.turns for d in placed[:50]} == {d.turns for d in undated}
    assert parts == split([*undated[::-1], *dated])


def test_data_without_a_time_written_task_after_task_has_each_task_in_every_part():
    sizes = {"résumé": 60, "traduction": 60, "conversation": 30}
    tasks = [
        dialogue(f"{task} {n} ?", f"{task} numéro {n}", dated=False) for task in sizes for n in range(60)
    ]
    parts = split([d for d in tasks if int(d.replies[0].split()[-1]) < sizes[d.replies[0].split()[0]]])
    for part in (parts.train, parts.valid, parts.test):
        assert {reply.split()[0] for d in part for reply in d.replies} == set(sizes)


def test_a_long_reply_already_written_is_taken_out_of_the_test_with_its_question():
    formula = "bonne journée à toi aussi ma belle"
    dialogues = [dialogue("a", formula, "b", "court", id="first"), *(talk(day) for day in range(1, 50))]
    dialogues.append(dialogue("c", "voilà autre chose", "d", formula.upper(), "e", "fin", day=60, id="last"))
    told = Counter()
    parts = split(dialogues, on_copy=lambda reason, count, *items: told.update({reason: count}))
    last = parts.test[-1]
    assert [turn.text for turn in last.turns] == ["c", "voilà autre chose", "e", "fin"]
    assert last.origin.replies == (("last-0",), ("last-2",))
    assert told["test : réponse déjà écrite, à peu près mot pour mot"] == 1


def test_a_short_formula_stays_in_the_test():
    dialogues = [dialogue("a", "oui et toi ?", day=day) for day in range(20)]
    assert split(dialogues).test


def test_valid_shares_no_run_of_six_words_with_train():
    pasted = "recette : trois œufs du sucre et de la farine"
    dialogues = [talk(day) for day in range(100)]
    dialogues[3] = dialogue("a", f"tiens {pasted} voilà", day=3)
    dialogues[65] = dialogue("a", f"au fait {pasted}", "b", "un mot à moi", day=65)
    parts = split(dialogues)
    assert not runs_of(parts.valid) & runs_of(parts.train)
    assert "un mot à moi" in [reply for d in parts.valid for reply in d.replies]


TWINS = {
    "a word changed": lambda words: [*words[:3], "tiens", *words[4:]],
    "a word less": lambda words: [*words[:5], *words[6:]],
    "two words more": lambda words: [*words, "mdr", "voilà"],
    "capitals and marks": lambda words: [words[0].title(), *words[1:-1], words[-1] + " !!"],
    "two letters wrong": lambda words: [*words[:2], words[2][::-1], *words[3:]],
}


def test_planted_twins_are_never_on_both_sides():
    originals = [talk(day) for day in range(200)]
    planted = {}
    late = []
    for n, twin in enumerate(TWINS.values()):
        for day in range(3):
            said = originals[10 * n + day].replies[0]
            changed = " ".join(twin(said.split()))
            planted[said] = changed
            late.append(
                dialogue("?", changed, "?", f"autre chose à moi {n}{day}", day=195 + n % 5, id=f"t{n}{day}")
            )
            late.append(dialogue("?", changed.upper(), day=140 + n, id=f"v{n}{day}"))
    parts = split([*originals, *late])
    sides = [
        {reply.lower() for d in part for reply in d.replies}
        for part in (parts.train, parts.valid, parts.test)
    ]
    assert parts.valid and parts.test
    for said, changed in planted.items():
        assert sum(said in side or changed.lower() in side for side in sides) == 1


def runs_of(part):
    said = [lower_words(reply) for d in part for reply in d.replies]
    return {tuple(reply[i : i + 6]) for reply in said for i in range(len(reply) - 5)}


def long_replies(part):
    return {tuple(lower_words(reply)) for d in part for reply in d.replies if len(lower_words(reply)) >= 6}


def test_a_dialogue_of_copies_alone_is_told():
    dialogues = [dialogue("a", "une phrase de six mots exactement voilà", day=day) for day in range(40)]
    told = Counter()
    parts = split(dialogues, on_drop=lambda reason, count, *items: told.update({reason: count}))
    assert len(parts.train) + len(parts.valid) + len(parts.test) + told.total() == 40
    assert told.total() and len(parts.train) >= 15


TEXTS = st.lists(
    st.sampled_from(["oui", "non", "bref", "chat", "soir", "pain", "vélo", "mer"]), min_size=1, max_size=9
).map(" ".join)


@given(
    st.lists(
        st.tuples(st.lists(TEXTS, min_size=1, max_size=4), st.integers(0, 50), st.booleans()), max_size=40
    )
)
def test_whatever_is_split_the_measures_stay_honest(made):
    dialogues = [
        dialogue(*(t for reply in replies for t in ("?", reply)), day=day, dated=dated, id=f"d{n}-")
        for n, (replies, day, dated) in enumerate(made)
    ]
    told = Counter()
    parts = split(
        dialogues,
        on_drop=lambda reason, count, *items: told.update(dialogues=count),
        on_copy=lambda reason, count, *items: told.update(replies=count),
    )
    kept = [*parts.train, *parts.valid, *parts.test]
    assert len({d.origin.id for d in kept}) == len(kept) == len(dialogues) - told["dialogues"]
    assert count_replies(kept) == count_replies(dialogues) - told["replies"]
    assert not long_replies(parts.test) & (long_replies(parts.train) | long_replies(parts.valid))
    assert not runs_of(parts.valid) & runs_of(parts.train)
    assert count_replies(parts.test) <= 0.3 * count_replies(kept)
    assert all(len(d.origin.replies) == len(d.replies) > 0 for d in kept)
    assert parts.train or not dialogues


@pytest.mark.parametrize("number", [0, 1])
def test_almost_nothing_goes_to_train(number):
    assert sizes(split([talk(day) for day in range(number)])) == [2 * number, 0, 0]
