"""Oral clean-up: words go, none comes, none moves; what is said twice on purpose stays."""

import re
from pathlib import Path

import pytest

from sosie.enrich.transcribe.spoken import kept_words, rendered

PAIRS = [
    line.split(" => ")
    for line in (Path(__file__).parent / "oral_pairs.txt").read_text(encoding="utf-8").splitlines()
]
FILLER = re.compile(r"\b(?:euh|heu+|hum|hmm|mm+h?|eh)\b", re.IGNORECASE)


def bare(text):
    return re.findall(r"[\w'-]+", text.casefold())


def is_part(short, long):
    rest = iter(long)
    return all(word in rest for word in short)


def test_a_hundred_sentences_are_cleaned_as_a_person_would():
    assert len(PAIRS) == 100
    assert [rendered(said.split(), "light") for said, _ in PAIRS] == [meant for _, meant in PAIRS]


@pytest.mark.parametrize("manner", ["spoken", "light", "written"])
def test_no_word_is_added_and_their_order_is_kept(manner):
    for said, _ in PAIRS:
        assert is_part(bare(rendered(said.split(), manner)), bare(said)), said


def test_nearly_all_fillers_go():
    left = sum(len(FILLER.findall(rendered(said.split(), "light"))) for said, _ in PAIRS)
    assert left <= 0.05 * sum(len(FILLER.findall(said)) for said, _ in PAIRS)


def test_as_spoken_nothing_changes():
    assert all(rendered(said.split(), "spoken") == said for said, _ in PAIRS)


def test_as_written_what_holds_the_floor_goes_where_it_stands_apart():
    def written(text):
        return rendered(text.split(), "written")

    assert written("Bon, je viens demain, tu vois, avec Léa.") == "Je viens demain, avec Léa."
    assert written("Du coup, on mange quoi ?") == "On mange quoi ?"
    assert written("C'est un bon vin, hein ?") == "C'est un bon vin, hein ?"
    assert written("Tu vois la mer de ta chambre.") == "Tu vois la mer de ta chambre."
    assert written("Voilà.") == "Voilà."


def test_the_models_punctuation_can_be_left_out_but_no_capital_of_a_name():
    said = ["Salut,", "tu", "viens", "?", "Je", "suis", "là.", "Malo", "arrive,", "à", "huit", "heures."]
    assert (
        rendered(said, "light", punctuation=False) == "salut tu viens ? je suis là Malo arrive à huit heures"
    )


def test_nothing_but_a_hesitation_leaves_nothing():
    assert rendered(["Euh..."], "light") == ""
    assert kept_words([], "written") == [] and rendered([], "written") == ""
