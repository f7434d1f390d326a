"""A calculator and a clock, for messages that ask for them and no others."""

from datetime import datetime

import pytest

from sosie.engines.tools import consult

NOW = datetime(2026, 11, 30, 7, 5)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("combien font 12,5 × 3 ?", ("12,5 × 3 = 37,5",)),
        ("calcule 1 234 + 6, stp.", ("1 234 + 6 = 1240",)),
        ("3 x 4 ça fait combien", ("3 × 4 = 12",)),
        ("c'est combien (2+3)*4 ?", ("(2+3)*4 = 20",)),
        ("combien font 10/4 et 7-9 ?", ("10/4 = 2,5", "7-9 = -2")),
        ("combien font 1/0 ?", ()),
        ("combien font 2**99 ?", ()),
        ("tu viens 10-12 h ?", ()),
        ("dispo 24/7", ()),
        ("le 12/03/2025, combien on était ?", ()),
        ("06-12-34-56-78 combien de fois je te l'ai dit", ()),
        ("j'ai 3 chats et 2 chiens, ça fait beaucoup", ()),
        ("Quelle heure il est ?", ("lundi 30 novembre 2026, 7 h 05",)),
        ("on est le combien ?", ("lundi 30 novembre 2026, 7 h 05",)),
        ("__import__('os').system('x') = combien", ()),
        ("combien font " + "9*" * 5000 + "9", ()),
    ],
)
def test_what_is_asked_is_computed_in_french(asked, told):
    assert consult(asked, NOW) == told


def test_a_long_message_costs_nothing():
    assert consult("combien " + "1 " * 200_000 + "((((" * 50_000, NOW) == ()
