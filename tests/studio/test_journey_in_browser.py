"""The whole journey in a real browser, wide and on a phone, from an empty folder to a file that leaves.

Whatever happens to the page on the way, a tab closed or a process killed, nothing is lost.
"""

import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from studio_browser import PHONE, WIDE, Browser

import sosie.demo

pytestmark = [pytest.mark.slow, pytest.mark.browser]
BRIEF = """
[train]
epochs = 3

[evaluate]
contexts = 20
rivals = false
generations = 100
attacks = false
forgetting = false
"""


WORDS = """
the and of with your here click drop upload submit clear retry undo copy copied loading error reset default
value for input slider range close open settings remove file files download send stop chatbot bot user search
show more less next previous new delete rename select choose
"""
ENGLISH = set(WORDS.split())
SPOKEN = """[document.body.innerText, ...[...document.querySelectorAll("[aria-label],[title],[placeholder]")]
  .flatMap((one) => [one.ariaLabel, one.title, one.placeholder])].join(" ")"""

# « Arrêter » may be there for a moment only: seen, and pressed if asked, as soon as it comes.
WATCH = """(press) => {
  window.stopped = false;
  new MutationObserver((changes, observer) => {
    const shown = [...document.querySelectorAll("#message button")];
    const stop = shown.find((one) => one.textContent.includes("Arrêter"));
    if (!stop) return;
    window.stopped = true;
    observer.disconnect();
    if (press) stop.click();
  }).observe(document.querySelector("#message"), { subtree: true, childList: true });
}"""


class Studio:
    """`sosie studio` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        words = ["studio", f"--folder={folder}", "--no-browser", "--port=18880"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sosie", *words], stdout=subprocess.PIPE, text=True
        )
        told = next(line for line in self.process.stdout if "http" in line)
        self.address = re.search(r"http://\S+", told)[0]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end(signal.SIGINT)

    def end(self, how):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        self.process.stdout.close()


@pytest.fixture
def export(tmp_path):
    """A conversation whose file name says nothing of who is who."""
    path = tmp_path / "Discussion.zip"
    with zipfile.ZipFile(sosie.demo.EXPORT) as given, zipfile.ZipFile(path, "w") as made:
        for name in given.namelist():
            lines = given.read(name).decode().splitlines(keepends=True)
            made.writestr("_chat.txt", "".join(lines[:700]))
    return path


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_from_an_empty_folder_to_a_double_that_leaves(tmp_path, export, size):
    folder = tmp_path / "dossier"
    folder.mkdir()
    with Browser(tmp_path) as browser:
        with Studio(folder) as studio:
            tab = browser.open(studio.address, size)
            read_and_review(tab, folder, export)
            tab = learn_with_the_tab_closed(browser, tab, studio, size)
            assert not list(browser.complaints(of=tab))
            studio.end(signal.SIGKILL)
            tab.close()
        with Studio(folder) as studio:  # the page was killed while it learnt
            tab = browser.open(studio.address, size)
            tab.click("a[data-step=apprendre]")
            tab.has("b", "Le double de Léa est prêt", seconds=180)
            measure(tab)
            talk(tab)
            take_away(tab, browser)
            each_step_is_french_and_fits(tab, size)
        hosts = {urlsplit(url).hostname for url in browser.asked()}
        assert hosts == {"127.0.0.1"}
        assert not list(browser.complaints(of=tab))  # the one that was open before has reason to complain
    assert not (folder / "private" / "page").exists()


def read_and_review(tab, folder, export):
    tab.has(".depot")
    tab.drop(".depot", [export])
    tab.click("button.personne", "Léa")
    tab.has("b", "dialogues prêts", seconds=90)
    with (folder / "sosie.toml").open("a") as file:
        file.write(BRIEF)
    tab.click("button", "Relire")
    tab.has("#dialogues > li")
    tab.key("j")
    tab.key("d")
    tab.has("#dialogues .etat.drop", "écarté")
    tab.key("z")
    tab.wait("!document.querySelector('#dialogues .etat.drop')")
    tab.key("d")
    tab.has("#dialogues .etat.drop", "écarté")
    tab.click("button", "Annuler (Z)")
    tab.wait("!document.querySelector('#dialogues .etat.drop')")


def learn_with_the_tab_closed(browser, tab, studio, size):
    tab.click("a[data-step=apprendre]")
    tab.click(".fin button", "Apprendre")
    tab.has(".avancement", "Apprentissage", seconds=120)
    tab.close()
    tab = browser.open(studio.address, size)
    tab.click("a[data-step=apprendre]")
    tab.has(".courbe")
    tab.has("button", "Arrêter")
    return tab


def measure(tab):
    tab.click("a[data-step=mesurer]")
    tab.click("button", "Mesurer le double de Léa")
    tab.has(".verdict", "Ressembl", seconds=240)
    tab.click("summary", "Tout le rapport")
    tab.has("iframe")


def talk(tab):
    tab.click("a[data-step=discuter]")
    tab.has("#qui", "Vous parlez au double de Léa, une IA.")
    tab.click("#accueil button.question")
    for thread in ("#fil", "#fil-base"):
        tab.has(f"{thread} .bot", seconds=120)
    tab.has("#message button", "Envoyer", seconds=120)
    tab.type("#message textarea", "et demain ?")
    tab.evaluate(f"({WATCH})(true)")
    tab.click("#message button", "Envoyer")
    tab.wait("window.stopped")
    tab.has("#message button", "Envoyer", seconds=30)
    tab.evaluate(f"({WATCH})(false)")
    tab.click("button", "Refaire la réponse")
    tab.wait("window.stopped")
    tab.has("#message button", "Envoyer", seconds=120)
    tab.click("button", "Modifier mon message")
    tab.wait("document.querySelector('#message textarea').value === 'et demain ?'")


def take_away(tab, browser):
    tab.click("a[data-step=emporter]")
    tab.click(".genres li:first-child button", "Préparer")
    tab.click(".fichiers a", "sosie-lea.zip", seconds=90)
    bundle = browser.downloads / "sosie-lea.zip"
    end = time.monotonic() + 30
    while not bundle.is_file() and time.monotonic() < end:
        time.sleep(0.1)
    assert zipfile.is_zipfile(bundle) and os.path.getsize(bundle) > 1_000_000


def each_step_is_french_and_fits(tab, size):
    """What is seen, and what is said to those who listen."""
    for name in ("messages", "relire", "apprendre", "mesurer", "discuter", "emporter"):
        tab.click(f"a[data-step={name}]")
        tab.wait(f"document.querySelector('#sosie').dataset.etape === '{name}'")
        assert tab.evaluate("document.documentElement.scrollWidth") <= size[0], name
        words = set(re.findall(r"[a-z]+", tab.evaluate(SPOKEN).lower()))
        assert not words & ENGLISH, (name, words & ENGLISH)


TURN = """(async () => {
  const first = () => document.querySelector("#dialogues > li").id;
  const begun = performance.now(), before = first();
  document.querySelector(".suivants").click();
  while (first() === before) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
})()"""


def test_ten_thousand_dialogues_are_turned_over_in_a_moment_and_little_memory(tmp_path, ten_thousand):
    """A factor of two for a shared machine, as it is time on the wall."""
    with Browser(tmp_path) as browser, Studio(ten_thousand) as studio:
        tab = browser.open(studio.address)
        tab.click("a[data-step=relire]")
        tab.has("#dialogues > li")
        assert sorted(tab.evaluate(TURN) for _ in range(5))[2] < 2 * 300  # ms
        assert browser.largest_page() < 200e6
        assert not list(browser.complaints())
