"""The calculator: nanochat's own rules, the French ones, and nothing that could be run."""

import threading

import pytest

from sosie.engines.calculator import LONGEST, calculate


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1,234*2", "2468"),
        ("12,5*2", "250"),  # nanochat's own reading, wrong in French
        ("2**8", None),
        ("1/0", None),
        ("10 % 3", None),
        ("7//2", "3"),
        (" (1+2)*-3 ", "-9"),
        ("12.5*2", "25.0"),
        ("'strawberry'.count('r')", "3"),
        ('"Fraise".lower().count("f")', "1"),
        ("'été'.count('é')", None),
        ("'a'.count(1)", None),
        ("__import__('os').system('ls').count('a')", None),
        ("'a'.format().count('a')", None),
        ("().count(1)", None),
        ("a.count('a')", None),
        ("", None),
        ("1 2", None),
        ("007", None),
        ("(1)(2)", None),
        ("9" * 5000, None),
        ("(" * 149 + "1" + ")" * 149, "1"),
        ("1+" * 149 + "1", "150"),
        ("1" * LONGEST + "1", None),
    ],
)
def test_in_compatibility_mode_it_says_what_nanochat_says(expression, result):
    assert calculate(expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("12,5*2", "25"),
        ("0,1+0,2", "0,3"),
        ("1 234,5 × 2", "2469"),
        ("1 234,50 ÷ 2", "617,25"),
        ("1.234,5*2", "2469"),
        ("1,234.5*2", "2469"),
        ("10/3", "3,3333333333"),
        ("12.5*2", "25"),
        ("7 − 9", "-2"),
        ("'fraise'.count('a')", "1"),
        ("1,2,3", None),
        ("3 + 4 + 500", "507"),
    ],
)
def test_in_french_a_comma_is_a_decimal_sign(expression, result):
    assert calculate(expression, french=True) == result


def test_it_works_in_any_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(calculate("2+2")))
    thread.start()
    thread.join()
    assert found == ["4"]
