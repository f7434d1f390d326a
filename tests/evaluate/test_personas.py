"""The invented people: ours, always the same, apart from one another, and French."""

import re
from statistics import fmean

from sosie.evaluate.personas import (
    BACKGROUND,
    BASELINE,
    SITTERS,
    background,
    baseline_people,
    dialogues,
    replies,
)
from sosie.evaluate.personas.habits import draw_persona
from sosie.evaluate.personas.pool import CHOICE, SLOT, pool
from sosie.evaluate.personas.writing import without_accents


def test_there_are_forty_eight_and_nobody_is_in_two_roles():
    roles = [set(BACKGROUND), set(BASELINE), set(SITTERS)]
    assert [len(role) for role in roles] == [20, 8, 20]
    assert len(set.union(*roles)) == 48
    assert len({draw_persona(number).chances["lower"] for number in SITTERS}) > 5


def test_a_number_is_always_the_same_person_and_a_seed_the_same_replies():
    assert draw_persona(12) == draw_persona(12) != draw_persona(13)
    assert replies(12, 20, 1) == replies(12, 20, 1) != replies(12, 20, 2)
    assert replies(0, 3) == list(background()[:3])


def test_nobody_in_particular_has_no_habits():
    plain = "\n".join(replies(30, 200, strength=0))
    own = "\n".join(replies(30, 200))
    assert not re.search("ptdr|😬", plain) and re.search("ptdr|😬", own)


def test_everyone_draws_from_every_topic():
    asked = {made.turns[0].text for made in dialogues(40, 800)}
    assert asked == {question for topic in pool().topics for question in topic.questions}


def test_a_dialogue_is_a_question_and_the_same_reply():
    made = dialogues(33, 5, 4)
    assert [[turn.role for turn in one.turns] for one in made] == [["user", "assistant"]] * 5
    assert [one.turns[1].text for one in made] == replies(33, 5, 4)


def test_the_pool_is_clean():
    content = pool()
    clauses = [clause for topic in content.topics for clause in topic.clauses]
    assert len(clauses) == len(set(clauses)) > 450
    assert all(len(topic.clauses) >= 15 and len(topic.questions) == 3 for topic in content.topics)
    for clause in clauses:
        assert set(SLOT.findall(clause)) <= set(content.fillers), clause
        bare = SLOT.sub("x", CHOICE.sub("x", clause))
        assert not re.search(r"[{}|]|  |[.!;]$", bare), clause


def test_fillers_are_contracted_as_in_french():
    said = "\n".join(reply for number in SITTERS for reply in replies(number, 60, strength=0))
    assert not re.search(
        r"\b(?:de les?|à les?) (?:marché|parc|salon|garage|balcon|stade|port|échecs)\b", said
    )
    assert not re.search(r"\bque (?:il|elle|on)\b", said)


def test_replies_are_french_and_of_every_length():
    lengths = [len(reply.split()) for reply in background()]
    assert min(lengths) <= 4 and max(lengths) >= 60 and 10 < fmean(lengths) < 25
    words = [without_accents(reply).lower().split() for reply in background()]
    assert (
        fmean(
            any(word in ("je", "la", "le", "de", "est", "pas", "a", "il") for word in said) for said in words
        )
        > 0.7
    )


def test_the_floor_has_as_many_replies_as_asked_of_each():
    assert [len(person) for person in baseline_people(30)] == [30] * 8


def test_no_reply_is_made_of_anything_private():
    assert not re.search(r"\b0[67](?:[ .]?\d\d){4}\b|@\w", "\n".join(background()))
