"""What sets a writer apart: the habits that they have and others have not, the most telling first."""

import pytest

from sosie.style.traits import divergence, likelihood_ratio, share_in, traits

PLAIN = ["Je ne sais pas encore.", "On verra après.", "Tu as raison, c'est mieux.", "D'accord !"] * 25
OTHERS = [PLAIN]


def names(replies, others=OTHERS, most=10):
    return [trait.name for trait in traits(replies, others, most)]


def labels(replies, others=OTHERS):
    return [trait.label for trait in traits(replies, others, 10)]


@pytest.mark.parametrize(
    ("replies", "label"),
    [
        (["roh je viens", "roh tu viens demain ?", "non merci", "oui bien sûr"], "commence par « roh »"),
        (["tu viens mon poulet", "je pars mon poulet", "oui", "non"], "finit par « mon poulet »"),
        (["Je sais pas.", "On a pas le temps.", "Oui.", "Non."], "laisse tomber le « ne »"),
        (["oui", "bien sûr", "à demain", "on verra"], "commence par une minuscule"),
        (["Oui 😂", "Non merci 😂", "Demain.", "Peut-être."], "finit par un émoji"),
        (["Troooop bien.", "Ouiiii.", "Demain.", "Peut-être."], "étire des lettres"),
        (["Jai faim.", "Cest nul.", "Demain.", "Peut-être."], "oublie les apostrophes"),
        (["Ca va deja mieux.", "Tres bien.", "Demain.", "On verra."], "oublie les accents"),
        (["Oui...", "Je pense...", "Demain.", "Peut-être."], "finit par « ... »"),
        (["Vous avez raison.", "Je vous suis.", "Demain.", "Peut-être."], "vouvoie"),
        (["Nous verrons.", "Nous partons.", "Demain.", "Peut-être."], "dit « nous » plutôt que « on »"),
        (
            ["Oui.\nJ'arrive.", "Non.\nPas ce soir.", "Demain.", "Peut-être."],
            "envoie plusieurs lignes à la suite",
        ),
        (["Mdr oui.", "Ptdr non.", "Demain.", "Peut-être."], "rit par écrit"),
        (["Jsp stp.", "Tkt tjrs.", "Demain.", "Peut-être."], "abrège"),
        (["C'est TROP bien.", "JAMAIS de la vie.", "Demain.", "Peut-être."], "écrit des mots EN CAPITALES"),
    ],
)
def test_each_habit_has_its_name(replies, label):
    assert label in labels(replies * 25)


def test_what_everybody_does_is_no_habit():
    assert traits(PLAIN, [PLAIN], 10) == ()


def test_what_chance_may_do_is_no_habit():
    assert names(["roh oui.", *PLAIN[:19]]) == []


def test_the_most_telling_comes_first_with_its_figures():
    first = traits(["roh Oui.", "roh Non."] * 15 + PLAIN[:30], OTHERS, 10)[0]
    assert (first.label, first.share, first.n, first.others, first.others_n) == (
        "commence par « roh »",
        0.5,
        60,
        0.0,
        100,
    )
    assert first.information == pytest.approx(divergence(0.5, 0.5 / 101))


def test_an_expression_is_named_whole_and_once():
    said = labels(["hop hop je file", "hop hop tu viens", "hop hop on mange"] * 20)
    assert [label for label in said if "hop" in label] == ["commence par « hop hop »"]


def test_spellings_of_one_word_are_one_habit_named_by_the_usual_one():
    said = labels(["Écoute, oui.", "Écoute, non.", "Ecoute, demain."] * 20)
    assert "commence par « écoute »" in said and "commence par « ecoute »" not in said


def test_not_to_do_something_tells_only_where_the_correspondents_do_it():
    with_emoji, without = ["Oui 😂", "Non 😂"] * 30, ["Oui.", "Non."] * 30
    assert "ne met pas d'émoji" in labels(without, [with_emoji])
    assert "ne met pas d'émoji" not in labels(without, [without, with_emoji])


def test_emoji_laughs_and_abbreviations_show_which_ones():
    found = {trait.name: trait.examples for trait in traits(["Jsp 😂", "Jsp 😂 mdr"] * 30, OTHERS, 20)}
    assert found["ends_emoji" if "ends_emoji" in found else "emoji"] == ("😂",)
    assert found["laughter"] == ("mdr",) and found["abbreviations"] == ("jsp",)


def test_the_share_of_a_trait_can_be_asked_of_other_replies():
    assert share_in(["roh oui", "non"], "form roh") == 0.5
    assert share_in(["je sais pas", "je ne sais pas", "oui"], "drops_ne") == 0.5
    assert share_in(["je ne sais pas", "oui"], "not drops_ne") == 1
    assert share_in(["oui"], "drops_ne") is None


def test_the_log_likelihood_ratio_is_that_of_the_books():
    """110 of 2,442 against 111 of 29,114: 270.72 in Dunning's table for « the swiss »."""
    assert likelihood_ratio((110, 2552), (111, 29225)) == pytest.approx(270.72, abs=1.5)


def test_the_repr_of_a_trait_holds_no_word():
    assert "poulet" not in repr(traits(["mon poulet"] * 40, OTHERS, 1))
