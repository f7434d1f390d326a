"""« Comme à qui vous répond-il ? » in a real browser: what is chosen becomes what the double is told."""

import pytest
from studio_browser import Browser
from test_journey_in_browser import Studio

from sosie.core.circles import instruction
from sosie.core.double import Double
from sosie.core.workspace import closed_folder

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CIRCLES = ("tutoiement, messages courts", "vouvoiement, messages longs")
CIRCLE = "input[aria-label='Comme à qui vous répond-il ?']"
PRESS = """document.querySelector("[role=option]:nth-child(2)")
  .dispatchEvent(new MouseEvent("mousedown", { bubbles: true }))"""
TOLD = "document.querySelector('#consigne textarea').value"


def test_the_circle_that_is_chosen_is_what_the_double_is_told(tmp_path):
    folder = closed_folder(tmp_path / "moi" / "runs" / "lea" / "double")
    Double("mini", "mini", portrait=instruction(CIRCLES[0]), circles=CIRCLES).write(folder)
    with Browser(tmp_path) as browser, Studio(tmp_path / "moi") as studio:
        tab = browser.open(studio.address + "#discuter")
        tab.click("button", "Autres réglages")
        tab.wait(f"{TOLD} === {instruction(CIRCLES[0])!r}")
        tab.evaluate(f'document.querySelector("{CIRCLE}").focus()')
        tab.has("[role=option]", CIRCLES[1])
        tab.evaluate(PRESS)
        tab.wait(f"{TOLD} === {instruction(CIRCLES[1])!r}")
        assert not list(browser.complaints())
