"""Pieces, questions, rules, templates and bills, each on what is known of them."""

import pytest

from sosie.core.errors import BadData, BadSettings
from sosie.enrich.budget import Bill
from sosie.enrich.judge import (
    AGAIN,
    COPIED,
    EMPTY,
    FOREIGN,
    INVENTED,
    NOT_ASKED,
    OFF,
    SAID_NO,
    TOO_LONG,
    Judge,
    histogram,
)
from sosie.enrich.monologues import read_text
from sosie.enrich.pieces import count_words, cut
from sosie.enrich.questions import question_in
from sosie.enrich.store import PaidAnswer
from sosie.enrich.templates import read_templates

GARDEN = (
    "Au potager les tomates rougissent enfin. J'ai mis du paillis au pied des tomates et des courgettes. "
    "Le potager boit deux arrosoirs par soir. Les limaces ont mangé toutes les salades du potager. "
    "Demain je sème des radis entre les tomates et je taille les courgettes."
)
CAR = (
    "La voiture fait un bruit bizarre au démarrage. Le garagiste pense à la courroie de la voiture. "
    "Le devis du garagiste est salé, trois cents euros pour la courroie. Je prends le bus en attendant "
    "la voiture. Si le moteur lâche sur l'autoroute, le garagiste viendra me chercher."
)


@pytest.mark.parametrize("between", [" ", "\n\n", "\n"])
def test_a_text_is_cut_where_its_subject_changes(between):
    assert cut(GARDEN + between + CAR) == [GARDEN, CAR]


@pytest.mark.parametrize("text", [GARDEN, "", "   \n ", "un mot", "mot " * 500, "a. " * 300, "\n\n" * 50])
def test_pieces_are_slices_in_their_order_and_hold_every_word(text):
    found = cut(text)
    place = 0
    for piece in found:
        place = text.index(piece, place) + len(piece)
    assert sum(map(count_words, found)) == count_words(text)


def test_a_long_text_of_one_subject_is_cut_all_the_same():
    assert max(map(count_words, cut(" ".join([GARDEN] * 12), longest=180))) <= 230


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Alors, ces tomates ?", "Alors, ces tomates ?"),
        ("« Alors, ces tomates ? »", "Alors, ces tomates ?"),
        ("Question : **Alors, ces tomates ?**", "Alors, ces tomates ?"),
        ('```json\n{"question": "Alors, ces tomates ?"}\n```', "Alors, ces tomates ?"),
        ('["Alors, ces tomates ?"]', "Alors, ces tomates ?"),
        ("<think>Il parle de tomates.</think>\n1. Alors, ces tomates ?", "Alors, ces tomates ?"),
        ("Voici la question :\n\nAlors, ces tomates ?\n\nJ'espère que cela aide.", "Alors, ces tomates ?"),
        ("<think>sans fin", ""),
        ("{" * 5000, "{" * 5000),
        ("", ""),
    ],
)
def test_what_a_model_wraps_a_question_in_is_taken_off(said, question):
    assert question_in(said) == question


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Et ton potager, les tomates ont donné ?", ""),
        ("Raconte ton potager", ""),
        ("?!", EMPTY),
        ("mot " * 200 + "?", TOO_LONG),
        ("Désolé, je ne peux pas répondre à cela.", SAID_NO),
        ("What did you do with your tomatoes and how is it going?", FOREIGN),
        ("Les limaces ont mangé toutes les salades du potager ?", COPIED),
        ("les tomates rougissent enfin ?", COPIED),
        ("Il parle de son potager.", NOT_ASKED),
        ("Et [PRÉNOM_9], ça va ?", INVENTED),
        ("Que dit le garagiste de la courroie ?", OFF),
    ],
)
def test_a_question_is_refused_for_its_reason(question, reason):
    assert Judge([GARDEN, CAR]).reason(question, GARDEN) == reason


def test_a_question_that_opens_any_text_is_asked_three_times_at_most():
    judge = Judge([GARDEN, CAR])
    assert [judge.reason("Quoi de neuf ?", GARDEN) for _ in range(4)] == ["", "", "", AGAIN]


def test_the_more_a_question_is_about_the_text_the_better_its_score():
    judge = Judge([GARDEN, CAR])
    asked = ("Tu as arrosé tes tomates ?", "Quoi de neuf ?", "Que dit ta banque ?")
    scores = [judge.score(question, GARDEN) for question in asked]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 3
    assert histogram([0.0, 0.05, 0.4, 1.0]) == [2, 0, 0, 0, 1, 0, 0, 0, 0, 1]


def test_a_template_of_ones_own_takes_the_place_of_ours_and_its_faults_are_named(tmp_path):
    own = tmp_path / "a_moi.toml"
    own.write_text('[question]\nask = "Dis : {texte} {autre}"\n', encoding="utf-8")
    said = read_templates(own).question("a {texte} b {question}")
    assert said[-1]["content"] == "Dis : a {texte} b {question} {autre}" and said[0]["role"] == "system"
    for wrong in ('[question]\nask = "rien"\n', "[questoin]\nask = 1\n", "[question\n", 'ask = "{texte}"\n'):
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(BadSettings):
            read_templates(own)
    with pytest.raises(BadSettings):
        read_templates(tmp_path / "absent.toml")


def test_a_bill_learns_what_a_token_is_and_never_says_a_price_it_was_not_given():
    bill = Bill(budget=1000)
    for size in (300, 600, 1200):
        bill.add(size, PaidAnswer("", 20 + size // 3, 12))
    assert bill.foresee(900) == (320, 12) and bill.tokens == 60 + 700 + 36
    assert not bill.has_room(900, 96) and bill.has_room(60, 96)
    assert "prix inconnu" in bill.in_words(1000, 100)
    assert "2,10 €" in Bill(price_in=1, price_out=11).in_words(1_000_000, 100_000)


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"\x00\x01\x02" * 500, b"%PDF-1.7\n" + bytes(range(256)) * 9]
)
def test_a_file_that_is_no_text_is_told_in_one_sentence(tmp_path, content):
    path = tmp_path / "journal.txt"
    path.write_bytes(content)
    with pytest.raises(BadData, match=r"^« journal\.txt » [^.]+\.$"):
        read_text(path)
