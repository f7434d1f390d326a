"""Pictures of the running page, to look at: light, dark, and a phone's width, with a real exchange.

    sosie studio --no-browser &
    python tools/screenshots.py http://127.0.0.1:7860 FOLDER [--browser /usr/bin/chromium] [--say TEXT]

Needs the package `playwright` (any environment) and a Chromium. Also lists every address that the page asked
for outside this machine: there must be none, and the tool fails otherwise.
"""

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone-dark": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}
STEPS = ("messages", "relire", "apprendre", "mesurer", "emporter", "discuter")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument(
        "--say", default="Coucou, tu viens ce soir ? On mange vers 20 h chez Malo, ramène du pain."
    )
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    outside: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.browser, args=FLAGS)
        for look, options in LOOKS.items():
            page = browser.new_context(**options).new_page()
            page.on("request", lambda request: outside.add(request.url) if is_outside(request.url) else None)
            page.on("console", lambda said: print(f"console: {said.text}") if said.type == "error" else None)
            take(page, given.address, given.folder / look, given.say)
        browser.close()
    for url in sorted(outside):
        print(f"outside: {url}", file=sys.stderr)
    return 1 if outside else 0


def take(page: Page, address: str, path: Path, text: str) -> None:
    """Each step; then the chat, empty, its answer under way, its answer done."""
    page.goto(address)
    for step in STEPS:
        page.locator(f"a[data-step={step}]").click()
        page.wait_for_timeout(2500)
        page.screenshot(path=f"{path}-{step}.png", full_page=True)
    box = page.locator("#message textarea")
    box.wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=f"{path}-1-empty.png", full_page=True)
    box.fill(text)
    box.press("Enter")
    page.wait_for_timeout(1800)
    page.screenshot(path=f"{path}-2-answering.png", full_page=True)
    page.get_by_role("button", name="Envoyer").wait_for(timeout=120_000)
    page.wait_for_timeout(400)
    page.screenshot(path=f"{path}-3-answered.png", full_page=True)


def is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost")


if __name__ == "__main__":
    sys.exit(main())
