"""Texts as a model's examples: what is learnt of them is what is scored."""

from sosie.core.dialogue import Turn

TURNS = (Turn("user", "tu viens ?"), Turn("assistant", "oui"), Turn("user", "quand ?"))


def learnt(engine, example):
    ids = [id_ for id_, learn in zip(example.ids, example.learn, strict=True) if learn]
    return engine.tokenizer.decode(ids, skip_special_tokens=True)


def test_of_a_dialogue_that_goes_on_the_last_reply_alone_is_scored(engine):
    assert learnt(engine, engine.framing.reply(TURNS, "vers 20h", 512, 1024)).strip() == "vers 20h"


def test_a_reply_is_cut_where_it_would_be_too_long(engine):
    example = engine.framing.reply(TURNS, "vers 20h " * 50, 64, 100)
    assert len(example.ids) == len(example.learn) == 100


def test_every_reply_of_a_dialogue_is_scored_and_nothing_of_the_other(engine):
    (example,) = engine.framing.dialogue((*TURNS, Turn("assistant", "vers 20h")), 1024)
    text = learnt(engine, example)
    assert "oui" in text and "vers 20h" in text and "quand" not in text


def test_a_text_alone_is_scored_whole(engine):
    assert learnt(engine, engine.framing.text("Il pleut sur la ville.")).strip() == "Il pleut sur la ville."


def test_an_engine_counts_in_the_unit_of_its_longest_answer(engine):
    assert engine.tokens("") == 0 < engine.tokens("oui") < engine.tokens("oui, demain à 20h")
