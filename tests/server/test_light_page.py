"""The light page: small, alone, and able to read a stream wherever it is cut."""

import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sosie import server

PAGE = Path(server.__file__).with_name("page.html")
MOST_BYTES = 60_000
TRY_READER = """
const text = 'data: {"a":"é👩"}\\n\\ndata: {"a":"\\\\n\\\\n"}\\r\\n\\r\\n' +
  'event: x\\ndata: {"a":"z"}\\n\\ndata: [DONE]\\n\\n';
const bytes = new TextEncoder().encode(text), said = JSON.stringify(["é👩", "\\n\\n", "z"]);
for (let i = 0; i <= bytes.length; i++) for (let j = i; j <= bytes.length; j++) {
  const got = [], take = reader((event) => got.push(event.a));
  for (const part of [bytes.slice(0, i), bytes.slice(i, j), bytes.slice(j), undefined]) take(part);
  if (JSON.stringify(got) !== said) throw new Error(`cut at ${i} and ${j}: ${got}`);
}
"""


def text():
    return PAGE.read_text(encoding="utf-8")


def test_the_page_is_small_and_loads_nothing():
    assert PAGE.stat().st_size < MOST_BYTES
    assert not re.search(r"https?://|@import|url\(", text())
    assert "innerHTML" not in text() and "eval(" not in text()


def test_only_its_own_script_and_style_may_run(served):
    answer = served.ask("/")
    policy = answer.headers["Content-Security-Policy"]
    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.body.decode(), re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_whatever_can_be_used_has_a_name():
    class Names(HTMLParser):
        nameless = []
        labelled = False

        def handle_starttag(self, tag, attributes):
            said = dict(attributes)
            self.labelled = tag == "label" or (self.labelled and tag in ("input", "select", "output"))
            if tag in ("input", "select", "textarea") and not (said.get("aria-label") or self.labelled):
                self.nameless.append(said.get("id"))

    names = Names()
    names.feed(text())
    assert not names.nameless and '<html lang="fr">' in text() and "une IA" in text()


def test_the_slider_goes_from_the_base_to_the_strongest_and_is_hidden_without_a_double():
    (much,) = re.findall(r'<label id="much" hidden>(.*?)</label>', text())
    assert "Combien de moi" in much and 'type="range"' in much and 'min="0"' in much
    assert 'at("much").hidden = one.sosie.strongest === null' in text()
    assert 'at("strength").max = one.sosie.strongest' in text()
    assert "sosie_strength" in text()


@pytest.mark.skipif(not shutil.which("node"), reason="node is not here")
def test_a_stream_is_read_wherever_the_network_cuts_it():
    (reader,) = re.findall(r"^function reader\(.*?^}", text(), re.DOTALL | re.MULTILINE)
    subprocess.run(["node", "-e", reader + TRY_READER], check=True, timeout=60)
