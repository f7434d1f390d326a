"""Pictures of the blind game being played by keyboard: light, dark, and a phone's width.

    export SOSIE_ARENA_KEY=motdepasse     # or not, to play without a key
    sosie arena --double mini --no-browser &
    python tools/screenshots_game.py http://127.0.0.1:7870 FOLDER [--axe axe.min.js]

Needs the package `playwright` (any environment) and a Chromium. Fails where the page asked for an address
outside this machine, said an error, or, given axe-core's file, has an accessibility fault.
"""

import argparse
import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from screenshots import FAULTS, FLAGS, LOOKS, is_outside

KEYS = ("a", "ArrowRight", "b", "ArrowLeft", "s", "a", "b", "a", "b", "a")  # one round


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--browser", default="/usr/bin/chromium")
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
            play(page, given.address, os.environ.get("SOSIE_ARENA_KEY", ""), given.folder / look, axe, faults)
        browser.close()
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


def play(page: Page, address: str, key: str, path: Path, axe: str, faults: list[str]) -> None:
    """The key where it is asked, the welcome, a round, its end, and the picture to share."""

    def take(name: str) -> None:
        page.wait_for_timeout(250)
        page.screenshot(path=f"{path}-{name}.png", full_page=True)
        if axe:
            page.evaluate(axe)
            faults.extend(f"{path.name} {name}: {fault}" for fault in page.evaluate(FAULTS))

    page.goto(address)
    if key:
        take("0-key")
        page.fill("#key", key)
        page.keyboard.press("Enter")
    page.locator("#rater").wait_for()
    take("1-welcome")
    page.fill("#rater", f"essai {path.name}")
    page.check("[name=acquainted][value=no]")
    page.keyboard.press("Enter")
    page.locator("#duel").wait_for()
    take("2-duel")
    for pressed in KEYS:
        page.keyboard.press(pressed)
        page.wait_for_timeout(150)
    page.locator("#end").wait_for()
    take("3-end")
    with page.expect_download() as shared:
        page.click("#png")
    shared.value.save_as(f"{path}-4-shared.png")


if __name__ == "__main__":
    sys.exit(main())
