"""Who is me: names given, owners named, and errors that show the candidates."""

import pytest
from prepare_talk import conversation, message

from sosie.core.errors import NothingToDo, UnknownPerson
from sosie.prepare.authors import authors, fold_name
from sosie.prepare.owner import find_me, list_candidates

TWO = conversation("Léa: coucou", "Malo: salut", "Malo: ça va ?")


def me(*conversations, hints=()):
    return find_me(authors(conversations), hints).names


@pytest.mark.parametrize(
    "hint", ["Léa", "lea", "LÉA", " Léa ", "~ Léa", "Le\u0301a", "\u202aLéa\u202c", "Léa\u00a0"]
)
def test_a_name_is_compared_gently(hint):
    assert me(TWO, hints=[hint]) == {"Léa"}


@pytest.mark.parametrize(
    "hint", ["06 39 98 12 47", "+33639981247", "0033 6 39 98 12 47", "+33 (0)6 39 98 12 47"]
)
def test_a_phone_number_is_a_name_in_any_spelling(hint):
    assert me(conversation("+33\u00a06\u00a039\u00a098\u00a012\u00a047: oui", "Malo: non"), hints=[hint]) == {
        "+33\u00a06\u00a039\u00a098\u00a012\u00a047"
    }


def test_two_phones_are_not_the_same_name():
    assert fold_name("06 39 98 12 47") != fold_name("06 39 98 12 48")
    assert fold_name("+32 6 39 98 12 47") != fold_name("06 39 98 12 47")


@pytest.mark.parametrize("name", ["(((((((((", "---------", ". . . . . . ."])
def test_a_name_without_a_letter_or_a_digit_is_a_name(name):
    assert me(conversation(f"{name}: oui", "Malo: non"), hints=["Malo"]) == {"Malo"}
    assert fold_name(name) == name


def test_several_aliases_make_one_person():
    other = conversation("Léa Martin: bonjour", "Inès: bonjour", id="c2")
    assert me(TWO, other, hints=["Léa", "lea martin"]) == {"Léa", "Léa Martin"}


def test_the_exact_name_comes_before_the_near_one_in_a_thread():
    both = conversation("Léa: a", "Lea: b", "Malo: c")
    assert me(both, hints=["Léa"]) == {"Léa"}
    assert me(both, conversation("~ léa: a", "Tom: b", id="c2"), hints=["Léa"]) == {"Léa", "~ léa"}


def test_an_unknown_name_is_told_with_the_nearest_and_the_counts():
    with pytest.raises(UnknownPerson) as caught:
        me(TWO, hints=["Lia"])
    assert "« Lia »" in caught.value.message
    assert "Vouliez-vous dire « Léa »" in caught.value.mend
    assert "Malo (2 messages), Léa (1 message)" in caught.value.mend


def test_a_first_name_alone_points_to_the_full_name():
    with pytest.raises(UnknownPerson) as caught:
        me(conversation("Léa Martin: a", "Malo: b"), hints=["léa"])
    assert "« Léa Martin »" in caught.value.mend


def test_two_people_and_no_hint_cannot_be_told_apart():
    with pytest.raises(UnknownPerson) as caught:
        me(TWO)
    assert "--me" in caught.value.mend and "Malo (2 messages)" in caught.value.mend


def test_at_most_eight_candidates_are_shown():
    crowd = conversation(*(f"Ami {n}: oui" for n in range(20)), group=True)
    assert list_candidates(authors([crowd])).count("message") == 8
    assert "et 12 autres" in list_candidates(authors([crowd]))


def test_the_owner_that_the_export_names_is_me():
    assert me(conversation("Léa: a", "Malo: b", owner="Léa")) == {"Léa"}


def test_a_given_name_and_another_export_s_owner_are_both_me():
    telegram = conversation("Léa M.: a", "Tom: b", id="c2", owner="Léa M.")
    assert me(TWO, telegram, hints=["Léa"]) == {"Léa", "Léa M."}


def test_a_given_name_wins_over_the_owner_of_its_thread():
    assert me(conversation("Léa: a", "Malo: b", owner="Malo"), hints=["Léa"]) == {"Léa"}


@pytest.mark.parametrize("name", ["Vous", "Moi", "moi"])
def test_the_app_s_own_word_for_me_is_me(name):
    assert me(conversation(f"{name}: a", "Malo: b")) == {name}


def test_the_only_name_common_to_all_pairs_is_me():
    other = conversation("Léa: a", "Inès: b", id="c2")
    group = conversation("Malo: a", "Inès: b", "Tom: c", id="c3", group=True)
    assert me(TWO, other, group) == {"Léa"}


def test_the_same_pair_twice_tells_nothing():
    with pytest.raises(UnknownPerson):
        me(TWO, conversation("Léa: a", "Malo: b", id="c2"))


def test_a_thread_already_imported_and_given_again_counts_once():
    assert authors([TWO, TWO]).counts == {"Léa": 1, "Malo": 2}


def test_notices_have_no_author_and_deleted_messages_no_words():
    found = authors(
        [conversation(message("Groupe: x", kind="notice"), message("Léa: x", kind="deleted"), "Malo: b")]
    )
    assert found.counts["Léa"] == 0 and "Groupe" not in list_candidates(found)
    assert "Léa (0 message)" in list_candidates(found)


def test_a_ready_data_set_alone_needs_no_name():
    assert me(conversation("user: a", "assistant: b", owner="assistant", kind="dataset")) == {"assistant"}


def test_no_message_at_all_says_to_import_first():
    with pytest.raises(NothingToDo) as caught:
        me()
    assert "sosie import" in caught.value.mend
