"""Which words are somebody's name: those of the list, and the words around that decide."""

import time

import pytest

from sosie.prepare.names.first_names import bare, listed, spellings
from sosie.prepare.names.names import Names, listed_names


def shown(text, names=None):
    """The text with each name in brackets."""
    for found in reversed((names or listed_names()).find(text)):
        text = f"{text[: found.start]}[{text[found.start : found.end]}]{text[found.end :]}"
    return text


NAMES = """
[Léa] arrive
[lea] arrive
[LÉA] TU VIENS
t'as vu [malooo] ?
[Fátima] et [sónia] sont là
[Jean-Pierre] ou [jean pierre], c'est pareil
[Malo] [Le Goff] est passé
Madame [Bovary] t'attend
le petit [Nicolas]
ok.[malo] vient
@[malo] tu viens ?
salut [rose] !
dis à [pierre] que j'arrive
la soeur de [jade] est là
t'es où [marine] ?
[rose] et Malo -> pas trouvé
mon pote [clément]
c'est [claire] qui conduit
chez [constance]
[Rose], [Pierre] et [Karim] sont là
"""
WORDS = """
une rose rouge
la pierre est dure
un pull bleu marine
c'est claire comme idée
avec prudence
grâce à toi
juste un peu
il se marie demain
il est marié
bon ben voilà
la rue Victor Hugo
au lycée Jean Moulin
place de la Victoire
j'ai lu Victor Hugo et Marie Curie
joyeux Noël à tous
à Noël on part
la Toussaint
du marc de café
un martin-pêcheur
elle aime le chocolat
www.marine.fr et https://exemple.fr/lea
JOYEUX NOEL À TOUS
"""


@pytest.mark.parametrize("line", [line for line in NAMES.strip().splitlines() if "->" not in line])
def test_a_name_is_found_by_what_stands_around(line):
    assert shown(line.replace("[", "").replace("]", "")) == line


@pytest.mark.parametrize("line", WORDS.strip().splitlines())
def test_a_word_of_the_language_stays(line):
    assert shown(line) == line


def test_signs_that_nobody_sees_hide_no_name():
    assert shown("ma\u200blo est là") == "[ma\u200blo] est là"
    assert shown("He\u0301le\u0300ne est là") == "[He\u0301le\u0300ne] est là"
    assert shown("Ｍａｌｏ est là") == "[Ｍａｌｏ] est là"


def test_all_spellings_of_a_name_are_one_person():
    (one,), (other,), (third,) = map(listed_names().find, ("Hélène", "HELENE", "hélene"))
    assert one.same == other.same == third.same == "helene"


def test_people_who_are_kept_stay():
    names = listed_names().keep("Léa", "Malo Le Goff")
    assert shown("Léa, lea, malo et Inès", names) == "Léa, lea, malo et [Inès]"


def test_nothing_is_looked_for_where_names_are_kept():
    assert Names(listed(), "keep").find("Léa arrive") == []


@pytest.mark.parametrize(
    "text", ["", " ", "😂😂", "…", "-", "'", "léa" * 2000, "Rose " * 2000, "İ Léa", "l'"]
)
def test_odd_texts_are_read(text):
    for found in listed_names().find(text):
        assert 0 <= found.start < found.end <= len(text)


def test_a_text_of_nothing_but_names_takes_linear_time():
    start = time.process_time()
    assert len(listed_names().find("Léa, Inès " * 20_000)) == 40_000
    assert time.process_time() - start < 20


def test_the_list_is_sorted_and_each_mark_is_known():
    entries = listed()
    assert len({entry.person for entry in entries.values()}) > 5000
    assert {entry.gender for entry in entries.values()} == {"f", "m", "b"}
    assert all(bare(spelling).isalpha() for spelling in entries)


def test_an_accent_is_written_or_not():
    assert set(spellings("Zoé")) == {"zoé", "zoe"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("madame dupont m'a dit", "dupont"),
        ("rdv avec mr. durand à 14h", "durand"),
        ("m. bouchez rappelle demain", "bouchez"),
        ("M. Kieffer est absent", "Kieffer"),
        ("le docteur nguyen est dispo", "nguyen"),
        ("vu mme le goff hier", "le goff"),
    ],
)
def test_a_surname_after_a_title_is_masked_in_small_letters_too(text, name):
    assert [text[found.start : found.end] for found in listed_names().find(text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "un monsieur jovial",
        "monsieur pk vous dites ça",
        "madame la présidente",
        "oui monsieur merci",
        "le monsieur zarbi d'en bas",
        "le docteur regarda sa montre",
        "il reste 3 m. Dommage",
    ],
)
def test_a_word_of_every_day_after_a_title_is_left_alone(text):
    assert listed_names().find(text) == []
