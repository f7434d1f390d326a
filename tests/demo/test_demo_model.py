"""`sosie demo --model`: a real one where the download is agreed to, mini where it is not."""

import json
import os
import subprocess
import sys
import time

import pytest

from sosie.core.errors import UnknownModel
from sosie.demo.journey import choose


@pytest.fixture(autouse=True)
def nothing_here(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))


def test_a_model_that_is_here_is_taken_without_a_question():
    asked, told = [], []
    assert choose("mini", asked.append, told.append).name == "mini"
    assert not asked and [event.kind for event in told] == ["load"]  # the spinner turns at once


@pytest.mark.parametrize(("answer", "taken"), [(True, "luth-0.6b"), (False, "mini")])
def test_a_download_is_asked_for_once_with_its_size(answer, taken):
    asked, told = [], []
    assert choose("luth-0.6b", lambda question: asked.append(question) or answer, told.append).name == taken
    assert len(asked) == 1 and "Go" in asked[0] and asked[0].endswith("?")
    assert any("avec mini" in event.text for event in told) is not answer


def test_a_model_that_does_not_exist_is_told_before_anything_is_read():
    with pytest.raises(UnknownModel, match="luht"):
        choose("luht-0.6b", lambda question: True)


@pytest.mark.parametrize("verb", [("demo", "--no-page"), ("train", "d.jsonl")])
def test_without_network_it_is_one_french_sentence(verb, tmp_path):
    line = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    (tmp_path / "d.jsonl").write_text(json.dumps(line))
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "")
    deaf = proxies | {
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_CACHE": str(tmp_path / "hub"),
    }
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "sosie", *verb, "--model", "luth-0.6b", "--json"],
        env={**os.environ, **deaf},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3 and time.monotonic() - started < 60
    assert "le hub ne répond pas" in json.loads(done.stdout)["error"]["message"]
    assert "retry" not in done.stderr.lower() and "Traceback" not in done.stderr
