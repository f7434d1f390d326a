"""The space and the energy distance, against their definitions."""

import numpy as np
import pytest

from sosie.evaluate.measures.reference import background_space
from sosie.evaluate.personas import background, replies
from sosie.style.distance import Pair, Space, distances, euclidean, fit, frequent_words, habit_energies
from sosie.style.features import FEATURES, masked
from sosie.style.words import usable


@pytest.fixture(scope="module")
def sets():
    space = background_space()
    return [space.embed(usable(replies(number, 40, seed))) for number, seed in ((30, 1), (30, 2), (31, 1))]


def test_energy_is_what_its_formula_says(sets):
    x, y = sets[0], sets[2]

    def d(a, i, b, j):
        habits = np.linalg.norm(a.habits[i] - b.habits[j])
        return (2 * habits + np.linalg.norm(a.texture[i] - b.texture[j])) / 3

    def mean(a, b, skip):
        return np.mean([d(a, i, b, j) for i in range(len(a)) for j in range(len(b)) if not (skip and i == j)])

    by_hand = 2 * mean(x, y, False) - mean(x, x, True) - mean(y, y, True)
    assert Pair.of(x, y).energy() == pytest.approx(by_hand, abs=1e-6)


def test_energy_is_small_for_one_writer_and_large_for_two(sets):
    own, other = Pair.of(sets[0], sets[1]).energy(), Pair.of(sets[0], sets[2]).energy()
    assert abs(own) < other / 3


def test_parts_of_a_pair_are_the_pair_of_the_parts(sets):
    x, y = sets[0], sets[2]
    pair, half = Pair.of(x, y), np.zeros((1, len(x)))
    half[0, ::2] = 1
    chosen = np.arange(0, len(x), 2)
    part = Pair(pair.across[chosen], pair.first[np.ix_(chosen, chosen)], pair.second)
    assert pair.energies(half, np.ones((1, len(y))))[0] == pytest.approx(part.energy())


def test_two_background_replies_are_one_apart_in_the_mean():
    """What makes the weights of d mean something."""
    placed = background_space().embed(usable(background()))
    n = len(placed)
    for table in (placed.habits, placed.texture):
        assert euclidean(table, table).sum() / (n * (n - 1)) == pytest.approx(1, abs=1e-6)


def test_the_diagonal_is_exactly_nothing(sets):
    assert not distances(sets[0], sets[0]).diagonal().any()


def test_the_energy_of_a_habit_alone_points_at_it():
    space = background_space()
    plain = ["je passe demain avec les clés", "il reste du pain dans le four", "on verra ça plus tard"] * 10
    laughing = [f"{text} mdr" for text in plain]
    energies = habit_energies(space.embed(laughing), space.embed(plain), space.habit_scale)
    assert FEATURES[int(np.argmax(energies))].name == "laughter"


def test_frequent_words_are_the_same_whatever_the_order():
    assert frequent_words(["b a", "a c", "c b"], 2) == frequent_words(["c b", "b a", "a c"], 2) == {"a", "b"}


def test_nothing_placed_is_an_empty_table():
    assert len(background_space().embed([])) == 0


def test_the_shipped_space_is_the_one_that_today_s_code_fits_on_the_invented_people():
    """Else run: python -m tools.style_space"""
    shipped, fitted = background_space(), fit(usable(background()))
    assert (shipped.kept, shipped.runs) == (fitted.kept, fitted.runs)
    texts = usable(replies(30, 60, 1))
    for name in ("habits", "texture"):
        assert np.abs(getattr(shipped.embed(texts), name) - getattr(fitted.embed(texts), name)).max() < 1e-4


def test_texture_is_what_scikit_learn_makes_of_it():
    """Its vectorizer and its cut, with the space's runs, on replies with emoji, breaks and nothing known."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    space = background_space()
    texts = [*usable(replies(31, 50, 4)), "oui  oui\n\n\nnon 😂😂 !!", "Ok", "漢字かな", "a\t\tb"]
    runs = TfidfVectorizer(
        analyzer="char", ngram_range=(2, 4), sublinear_tf=True, lowercase=False, vocabulary=dict(space.runs)
    )
    runs.idf_ = space.rarity
    counted = runs.transform([masked(text, space.kept) for text in texts])
    wanted = (counted @ space.reduce - space.texture_middle) / space.texture_spread / space.texture_scale
    assert np.allclose(space.embed(texts).texture, wanted, atol=1e-12)


def test_a_space_comes_back_from_its_file(tmp_path):
    space = fit(usable([text for number in range(6) for text in replies(number, 60)]))
    space.write(tmp_path / "space.npz")
    back, texts = Space.read(tmp_path / "space.npz"), usable(replies(30, 20))
    assert (back.kept, back.runs) == (space.kept, space.runs)
    assert np.allclose(back.embed(texts).texture, space.embed(texts).texture, atol=1e-5)
    assert np.array_equal(back.embed(texts).habits, space.embed(texts).habits)
