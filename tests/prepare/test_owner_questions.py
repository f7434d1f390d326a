"""One person under several names: proposed with evidence, never taken for granted, never a namesake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prepare_talk import START, conversation, message

from sosie.prepare.authors import authors
from sosie.prepare.owner import find_me
from sosie.prepare.owner_questions import part_of_name, propose, same_name, same_phone, same_time, unclear

LONG = "Je te confirme pour samedi : on se retrouve devant la gare à dix heures, avec les vélos."


def talk(source, *lines, id, **facts):
    return replace(conversation(*lines, id=id, **facts), source=source)


TELEGRAM = talk("telegram", "Léa Martin: salut", "Malo: yo", id="t1", owner="Léa Martin")


def asked(*conversations, hints=(), answers=None):
    """{name: reasons} of what would be asked."""
    found = authors(conversations)
    identity = find_me(found, hints, answers or {})
    return {alias.name: alias.reasons for alias in propose(found, identity, answers or {})}


def me(*conversations, hints=(), answers=None):
    return find_me(authors(conversations), hints, answers or {})


def test_what_an_app_calls_its_owner_is_me_beside_another_app_s_name():
    found = me(TELEGRAM, talk("line", "Vous: a", "Haru: b", id="l1"))
    assert found.names_in("l1") == {"Vous"} and "l'application vous appelle ainsi" in found.reason


def test_the_exact_name_of_another_app_in_a_thread_of_two_is_me_and_said():
    other = talk("whatsapp", "Lea Martin: a", "Tom: b", id="w1")
    found = me(TELEGRAM, other)
    assert found.names == {"Léa Martin", "Lea Martin"} and "autre application" in found.reason
    assert not asked(TELEGRAM, other)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Léa Martin 🌸", "un accent ou un émoji près"),
        ("Léa", "un nom en commun"),
        ("lea_martin42", "un nom en commun"),
        ("LéaM", "un nom en commun"),
    ],
)
def test_a_near_name_is_proposed_with_its_evidence(name, words):
    if name == "LéaM":
        assert not part_of_name(name, "Tom Durand")
    found = asked(TELEGRAM, talk("whatsapp", f"{name}: a", "Tom: b", id="w1"))
    assert list(found) == [name] and words in found[name][0] and "« Léa Martin » (Telegram)" in found[name][0]


def test_a_phone_number_in_its_other_form_is_proposed():
    first = talk("signal", "+32 470 12 34 56: a", "Malo: b", id="s1", owner="+32 470 12 34 56")
    found = asked(first, talk("whatsapp", "0470 12 34 56: a", "Tom: b", id="w1"))
    assert found == {"0470 12 34 56": ("le même numéro que « +32 470 12 34 56 » (Signal)",)}


def test_whoever_is_in_all_threads_of_two_is_proposed():
    chats = [talk("whatsapp", "Pikachu: a", f"{name}: b", id=name) for name in ("Tom", "Inès", "Zoé")]
    found = asked(TELEGRAM, *chats)
    assert found == {"Pikachu": ("présent dans toutes les discussions à deux de WhatsApp (3)",)}


def test_the_same_long_message_at_the_same_time_in_two_apps_is_evidence():
    sent = message(f"Léa Martin: {LONG}", at=datetime(2025, 3, 1, 9, tzinfo=UTC))
    here = talk("telegram", sent, "Malo: ok", id="t1", owner="Léa Martin")
    there = talk("whatsapp", message(f"Pikachu: {LONG}", at=datetime(2025, 3, 1, 10, 1)), "Tom: ok", id="w1")
    assert "même long message" in asked(here, there)["Pikachu"][0]
    late = talk("whatsapp", message(f"Pikachu: {LONG}", at=datetime(2025, 3, 1, 10, 31)), "Tom: ok", id="w1")
    assert not asked(here, late)


def test_a_namesake_who_talks_with_me_is_not_me_and_is_not_asked_about():
    group = talk("whatsapp", "Léa: a", "Léa Martin: b", "Tom: c", id="w1", group=True)
    pair = talk("whatsapp", "Léa Martin: a", "Zoé: b", id="w2")
    found = me(TELEGRAM, group, pair, hints=["Léa"])
    assert found.names_in("w1") == {"Léa"} and found.names_in("t1") == {"Léa Martin"}
    assert "Léa Martin" not in asked(TELEGRAM, group, hints=["Léa"])


def test_a_friend_with_the_name_that_i_gave_for_another_app_is_not_me():
    friend = talk("telegram", "Léa Martin: a", "Léa: b", id="t2", owner="Léa Martin")
    found = me(friend, talk("whatsapp", "Léa: a", "Tom: b", id="w1"), hints=["Léa"])
    assert found.names_in("t2") == {"Léa Martin"} and found.names_in("w1") == {"Léa"}


def test_two_candidates_stay_a_question_with_each_other_as_rival():
    found = authors([TELEGRAM, talk("whatsapp", "Léa: a", "Martin: b", id="w1")])
    identity = find_me(found, [])
    aliases = propose(found, identity, {})
    assert {alias.name: alias.rivals for alias in aliases} == {"Léa": ("Martin",), "Martin": ("Léa",)}
    assert not identity.names_in("w1") and identity.names == {"Léa Martin"}
    assert unclear(found, identity) == {"whatsapp": 1}


def test_what_was_answered_is_not_asked_again():
    chat = talk("whatsapp", "Léa: a", "Martin: b", id="w1")
    assert not asked(TELEGRAM, chat, answers={"whatsapp/Léa": True})
    assert me(TELEGRAM, chat, answers={"whatsapp/Léa": True}).names_in("w1") == {"Léa"}
    assert list(asked(TELEGRAM, chat, answers={"whatsapp/Léa": False})) == ["Martin"]


def test_an_alias_holds_for_its_app_only():
    chats = [talk(app, "Léa: a", "Tom: b", id=app) for app in ("whatsapp", "slack")]
    found = me(TELEGRAM, *chats, answers={"whatsapp/Léa": True, "slack/Léa": False})
    assert "whatsapp" in found.threads and "slack" not in found.threads


def test_who_was_refused_is_not_me_even_under_my_very_name():
    chat = talk("whatsapp", "Léa Martin: a", "Tom: b", id="w1")
    assert "w1" not in me(TELEGRAM, chat, answers={"whatsapp/Léa Martin": False}).threads


def test_in_an_app_where_i_am_known_only_threads_of_two_are_asked_about():
    known = talk("whatsapp", "Lilou: a", "Tom: b", id="w1")
    group = talk("whatsapp", "Léa: a", "Inès: b", "Paul: c", id="w2", group=True)
    assert not asked(TELEGRAM, known, group, hints=["Lilou"])
    pair = talk("whatsapp", "Léa: a", "Inès: b", id="w3")
    assert list(asked(TELEGRAM, known, pair, hints=["Lilou"])) == ["Léa"]


def test_nobody_to_argue_for_is_no_question_but_is_counted():
    found = authors([TELEGRAM, talk("whatsapp", "Xx: a", "Tom: b", id="w1")])
    identity = find_me(found, [])
    assert not propose(found, identity, {}) and unclear(found, identity) == {"whatsapp": 1}


def test_a_question_is_one_french_sentence_with_its_evidence():
    found = authors([TELEGRAM, talk("whatsapp", "Léa 🌸: a", "Léa 🌸: b", "Tom: c", id="w1")])
    (alias,) = propose(found, find_me(found, []), {})
    assert alias.key == "whatsapp/Léa 🌸"
    assert alias.question().startswith("Dans WhatsApp, « Léa 🌸 » (2 messages), est-ce vous ? Indice : ")


def test_calls_are_no_messages_of_their_author():
    found = authors([conversation(message("Léa: Appel manqué", kind="call"), "Malo: b")])
    assert found.counts["Léa"] == 0


def test_names_and_phones_are_compared_as_people_do():
    assert same_name("~ LÉA 🌸", "Lea") and not same_name("🌸", "🎈")
    assert part_of_name("alex", "Alexandre Roux") and not part_of_name("Al", "Alexandre")
    assert same_phone("06 12 34 56 78", "+33 6 12 34 56 78")
    assert not same_phone("0470 12 34 56", "+33 6 12 34 56 78") and not same_phone("Léa", "06 12 34 56 78")


def test_moments_are_the_same_to_two_minutes_and_whole_hours_without_a_zone():
    utc = START.replace(tzinfo=UTC)
    assert same_time(utc, START + timedelta(hours=2, minutes=1))
    assert not same_time(utc, START + timedelta(minutes=30))
    assert not same_time(utc, (START + timedelta(hours=2)).replace(tzinfo=UTC))
