"""What a profile counts, and what a portrait dares to say of it."""

import pytest

from sosie.style.portrait import portrait
from sosie.style.profile import profile

TEXTER = ["bah jsp 😂", "tu viens ??", "je sais pas trop mdr", "bah t'as vu 😂\nc'est nul", "ok"] * 10
CAREFUL = [
    "Je ne pense pas que vous ayez raison.",
    "Nous n'irons pas demain, je vous remercie.",
    "Voici ce que je vous propose pour la semaine prochaine.",
] * 10


def test_a_profile_counts_forms_by_the_replies_that_have_them():
    found = profile(TEXTER)
    assert found.replies == 50
    assert found.emoji == (("😂", 0.4),)
    assert found.laughs == (("mdr", 0.2),)
    assert dict(found.openers)["bah"] == pytest.approx(0.4)
    assert dict(found.closers)["😂"] == pytest.approx(0.2)
    assert found.words.mean == pytest.approx((2 + 2 + 5 + 5 + 1) / 5)
    assert found.lines.high == 2
    assert found.ne_kept == 0
    assert found.tu == pytest.approx(0.4) and found.vous == 0


def test_short_replies_count_in_a_profile():
    assert profile(["ok", "oui"]).words.mean == 1


def test_nothing_at_all_has_a_profile_too():
    assert profile([]).replies == 0 and profile([""]).ne_kept is None


def test_the_portrait_of_a_texter():
    said = portrait(profile(TEXTER), "Léa")
    assert said.startswith("Tu es Léa.")
    for words in ("courts", "Tu tutoies.", "minuscule", "« ne »", "😂", "mdr", "bah"):
        assert words in said
    assert "vouvoies" not in said


def test_the_portrait_of_a_careful_writer():
    said = portrait(profile(CAREFUL))
    for words in ("Tu vouvoies.", "Tu gardes le « ne »", "un point.", "Tu n'utilises pas d'émoji."):
        assert words in said
    assert not said.startswith("Tu es")


def test_a_portrait_says_nothing_of_what_is_not_known():
    assert portrait(profile(TEXTER[:5]), "Léa") == "Tu es Léa."
    assert portrait(profile([])) == ""


def test_a_portrait_never_quotes_a_reply():
    secret = "rendez-vous chez Paul rue Victor à midi"
    said = portrait(profile([*TEXTER, secret]), "Léa")
    assert not any(word in said for word in ("Paul", "paul", "Victor", "midi"))
