"""« Vos messages vocaux » in a real browser: heard, corrected and kept, by the keyboard alone."""

import pytest
from studio_browser import PHONE, Browser
from test_journey_in_browser import Studio
from test_voice_notes import first, hear

from sosie.prepare.transcripts import Transcript, Transcripts, Word
from sosie.studio.state import StudioState

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PLAYED = """const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { window.played = this; return play.call(this); }"""
CODES = {"Tab": 9, "Enter": 13}


def press(tab, key):
    words = {"key": key, "code": key, "windowsVirtualKeyCode": CODES[key]}
    text = {"text": "\r"} if key == "Enter" else {}
    tab.call("Input.dispatchKeyEvent", type="keyDown", **words, **text)
    tab.call("Input.dispatchKeyEvent", type="keyUp", **words)


def focused(tab):
    return tab.evaluate("document.activeElement.value || document.activeElement.textContent")


def test_a_thousand_notes_are_heard_and_corrected_by_the_keyboard_alone(tmp_path):
    state = hear(tmp_path / "moi", tmp_path / "a.zip")
    words = tuple(Word("mot", n, n + 1) for n in range(60))
    others = [Transcript("t", f"m{n}", f"{n:064}", "e", 60.0, words, "mot " * 60) for n in range(998)]
    Transcripts.open(state.workspace).add(others)
    with Browser(tmp_path) as browser, Studio(state.folder) as studio:
        tab = browser.open(studio.address)
        tab.click("a[data-step=relire]")
        tab.has("#vocaux summary", "Vos messages vocaux")
        tab.evaluate("document.querySelector('#vocaux summary').focus()")
        press(tab, "Enter")
        tab.has("#vocaux textarea")
        correct_the_first(tab)
        turn_the_page(tab)
        phone = browser.open(studio.address, PHONE)
        phone.click("a[data-step=relire]")
        phone.click("#vocaux summary")
        phone.has("#vocaux textarea")
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert not list(browser.complaints())
    assert first(StudioState(state.project)).learnt == "Oui, à huit heures !"


def correct_the_first(tab):
    tab.evaluate(PLAYED)
    press(tab, "Tab")
    assert focused(tab) == "Suivants"
    press(tab, "Tab")
    assert focused(tab) == "Écouter"
    press(tab, "Enter")
    assert tab.wait("window.played?.duration") == pytest.approx(1.6)
    press(tab, "Tab")
    assert focused(tab) == "oui à huit heures"
    tab.evaluate("document.activeElement.select()")
    tab.call("Input.insertText", text="Oui, à huit heures !")
    press(tab, "Tab")
    press(tab, "Enter")
    tab.has("#vocaux .etat", "corrigé")
    assert focused(tab) == "Enregistrer"
    press(tab, "Tab")  # on to the next note, not back to the top
    press(tab, "Tab")
    assert focused(tab) == "apporte le pain"


def turn_the_page(tab):
    tab.evaluate("document.querySelector('#vocaux-Suivants').focus()")
    press(tab, "Enter")
    tab.has("#vocaux", "Page 2 sur 50")
    assert focused(tab) == "Suivants"
    assert tab.evaluate("document.querySelector('#vocaux ol').start") == 21
