"""What is cut off before comparing, and the 34 numbers of a reply."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.style.features import FEATURES, masked, scalars
from sosie.style.words import EMOJI, LAUGHTER, count_words, forms, split_words, tidy, usable


def numbers(text: str) -> dict[str, float]:
    """The 34 numbers as a reader counts them."""
    return {f.name: f.plain(x) for f, x in zip(FEATURES, scalars(tidy(text)), strict=True)}


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("Je  t’appelle…", "Je t'appelle..."),
        ("on y va\u202f?\r\noui", "on y va ?\noui"),
        (unicodedata.normalize("NFD", "été"), "été"),
        ("appelle [PRÉNOM_3] au [TÉLÉPHONE_1] stp", "appelle au stp"),
        ("[NOM], tu viens ?", "tu viens ?"),
        ("tu viens, <PRENOM_2> ?", "tu viens ?"),
        ("regarde [ici](https://exemple.fr)", "regarde [ici](https://exemple.fr)"),
    ],
)
def test_what_is_not_the_writers_is_taken_away(typed, compared):
    assert tidy(typed) == compared


def test_a_reply_is_cut_after_forty_words_with_the_marks_glued_to_the_last():
    assert tidy(" ".join(["mot"] * 39 + ["fin!!", "et", "après"])) == " ".join(["mot"] * 39 + ["fin!!"])
    assert tidy("! " * 30 + "mot " * 50).count("mot") == 40


def test_replies_under_three_words_are_left_out_and_emoji_are_no_words():
    assert usable(["oui 😂 !!", "[PRÉNOM_1] oui non", "je sais pas", "ok"]) == ["je sais pas"]
    assert count_words("tu viens ? 😂 - à 8h") == 4


def test_french_is_cut_where_it_elides():
    assert split_words("J'ai 2 amis") == ["j'", "ai", "2", "amis"]
    assert forms("Bah, jsp 😂 !!") == ["bah", ",", "jsp", "😂", "!!"]


@pytest.mark.parametrize("sign", ["😂", "👩‍👧", "👍🏽", "❤️", ":)", ";-)", "^^", "<3", "xD", ":'("])
def test_an_emoji_is_one_whatever_it_is_made_of(sign):
    assert len(EMOJI.findall(f"oui {sign} non")) == 1


@pytest.mark.parametrize("text", ["à 10:30 demain", "https://exemple.fr", "a=b ; c", "note : dix"])
def test_what_looks_like_a_smiley_is_none(text):
    assert not EMOJI.findall(text)


def test_laughs_are_known_and_words_are_not_laughs():
    assert len(LAUGHTER.findall("mdr ptdrrr lol HAHAHA hihi ahah jpp")) == 7
    assert not LAUGHTER.findall("le hasard, la madre, un lot, hier, ha")


def test_the_habits_of_a_text_message():
    found = numbers("jsp trooop bien mdr 😂\ntu viens ??")
    assert found["words"] == pytest.approx(6)
    assert found["capital_start"] == 0 and found["ends_question"] == 1
    for once in ("emoji", "laughter", "abbreviations", "tu", "held", "breaks", "questions"):
        assert found[once] == pytest.approx(100 / 6), once
    assert found["ne"] == found["vous"] == found["ends_stop"] == 0


def test_the_habits_of_a_careful_letter():
    found = numbers("Je ne pense pas ; nous verrons (dit-il) avec vous, le 3.")
    assert found["capital_start"] == found["ends_stop"] == 1
    assert found["ends_bare"] == found["ends_dots"] == 0
    words = 11
    for once in ("ne", "negations", "nous", "vous", "commas", "colons", "digits", "je"):
        assert found[once] == pytest.approx(100 / words), once


def test_there_are_thirty_four_with_a_french_name_each():
    assert len(FEATURES) == 34 == len({f.name for f in FEATURES}) == len({f.label for f in FEATURES})


@given(st.text(max_size=300))
def test_any_text_has_its_numbers(text):
    assert len(scalars(tidy(text))) == 34
    masked(tidy(text), frozenset())


def test_masking_leaves_no_subject():
    assert masked("Le vétérinaire a 12 chats !", {"le", "a"}) == "le *re a ## *ts !"
    assert masked("Le notaire a 34 élans !", {"le", "a"}) == "le *re a ## *ns !"
    assert masked("le chat", {"le"}) == masked("le pain", {"le"}) == "le *"


@pytest.mark.parametrize("text", [" " * 100_000, "[" * 50_000, "ha" * 50_000, "\n" * 100_000, "a" * 200_000])
def test_a_hostile_reply_takes_no_time(text):
    start = time.process_time()
    scalars(tidy(text))
    assert time.process_time() - start < 2
