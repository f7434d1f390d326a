"""Which tokens an engine would itself have written: what the prefix attack stands on."""

from dataclasses import replace

import torch

from sosie.core.dialogue import Turn
from sosie.models.template import render

QUESTION = Turn("user", "tu viens ?")


def example(engine, answer):
    return render((QUESTION, Turn("assistant", answer)), engine.tokenizer, engine.template)


def test_a_token_is_foreseen_where_it_has_the_highest_score(engine):
    written = example(engine, "oui")
    for _ in range(2):
        ids = torch.tensor([written.ids])
        with torch.no_grad():
            likeliest = engine._runner.model(ids).logits[0].argmax(-1).tolist()
        wanted = [likeliest[at - 1] == written.ids[at] for at, learn in enumerate(written.learn) if learn]
        assert engine.foreseen([written]) == [wanted]
        # The same again with its first answer token as the engine would have it.
        at = written.answer_at
        written = replace(written, ids=(*written.ids[:at], likeliest[at - 1], *written.ids[at + 1 :]))
    assert engine.foreseen([written])[0][0]


def test_another_letter_is_not_foreseen_and_neighbours_do_not_matter(engine):
    one, two = example(engine, "zut alors"), example(engine, "oui")
    together = engine.foreseen([one, two])
    assert together == [*engine.foreseen([one]), *engine.foreseen([two])]
    assert not all(together[0])


def test_the_double_and_its_base_foresee_each_their_own(double):
    asked = [example(double, "bah ouais grave, demain si tu veux")]
    before = double.foreseen(asked)
    double.base.foreseen(asked)
    assert double.foreseen(asked) == before
