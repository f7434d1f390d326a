"""Pictures of the running page, to look at: light, dark, and a phone's width, with a real exchange.

    sosie studio --no-browser &
    python tools/screenshots.py http://127.0.0.1:7860 FOLDER [--say TEXT] [--axe axe.min.js]

Needs the package `playwright` (any environment) and a Chromium. Fails where the page asked for an address
outside this machine, said an error, or, given axe-core's file, has an accessibility fault.
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
FAULTS = "axe.run().then(found => found.violations.map(v => `${v.impact} ${v.id}: ${v.nodes[0].target}`))"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument(
        "--say", default="Coucou, tu viens ce soir ? On mange vers 20 h chez Malo, ramène du pain."
    )
    parser.add_argument("--axe", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    axe = given.axe.read_text(encoding="utf-8") if given.axe else ""
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.browser, args=FLAGS)
        for look, options in LOOKS.items():
            page = browser.new_context(bypass_csp=bool(axe), **options).new_page()
            page.on("request", lambda asked: faults.append(asked.url) if is_outside(asked.url) else None)
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            take(page, given.address, given.folder / look, given.say, axe, faults)
        browser.close()
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


def take(page: Page, address: str, path: Path, text: str, axe: str, faults: list[str]) -> None:
    """Each step; then the chat, its answer under way, its answer done."""

    def keep(name: str) -> None:
        page.screenshot(path=f"{path}-{name}.png", full_page=True)
        if axe:
            page.evaluate(axe)
            faults.extend(f"{path.name} {name}: {fault}" for fault in page.evaluate(FAULTS))

    page.goto(address)
    for step in STEPS:
        page.locator(f"a[data-step={step}]").click()
        page.wait_for_timeout(2500)
        keep(step)
    box = page.locator("#message textarea")
    box.fill(text)
    box.press("Enter")
    page.wait_for_timeout(1800)
    keep("2-answering")
    page.get_by_role("button", name="Envoyer").wait_for(timeout=120_000)
    page.wait_for_timeout(400)
    keep("3-answered")


def is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost")


if __name__ == "__main__":
    sys.exit(main())
