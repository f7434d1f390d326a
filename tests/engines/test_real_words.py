"""Only words that exist: what is refused, what goes on, and that nothing changes where nobody asks."""

from dataclasses import replace

import pytest
import torch

from sosie.core.dialogue import Turn
from sosie.core.sampling import TALKING
from sosie.engines.base import open_engine
from sosie.engines.generation import Generation
from sosie.models.lexicon import Lexicon, words_of

LETTERS = "abcdefghijklmnopqrstuvwxyz "
END = len(LETTERS)
FREE = replace(TALKING, temperature=1.0, min_p=0.0, repetition_penalty=1.0, max_tokens=40)


def decode(ids):
    return "".join(LETTERS[token] for token in ids)


def generated(lexicon, seed, logits=None, room=40):
    """A text of letters drawn without any preference."""
    generation = Generation(decode, (END,), (), replace(FREE, seed=seed), room, lexicon)
    while generation.ending is None:
        generation.step(torch.zeros(END + 1) if logits is None else logits)
    return decode(generation.ids), generation.ending


def test_every_word_is_one_that_exists():
    lexicon = Lexicon(["chat", "chien", "oui", "a"])
    for seed in range(20):
        text, ending = generated(lexicon, seed)
        whole = words_of(text) if ending == "end" else words_of(text)[:-1]
        assert all(word in lexicon for word in whole)


def test_a_word_that_few_tokens_can_end_is_ended():
    logits = torch.zeros(END + 1)
    logits[LETTERS.index("a")], logits[LETTERS.index("z")] = 99.0, -50.0  # no draw gives z
    assert generated(Lexicon(["az"]), 1, logits)[0].startswith("az")


def test_an_answer_ends_where_no_token_can_end_the_word_begun():
    logits = torch.zeros(END + 1)
    logits[LETTERS.index("a")] = 99.0
    assert generated(Lexicon(["aé"]), 1, logits) == ("a", "end")  # no token writes « é »


def test_without_a_lexicon_the_same_seed_draws_the_same():
    everything = Lexicon(["a" * 99])
    assert generated(None, 5) == generated(None, 5) != generated(everything, 5)


@pytest.fixture(scope="module")
def mini():
    return open_engine("mini")


def test_mini_says_only_words_that_exist(mini):
    asked = [(Turn("user", f"Raconte-moi l'histoire numéro {number} !"),) for number in range(8)]
    hot = replace(mini.sampling, temperature=1.9, min_p=0.0, top_p=1.0, max_tokens=24)
    assert hot.real_words
    for text in mini.answers(asked, hot, range(8)):
        assert [word for word in words_of(text)[:-1] if word not in mini.lexicon] == []
    free = " ".join(mini.answers(asked, replace(hot, real_words=False), range(8)))
    assert any(word not in mini.lexicon for word in words_of(free))


def test_answers_together_are_those_alone(mini):
    asked = [(Turn("user", text),) for text in ("salut", "tu viens ce soir ?", "raconte")]
    hot = replace(mini.sampling, temperature=1.5, min_p=0.0, max_tokens=16)
    assert mini.answers(asked, hot, (1, 2, 3)) == [
        mini.answers([one], hot, (seed,))[0] for one, seed in zip(asked, (1, 2, 3), strict=True)
    ]


def test_a_model_without_a_lexicon_refuses_nothing(engine):
    assert engine.lexicon is None
    assert engine.answers([(Turn("user", "a"),)], replace(TALKING, max_tokens=4), (1,))
