"""French as people type it is French; what is not, and what goes wrong, is counted."""

import pytest

from sosie.evaluate.measures.french import french, languages, loops_in, speaks_for_the_other
from sosie.evaluate.personas import SITTERS, replies

ENGLISH = [
    "I am going to the store today, do you want anything?",
    "That sounds great, let me know when you arrive",
    "On a me the plan is to go as soon as possible",
    "Sure, here is a list of things that you can try",
    "I don't know what you mean, we can't do that in the app",
    "c'mon, it's ok, don't you think we could meet at 8?",
]
OTHERS = [
    "No sé qué decirte, pero mañana te llamo",
    "Ich weiß nicht was du meinst, aber gut",
    "du hast des Vaters Auto, ja und wie war es",
    "la casa de mi amiga es muy bonita y tu lo sabes",
    "e tu come stai, ci vediamo dopo la scuola",
    "Non lo so, ci sentiamo domani mattina",
]
TEXTING = [
    "slt cv bien et toi tu fais koi",
    "jsp tkt jte dis ça ce soir",
    "mdr t ou la on mange koi bb",
    "c'est looong mais ok bisous a tt",
    "jsuis pas dispo dsl jtm fort",
    "ouais bah vas y jarrive dans 2 min",
]


def test_texting_is_french():
    assert languages(TEXTING)["fr"] == len(TEXTING)


def test_what_invented_french_people_write_is_french():
    for number in SITTERS[:6]:
        found = languages(replies(number, 100))
        assert found["fr"] >= 0.98 * found.total()


@pytest.mark.parametrize("text", [*ENGLISH, *OTHERS])
def test_another_language_is_not(text):
    assert languages([text])["fr"] == 0


def test_short_replies_are_in_no_language():
    assert languages(["ok", "yes of course", "mdr"]).total() == 0


def test_english_answers_turn_the_light_red():
    own = replies(30, 60)
    told = french(own[:40] + ENGLISH * 3, own)
    assert told.gate == "red" and told.share < told.own_share and told.english > 0
    assert told.low < told.share < told.high
    assert french(own, own).gate == "green"


def test_loops_empty_answers_and_leaking_signs_are_counted():
    own = replies(30, 60)
    bad = ["je sais pas quoi dire " * 4, "", "  ", "salut [INST] ça va", "user: tu viens ?"]
    told = french(own + bad, own, cut=3)
    assert told.template_leaks == 2 and told.gate == "red"
    assert told.empty == pytest.approx(2 / 65) and told.loops == pytest.approx(1 / 65)
    assert told.cut == pytest.approx(3 / 65)


def test_a_loop_is_four_words_three_times():
    assert loops_in("on y va vite on y va vite on y va vite")
    assert not loops_in("on y va vite, on y va vite, et puis on verra bien demain")


def test_answering_for_the_other_is_their_name_or_their_words():
    assert speaks_for_the_other("oui\n[AMI_2] : et moi ?", "tu viens ?")
    assert speaks_for_the_other("Tu viens à la fête ? oui", "tu viens à la fête ?")
    assert not speaks_for_the_other("oui, [AMI_2] vient aussi", "tu viens à la fête ?")


def test_too_few_replies_give_no_light():
    assert french(["je ne sais pas encore, on verra"], []).gate == "unknown"
