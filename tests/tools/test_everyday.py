"""Everyday French of our own: right grammar in the slots, varied, repeatable, and clear of the evaluation."""

import re
from random import Random

import pytest

from tools.mini.everyday import RESERVED, dialogues, figures, read_topics, scripts
from tools.mini.everyday_grammar import Filler, Noun, read_lexicon, read_noun, with_form
from tools.mini.everyday_register import Style, texting

VOWEL = "[aeiouéèêàâîôœ]"


@pytest.fixture(scope="module")
def made():
    return list(dialogues(1, 4000))


@pytest.fixture(scope="module")
def plain():
    return list(scripts(1, 4000))


def words(record) -> str:
    return "\n".join(text for _, text in record.turns)


@pytest.mark.parametrize(
    ("form", "entry", "expected"),
    [
        ("du", "soupe f", "de la soupe"),
        ("du", "pain", "du pain"),
        ("du", "huile f", "de l'huile"),
        ("du", "œufs mp", "des œufs"),
        ("de", "œufs mp", "d'œufs"),
        ("de", "haricots verts mp", "de haricots verts"),
        ("un", "crêpes fp", "des crêpes"),
        ("le", "haricots verts mp", "les haricots verts"),
        ("le", "hamster", "le hamster"),
        ("au", "plage f", "à la plage"),
        ("au", "aquarium", "à l'aquarium"),
        ("au", "échecs mp", "aux échecs"),
        ("mon", "écharpe f", "mon écharpe"),
        ("ce", "imperméable", "cet imperméable"),
        ("en", "Italie f", "en Italie"),
        ("en", "Pays-Bas mp", "aux Pays-Bas"),
        ("en", "Sénégal", "au Sénégal"),
        ("de_un", "orchidée f", "d'une orchidée"),
        ("de", "Élodie f", "d'Élodie"),
        ("beau/belle", "robe f", "belle"),
        ("délicieux/délicieuse", "lasagnes fp", "délicieuses"),
        ("est/est/sont/sont", "sushis mp", "sont"),
    ],
)
def test_a_slot_takes_the_article_that_french_wants(form, entry, expected):
    noun = read_noun(entry)
    found = with_form(form, noun)
    assert found == expected


def test_a_slot_keeps_its_word_and_a_numbered_one_is_another():
    filler = Filler({"plat": [Noun("soupe", True), Noun("gratin")]}, Random(1), feminine=True)
    first, again, other = filler.fill("{plat}/{plat}/{plat2}").lower().split("/")
    assert first == again != other


def test_the_gender_of_the_speakers_shows():
    assert Filler({}, Random(1), True).fill("je suis content(e) et {heureux/heureuse moi}") == (
        "Je suis contente et heureuse"
    )


def test_linked_choices_go_together():
    filler = Filler({}, Random(3), False)
    assert {tuple(filler.fill_all(["<a|b>", "<c|d>"])) for _ in range(20)} == {("A", "C"), ("B", "D")}


def test_every_pattern_of_the_material_can_be_filled_with_every_word():
    lexicon = read_lexicon()
    for topic in read_topics():
        for node in topic.nodes:
            lines = [o for _, o in node.openings] + [line for _, chain in node.answers for line in chain]
            for line in lines:
                texts = [Filler(lexicon, Random(seed), bool(seed % 2)).fill(line) for seed in range(6)]
                assert not re.search(r"[\[\]{}|<>]|  |\(e\)|/", " ".join(texts)), (topic.name, line)


def test_every_opening_has_an_answer():
    for topic in read_topics():
        for node in topic.nodes:
            for letters, opening in node.openings:
                assert any(not only or set(only) & set(letters) for only, _ in node.answers), opening


def test_formal_subjects_say_vous_and_the_others_do_not(plain):
    for script in plain:
        text = " ".join(text for role, text in script.turns if role != "system").lower()
        if script.topic.formal:
            assert not re.search(r"\b(tu|te|toi|ton|ta|tes)\b", text), text
        else:
            assert not re.search(r"\b(votre|vos)\b|(?<!rendez-)\bvous\b", text), text


def test_elisions_and_contractions_are_right(plain):
    elision = re.compile(rf"(?<!-)\b(?:je|de|le|la|que|ne|me|te|se) (?!oui|onze){VOWEL}\w", re.I)
    contraction = re.compile(r"\b(?:de|à) les? (?!\w+(?:er|ir|re)\b)", re.I)  # « de le voir » is right
    for script in plain:
        for _, text in script.turns:
            assert not elision.search(text) and not contraction.search(text), text


def test_turns_alternate_and_end_with_an_answer(made):
    for record in made:
        roles = [role for role, _ in record.turns if role != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2) and 1 <= len(roles) // 2 <= 5
        assert all(text.strip() for _, text in record.turns)


def test_the_questions_of_the_evaluation_are_never_asked(made, plain):
    asked = {text for record in made for role, text in record.turns if role == "user"}
    asked |= {text for script in plain for role, text in script.turns if role == "user"}
    assert not asked & set(RESERVED)


def test_the_habits_of_the_demo_persona_are_not_taught(made):
    for record in made:
        assert not re.search(r"\broh\b|tip top|hop hop|mon poulet|🌻", words(record).lower())


def test_a_seed_gives_the_same_dialogues_and_another_gives_others():
    assert list(dialogues(5, 50)) == list(dialogues(5, 50)) != list(dialogues(6, 50))


def test_the_dialogues_are_varied():
    found = figures(2, 3000)
    assert found["distinct dialogues"] > 0.9 * 3000
    assert found["distinct plain pairs"] > 4000
    assert 5 <= found["mean answer, words"] <= 14
    assert 0.25 <= found["typed as texting"] <= 0.42


def test_texting_shortens_lowers_and_strips_accents():
    style = Style({"je suis": "jsuis", "demain": "dem"}, True, False, False, 1.0, 0.0)
    assert texting("Je suis fatigué. À demain !", style, ["🙂"], Random(1)) == "jsuis fatigue\na dem"
