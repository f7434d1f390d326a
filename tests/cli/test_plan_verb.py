"""How a plan looks in a terminal."""

from dataclasses import replace

import pytest

from sosie.cli.plan import paragraph, verdict
from sosie.models.catalogue import find
from sosie.models.hardware import NAMED_MACHINES
from sosie.train.plan import count_dialogues
from sosie.train.planner import make_plan


@pytest.fixture
def plan():
    return make_plan(find("vigostral"), NAMED_MACHINES["t4"], count_dialogues([]))


def test_no_line_begins_with_a_sign_that_french_glues_to_the_word_before(plan):
    for width in range(30, 100):
        lines = [line.strip() for reason in plan.reasons for line in paragraph(reason, width).split("\n")]
        assert not any(line.startswith((":", ";", "%", "»", "?", "!")) for line in lines)
        assert max(map(len, lines)) <= width


def test_the_lines_of_a_reason_are_aligned():
    lines = paragraph("un mot " * 20, 40).split("\n")
    assert lines[0].startswith("  · un") and all(line.startswith("    ") for line in lines[1:])


def test_too_long_is_not_said_to_be_too_large(plan):
    assert "tient" in verdict(plan) and "ne" not in verdict(plan)
    assert "trop long" in verdict(replace(plan, fits=False))
    assert "ne tient pas" in verdict(replace(plan, fits=False, fits_memory=False))
