"""A headless Chromium, driven over its own pipe: what it asks for, what it says in its console, what is seen.

    with Browser(tmp_path) as browser:
        tab = browser.open("http://127.0.0.1:7860/")
        tab.wait("document.querySelector('.depot')");  tab.click("button.primary");  tab.evaluate("1 + 1")

Needs nothing but the program: the DevTools protocol is JSON between zero bytes, on the descriptors 3 and 4.
"""

import itertools
import json
import os
import shutil
import subprocess
import time
from collections import deque
from pathlib import Path
from threading import Condition, Thread
from urllib.parse import urlsplit

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-US"),
)
PHONE, WIDE = (390, 844), (1280, 900)


class Browser:
    def __init__(self, folder: Path) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            pytest.skip("chromium is not here")
        self.downloads = folder / "downloads"
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        words = [program, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        script = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "browser", *words],
            pass_fds=[to_read, to_write],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._numbers, self._answers, self._heard = itertools.count(1), {}, Condition()
        self.events = deque()
        Thread(target=self._listen, daemon=True).start()
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)

    def _listen(self) -> None:
        left = b""
        while part := os.read(self._from, 1 << 16):
            *whole, left = (left + part).split(b"\0")
            for message in map(json.loads, whole):
                with self._heard:
                    if "id" in message:
                        self._answers[message["id"]] = message
                    else:
                        self.events.append(message)
                    self._heard.notify_all()
        os.close(self._from)

    def call(self, method, session=None, **params):
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": params} | (
            {"sessionId": session} if session else {}
        )
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        with self._heard:
            assert self._heard.wait_for(lambda: number in self._answers, timeout=60), method
            answer = self._answers.pop(number)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def open(self, address, size=WIDE, dark=False) -> "Tab":
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, target)
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            tab.call(f"{domain}.enable")
        width, height = size
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == PHONE,
        )
        look = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.call("Emulation.setEmulatedMedia", features=[look])
        tab.call("Page.navigate", url=address)
        return tab

    def asked(self):
        """Every address that a page asked for."""
        named = (
            e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"
        )
        return [url for url in named if urlsplit(url).scheme in ("http", "https", "ws", "wss")]

    def largest_page(self):
        """The most bytes of memory that a process takes for pages, with its part of what it shares."""
        roles = self.call("SystemInfo.getProcessInfo")["processInfo"]
        sizes = (Path(f"/proc/{one['id']}/smaps_rollup") for one in roles if one["type"] == "renderer")
        lines = (line for path in sizes for line in path.read_text().splitlines() if line.startswith("Pss:"))
        return max(int(line.split()[1]) << 10 for line in lines)

    def complaints(self, of=None):
        """What the console or a failed script said, in one tab or in any."""
        for event in list(self.events):
            if of is not None and event.get("sessionId") != of.session:
                continue
            if event["method"] == "Runtime.exceptionThrown":
                yield event["params"]["exceptionDetails"].get("text", "")
            elif event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                yield event["params"]["entry"]["text"] + event["params"]["entry"].get("url", "")
            elif event["method"] == "Runtime.consoleAPICalled" and event["params"]["type"] == "error":
                yield json.dumps(event["params"]["args"])[:300]


class Tab:
    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self.session, self._target = browser, session, target

    def call(self, method, **params):
        return self._browser.call(method, self.session, **params)

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def evaluate(self, script):
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, (script, done)
        return done["result"].get("value")

    def wait(self, script, seconds=60):
        """Until it is true, with what it then is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.evaluate(script):
                return found
            time.sleep(0.1)
        raise AssertionError(f"never came: {script}\n{self.evaluate('document.body.innerText')[:2000]}")

    def has(self, query, words="", seconds=60):
        """Wait for an element that is seen, with these words in it."""
        return self.wait(f"({FIND})({json.dumps(query)}, {json.dumps(words)}) !== undefined", seconds)

    def click(self, query, words="", seconds=60):
        self.has(query, words, seconds)
        self.evaluate(f"({FIND})({json.dumps(query)}, {json.dumps(words)}).click()")

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if kind == "keyDown" else "")

    def type(self, query, text):
        self.evaluate(f"document.querySelector({json.dumps(query)}).focus()")
        self.call("Input.insertText", text=text)

    def drop(self, query, files):
        """Files dragged from the machine onto an element."""
        box = f"document.querySelector({json.dumps(query)}).getBoundingClientRect()"
        x, y = self.evaluate(f"[{box}.x + {box}.width / 2, {box}.y + 30]")
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)


FIND = """(query, words) => [...document.querySelectorAll(query)].find(
  (one) => one.textContent.includes(words) && one.checkVisibility() && !one.disabled)"""
