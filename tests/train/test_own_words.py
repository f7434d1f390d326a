"""The person's own words that are kept: their habits, not their secrets."""

from sosie.core.dialogue import Dialogue, Turn
from sosie.models import double_zip
from sosie.models.lexicon import OWN_WORDS, Lexicon
from sosie.train.own_words import own_words


def said(*replies):
    return [Dialogue((Turn("user", "zigouigoui ?"), Turn("assistant", reply))) for reply in replies]


def test_what_comes_back_is_kept_and_what_is_rare_is_not():
    assert own_words(said("chuis là", "chuis ko", "chuis ici secret", "secret"), Lexicon(["là"])) == ["chuis"]


def test_what_comes_back_in_one_dialogue_only_is_not_kept():
    (one,) = said("codesecret codesecret codesecret codesecret")
    assert own_words([one], Lexicon([])) == []


def test_names_are_not_kept():
    assert own_words(said("Gwendal dort", "ah Gwendal", "Gwendal !", "GWENDAL"), Lexicon([])) == []


def test_what_others_wrote_is_not_kept():
    assert "zigouigoui" not in own_words(said("a", "b", "c"), Lexicon([]))


def test_no_bundle_takes_the_words_along():
    assert OWN_WORDS not in double_zip.KNOWN_FILES
