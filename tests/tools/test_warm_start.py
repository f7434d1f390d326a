"""The voices of mini's warm start: repeatable, not those that measure, in the form of the prompt."""

from random import Random

import pytest

from sosie.core.dialogue import Turn
from sosie.engines.echo import Echo
from sosie.engines.few_shot import FewShotEngine
from sosie.evaluate.personas.pool import pool
from tools.mini.corpus import Record
from tools.mini.manners import HABITS, Typist, draw_manner, lists
from tools.mini.warm_start import records_of, sentences_of, subjects

TICS = ("patate", "bigre", "soleil")
SAID = ("Je ne sais pas encore.", "Tu viens demain ?", "C'est très bien !")


@pytest.fixture(scope="module")
def content():
    turns = (("user", "Tu viens ?"), ("assistant", "Oui, j'arrive. À tout de suite !"))
    lines = "\n".join(f"Voici la phrase numéro {number}." for number in range(90))
    chats = {name: [Record(name, "g", turns=turns)] for name in ("xpersona", "oasst", "romans_dialogues")}
    texts = {name: [Record(name, "g", text=lines)] for name in ("tatoeba", "commonvoice")}
    return subjects(chats | texts, seed=1)


def typed(manner, seed=1):
    return [Typist(manner, Random(f"{seed} {place}")).type(SAID) for place in range(200)]


def test_the_same_number_is_the_same_voice_and_another_is_not(content):
    first, again, other = (list(records_of(number, content, TICS, 1)) for number in (5, 5, 6))
    assert first == again and first != other


def test_a_record_has_the_form_of_the_few_shot_prompt(content):
    record = next(r for n in range(50) for r in records_of(n, content, TICS, 1) if r.turns[0][0] == "system")
    turns = [Turn(role, text) for role, text in record.turns]
    examples = list(zip(turns[1:-2:2], turns[2:-2:2], strict=True))
    engine = FewShotEngine(Echo(), turns[0].text, examples)
    assert list(engine.turns(turns[-2:-1])) == turns[:-1]


def test_a_voice_keeps_its_manner_through_all_its_messages():
    manners = [draw_manner(Random(n), TICS) for n in range(40)]
    faces = next(m for m in manners if m.chances["faces"] >= 0.3 and m.chances["shouts"] == 0)
    share = sum(any(face in text for face in faces.faces) for text in typed(faces)) / 200
    assert abs(share - faces.chances["faces"]) < 0.12
    bare = next(m for m in manners if not m.chances["faces"])
    assert not any(face in text for text in typed(bare) for face in ("😂", "🙈", "🔥"))


def test_every_habit_is_somebodys_and_nobodys_all():
    manners = [draw_manner(Random(n), TICS) for n in range(300)]
    for habit in HABITS:
        assert 0 < sum(m.chances[habit] > 0 for m in manners) < 300


def test_any_words_become_tics_so_that_they_have_to_be_read_in_the_prompt():
    manners = [draw_manner(Random(n), TICS) for n in range(100)]
    assert sum(bool({*m.first, *m.last} & set(TICS)) for m in manners) > 50


def test_nothing_that_the_measured_people_talk_about_is_learnt(content):
    said = {said for one in content["everyday"] for said in (*one.more, *(asked for asked, _ in one.pairs))}
    measured = {text for topic in pool().topics for text in topic.clauses}
    assert not {sentence.rstrip(" .!?").lower() for sentence in said} & {text.lower() for text in measured}


def test_sentences_are_cut_at_their_ends_only():
    assert sentences_of("Oui. Non ! À 8 h. ça va ?") == ("Oui.", "Non !", "À 8 h. ça va ?")
    assert len(set(lists())) == 7
