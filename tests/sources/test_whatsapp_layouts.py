"""First lines of messages as phones all over the world write them."""

import pytest
from exports_on_the_spot import HARD, LRM, NARROW

from sosie.sources.whatsapp.line_layouts import find_layout, layout_of

AT = "2024-03-15T14:31:00"


@pytest.mark.parametrize(
    "header",
    [
        "15/03/2024, 14:31 - ",
        "15/03/2024 14:31 - ",
        "15/03/2024 à 14:31 - ",
        "15/03/24 14:31 - ",
        "15.03.2024, 14:31 - ",
        "15.03.24, 14.31 - ",
        "15. 3. 2024, 14:31 - ",
        "2024-03-15 14 h 31 - ",
        "2024-03-15, 14:31 - ",
        "2024/03/15 14:31 - ",
        "3/15/24, 2:31 PM - ",
        f"3/15/24, 2:31{NARROW}PM - ",
        f"15/3/2024, 2:31{HARD}p.{HARD}m. - ",
        "15/3/24, 2:31 pm - ",
        "15/03/2024, 14:31 – ",
        "[15/03/2024, 14:31:00] ",
        "[15/03/2024 14:31:00] ",
        f"{LRM}[15/03/2024, 14:31:00] ",
        "[15.03.24, 14:31:00] ",
        "[2024-03-15, 14 h 31 min 00 s] ",
        "[2024/3/15 下午2:31:00] ",
        f"[3/15/24, 2:31:00{NARROW}PM] ",
        "[15/03/24 14:31] ",
        "15/03/2024 14:31:00: ",
    ],
)
def test_a_header_is_recognised_and_gives_its_time(header, messages):
    (first, second) = messages(f"{header}Zoé: salut : toi\nsuite\n{header}Moi: oui\n")
    assert (first.author, first.text) == ("Zoé", "salut : toi\nsuite")
    assert first.at.isoformat() == AT == second.at.isoformat()


@pytest.mark.parametrize(
    "line",
    [
        "10:30 - ménage",
        "12/07: départ",
        "[demain, 9:00] x",
        "prix : 12,50 €",
        "1) lait 2) œufs",
        "14:30",
        "",
        "12/07/2024",
    ],
)
def test_a_sentence_is_no_header(line):
    assert layout_of(line) is None


def test_the_first_header_gives_the_layout_though_a_pasted_chat_has_more_lines():
    lines = ["[15/03/2024, 14:31:00] Zoé: lis ça"] + ["15/03/2024, 14:31 - Paul: x"] * 5
    assert find_layout(lines).bracket


def test_a_stranger_at_the_top_does_not():
    lines = ["15/03/2024, 14:31 - note en tête de fichier"] + ["[15/03/2024, 14:31:00] Paul: x"] * 50
    assert find_layout(lines).bracket
