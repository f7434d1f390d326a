"""The page as a browser meets it: French, loopback only, nothing asked of the outside, answers streamed."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sosie.core.errors import SosieError
from sosie.studio import chat_page, serving
from sosie.studio.closed import is_own

API = "/gradio_api"


def test_the_page_listens_on_this_machine_only(served):
    port = int(served.address.rsplit(":", 1)[1].strip("/"))
    listening = Path("/proc/net/tcp").read_text()
    doors = {
        local.split(":")[0] for local in re.findall(rf"\s(\w{{8}}:{port:04X}) 00000000:0000 0A", listening)
    }
    assert doors == {"0100007F"}  # 127.0.0.1, and not 0.0.0.0


def test_the_page_is_in_french_and_asks_nothing_of_the_outside(served):
    page = served.ask("GET", "/", headers={"Sec-Fetch-Site": "none"})
    assert page.status == 200 and 'lang="fr"' in page.text
    assert not re.findall(r"(?:src|href)=\"https?://(?!127\.0\.0\.1)", page.text)
    config = json.loads(re.search(r"window\.gradio_config = (.*?);</script>", page.text)[1])
    assert config["analytics_enabled"] is False and config["root"] == served.address.strip("/")
    assert not [part for part in config.get("stylesheets", []) if part.startswith("http")]
    for needed in re.findall(r'(?:src|href)="\.(/assets/[^"]+)"', page.text):
        assert served.ask("GET", needed).status == 200


def test_a_request_cannot_say_where_the_page_is(served):
    elsewhere = {
        "X-Forwarded-Host": "un-site.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/x",
        "Forwarded": "host=un-site.example",
        "Cookie": "access-token=x",
        "Accept-Encoding": "br, gzip",
    }
    page = served.ask("GET", "/", headers=elsewhere)
    assert "un-site.example" not in page.text and f'"root":"{served.address.strip("/")}"' in page.text
    assert "content-encoding" not in page.headers and "set-cookie" not in page.headers


def test_a_message_is_answered(served):
    call = {"event_data": None, "trigger_id": 1, "session_hash": "abc"}
    typed = served.ask(
        "POST", f"{API}/run/predict", {"data": ["tu viens ce soir", [], []], "fn_index": 0, **call}
    )
    (box, mine, theirs) = json.loads(typed.text)["data"]
    assert (
        box == "" and mine[0]["content"][0]["text"] == theirs[0]["content"][0]["text"] == "tu viens ce soir"
    )
    said = {"data": [mine, theirs, "", 0.7, 1.0, True, 0.9, 64], "fn_index": 7, **call}
    assert served.ask("POST", f"{API}/queue/join", said).status == 200
    stream = served.ask("GET", f"{API}/queue/data?session_hash=abc")
    assert stream.text.count("process_generating") == 6 and '"success":true' in stream.text
    assert served.told("said")[-1] == "tu viens ce soir"


def test_stopping_what_has_not_begun_is_no_fault(served):
    call = {"event_data": None, "session_hash": "abc", "fn_index": 7, "event_id": None}
    assert served.ask("POST", f"{API}/cancel", call).status == 200
    assert served.ask("POST", f"{API}/reset", {"event_id": None}).status == 200


def test_a_box_that_is_ticked_is_heard(served):
    """Gradio says what was ticked twice: as the function's input, and as what happened."""
    call = {"data": [False], "event_data": False, "fn_index": 39, "session_hash": "abc", "trigger_id": 1}
    assert served.ask("POST", f"{API}/run/predict", call).status == 200
    assert served.ask("POST", f"{API}/run/predict", call | {"event_data": [False]}).status == 400


def test_the_knobs_that_people_turn_are_seen_and_the_rest_is_folded(served):
    page = served.ask("GET", "/")
    config = json.loads(re.search(r"window\.gradio_config = (.*?);</script>", page.text)[1])
    parts = {part["id"]: (part["type"], part["props"]) for part in config["components"]}

    def places(node):
        return [node["id"], *(place for child in node.get("children", []) for place in places(child))]

    def folds(node):
        kind, props = parts.get(node["id"], ("", {}))
        closed = kind == "accordion" and not props["open"]
        return [node] if closed else [fold for child in node.get("children", []) for fold in folds(child)]

    folded = {place for fold in folds(config["layout"]) for place in places(fold)}
    sliders = {place: props["label"] for place, (kind, props) in parts.items() if kind == "slider"}
    assert len(sliders) == 4
    seen = [label for place, label in sliders.items() if place not in folded]
    assert seen == ["Sage ↔ fantasque", "Combien de moi"]


def test_gradio_writes_for_its_owner_alone(served):
    folder = served.gradios
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and folder.name.startswith("sosie-page-")


def test_a_taken_port_leaves_its_place_to_the_next(monkeypatch):
    with serving.listen(18960) as first:
        port = first.getsockname()[1]
        with serving.listen(port) as second:
            assert second.getsockname()[1] > port
        monkeypatch.setattr(serving, "PORTS_TRIED", 1)
        with pytest.raises(SosieError, match="port"):
            serving.listen(port)


def test_only_names_of_this_machine_are_ours():
    assert is_own("localhost:7860") and is_own("127.0.0.1") and is_own("[::1]:7860")
    for name in ("", "127.0.0.1.example", "un-site.example:7860", "127.0.0.1:7860, un-site.example"):
        assert not is_own(name)


def test_a_name_is_shown_as_plain_letters():
    assert "<" not in chat_page.plain("<b>*moi*</b>") and "*" not in chat_page.plain("*moi*")


def test_one_is_told_whom_one_talks_to():
    assert chat_page.to("Le double de Léa") == "au double de Léa"
    assert chat_page.to("Le double d'Anna") == "au double d'Anna"
    assert chat_page.to("Votre double") == "à votre double"


def test_the_page_opens_where_one_reviews(tmp_path):
    words = [sys.executable, "-m", "sosie", "review", "--page", f"--folder={tmp_path}"]
    shown = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=shown) as page:
        assert "/#relire" in next(line for line in page.stdout if "http" in line)
        page.send_signal(signal.SIGINT)
