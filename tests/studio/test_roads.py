"""The page's own roads, as a browser or an attacker takes them: a token, a shape, a list of files."""

import json
import re
import shutil

import pytest

FILE = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def token(served):
    return {"X-Sosie-Token": re.search('data-token="([^"]+)"', served.ask("GET", "/").text)[1]}


def act(served, headers, step="messages", do="give_up", words=None):
    body = {"etape": step, "faire": do, "avec": words or {}}
    return served.ask("POST", "/sosie/faire", body, headers)


def test_the_page_opens_on_an_empty_folder_at_the_first_step(served):
    page = served.ask("GET", "/").text
    assert 'data-premiere="messages"' in page and page.index('id="sosie"') < page.index("<gradio-app")
    told = json.loads(served.ask("GET", "/sosie/vue?etape=messages").text)
    assert "Glissez ici" in told["html"] and told["busy"] is False
    for step in ("relire", "apprendre", "mesurer", "emporter"):
        html = json.loads(served.ask("GET", f"/sosie/vue?etape={step}").text)["html"]
        assert "Il n&#x27;y a pas encore" in html


def test_each_page_has_the_token_of_this_process(served, token):
    assert act(served, token).status == 200
    for wrong in ({}, {"X-Sosie-Token": ""}, {"X-Sosie-Token": "x"}, {"X-Sosie-Token": "é"}):
        assert act(served, wrong).status == 403
        assert served.ask("POST", "/sosie/envoi?nom=a.zip", b"x", FILE | wrong).status == 403
    assert not list(served.folder.iterdir())


def test_another_site_sends_no_file_even_with_the_token(served, token):
    for who in (
        {"Origin": "http://un-site.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Host": "un-site.example"},
    ):
        reply = served.ask("POST", "/sosie/envoi?nom=a.zip", b"x", FILE | token | who)
        assert reply.status in (403, 421)
        assert act(served, token | who).status in (403, 421)
    assert not list(served.folder.iterdir())


def test_a_file_comes_in_by_one_shape_only(served, token):
    for headers in ({"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Type": "text/plain"}):
        assert served.ask("POST", "/sosie/envoi?nom=a.zip", b"x", token | headers).status == 400
    for target in (
        "/sosie/envoi",
        "/sosie/envoi?nom=",
        "/sosie/envoi?nom=a&x=1",
        "/sosie/envoi/?nom=a",
        "/sosie//envoi?nom=a",
        "/sosie/envoi?nom=a/b",
        "/sosie/envoi?nom=a#b",
    ):
        assert served.ask("POST", target, b"x", FILE | token).status == 404
    assert served.ask("PUT", "/sosie/envoi?nom=a.zip", b"x", FILE | token).status == 404
    assert not list(served.folder.iterdir())


def test_a_file_that_is_too_large_gets_a_french_sentence(served, token):
    reply = served.ask("POST", "/sosie/envoi?nom=a.zip", b"", FILE | token | {"Content-Length": str(5 << 30)})
    told = json.loads(reply.text)
    assert reply.status == 400 and "dépasse" in told["message"] and "sosie import" in told["mend"]


def test_a_file_is_received_then_given_up(served, token):
    reply = served.ask("POST", "/sosie/envoi?nom=..%2F..%2Fa.zip", b"PK", FILE | token)
    assert reply.status == 200
    assert [path.name for path in (served.folder / "private" / "page").glob("*.zip")] == ["a.zip"]
    act(served, token)
    assert not (served.folder / "private" / "page").exists()
    for path in sorted((served.folder / "private").rglob("*"), reverse=True):
        path.unlink()
    (served.folder / "private").rmdir()


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        {"etape": "messages"},
        {"etape": "messages", "faire": "me", "avec": [], "x": 1},
        {"etape": "messages", "faire": "me", "avec": {"name": ["a"]}},
        {"etape": "messages", "faire": "me", "avec": {"name": {"path": "/etc/passwd"}}},
        {"etape": "messages", "faire": "me", "avec": {"fields": {"t0": 3}}},
        {"etape": 3, "faire": "me"},
        {"etape": "messages", "faire": "me", "avec": {"name": "a\0b"}},
    ],
)
def test_a_button_says_words_and_nothing_else(served, token, body):
    assert served.ask("POST", "/sosie/faire", body, token).status == 400


@pytest.mark.parametrize("step, do", [("messages", "__class__"), ("x", "draw"), ("relire", "drop"), ("", "")])
def test_a_button_that_is_none_is_a_sentence(served, token, step, do):
    told = json.loads(act(served, token, step, do).text)
    assert "Traceback" not in told["html"] and told.keys() == {"html", "guide", "heading", "busy"}


def test_only_what_is_listed_is_downloaded(served):
    for name in ("..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "sosie.toml", "private%2Fsecret", "sortie"):
        assert served.ask("GET", f"/sosie/fichier?nom={name}").status == 404
    for target in ("/sosie/rapport?run=..%2F..&v=1", "/sosie/fiche?v=1", "/sosie/app.py", "/sosie/page.html"):
        assert served.ask("GET", target).status == 404


def test_our_own_script_and_style_go_out_and_are_french(served):
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css")):
        reply = served.ask("GET", f"/sosie/{name}")
        assert reply.status == 200 and reply.headers["content-type"].startswith(kind)
        assert "http://" not in reply.text and "https://" not in reply.text


@pytest.fixture
def something(served):
    """A report, an export, and a link that leads out of the folder; gone after the test."""
    for name in ("runs/lea/report.html", "sortie/sosie-lea.zip"):
        path = served.folder / name
        path.parent.mkdir(parents=True)
        path.write_text("<script>evil()</script>")
    (served.folder / "sortie" / "secret.zip").symlink_to("/etc/passwd")
    yield
    for name in ("runs", "sortie"):
        shutil.rmtree(served.folder / name)


def test_a_report_is_shown_in_a_frame_of_ours_and_runs_nothing(served, something):
    reply = served.ask("GET", "/sosie/rapport?run=lea&v=1", headers={"Sec-Fetch-Dest": "iframe"})
    policy = reply.headers["content-security-policy"]
    assert reply.status == 200 and "frame-ancestors 'self'" in policy and "sandbox" in policy
    assert "default-src 'none'" in policy and "script-src" not in policy and "nonce" not in reply.text
    other = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert served.ask("GET", "/sosie/rapport?run=lea&v=1", headers=other).status == 403


def test_what_was_exported_is_downloaded_as_a_file(served, something):
    reply = served.ask("GET", "/sosie/fichier?nom=sortie%2Fsosie-lea.zip")
    assert reply.status == 200 and reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"] == 'attachment; filename="sosie-lea.zip"'
    assert served.ask("GET", "/sosie/fichier?nom=sortie%2Fsecret.zip").status == 404
