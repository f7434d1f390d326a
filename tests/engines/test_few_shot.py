"""The rival that was never trained: a portrait and own examples in front of any engine."""

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import complete
from sosie.engines.echo import Echo
from sosie.engines.few_shot import FewShotEngine, sample_exchanges

EXCHANGE = (Turn("user", "ça va ?"), Turn("assistant", "tranquille"))


def talks(count: int, **origin) -> list[Dialogue]:
    return [
        Dialogue((Turn("user", f"question {n}"), Turn("assistant", f"réponse {n}")), Origin(**origin))
        for n in range(count)
    ]


def test_portrait_then_examples_then_the_conversation():
    engine = FewShotEngine(Echo(), "Tu tutoies.", [EXCHANGE])
    turns = engine.turns([Turn("system", "autre chose"), Turn("user", "tu viens ?")])
    assert [turn.text for turn in turns] == ["Tu tutoies.", "ça va ?", "tranquille", "tu viens ?"]
    assert turns[0].role == "system"


def test_it_answers_as_the_engine_behind_it():
    engine = FewShotEngine(Echo(), "", [EXCHANGE])
    assert engine.answers([[Turn("user", "tu viens ?")]], Sampling()) == ["tu viens ?"]
    assert complete(engine.stream([Turn("user", "tu viens ?")], Sampling()))[0] == "tu viens ?"


def test_five_examples_are_the_first_of_twenty():
    five, twenty = (sample_exchanges(talks(50), count) for count in (5, 20))
    assert twenty[:5] == five and len(set(twenty)) == 20


def test_what_a_model_or_a_transcriber_wrote_is_no_example():
    assert sample_exchanges([*talks(3, generated=True), *talks(3, transcribed=True)], 5) == []


def test_each_question_may_have_its_own_seed(engine):
    asked = [[Turn("user", "tu viens ?")]] * 3
    one, other, same = engine.answers(asked, Sampling(temperature=1.0, max_tokens=20), [1, 2, 1])
    assert one == same != other
    assert [other] == engine.answers(asked[:1], Sampling(temperature=1.0, max_tokens=20, seed=2))
