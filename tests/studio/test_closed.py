"""Whatever Gradio can do and our page does not ask is refused; so is whoever is not our page."""

import asyncio
import inspect
import re

import pytest

from sosie.studio import closed
from sosie.studio.closed import Closed, corrected

API = "/gradio_api"
ASK, SAY = 0, 7  # the numbers of two functions of the page: a quick one, a slow one
ABROAD = "http://203.0.113.5/x.png"
OURS = (
    "Il n'y a rien ici.",
    "Cette demande vient d'un autre site.",
    "Cette page ne répond pas à ce nom.",
    "Cette demande n'a pas de sens ici.",
    "C'est trop long.",
    "Cette page est d'avant : rechargez-la.",
)
NEEDED = (
    ("GET", "/"),
    ("GET", "/favicon.ico"),
    ("GET", "/static/js/iframeResizer.contentWindow.min.js"),
    ("GET", "/theme.css?v=1"),
    ("GET", f"{API}/app_id"),
    ("GET", f"{API}/queue/data?session_hash=abc"),
    ("POST", f"{API}/cancel"),
    ("POST", f"{API}/queue/join"),
    ("POST", f"{API}/reset"),
    ("POST", f"{API}/run/predict"),
)
# The road that fetched a public page and showed it as ours, however it is written.
FILES = [
    f"{API}{road}"
    for road in (
        f"/file={ABROAD}",
        f"/file%3D{ABROAD}",
        f"/file%3d{ABROAD}",
        "/file=%68ttp://203.0.113.5/x.png",
        "/file=HTTP://203.0.113.5/x.png",
        "/file=//203.0.113.5/x.png",
        "/file=http:/203.0.113.5/x.png",
        "/file=http:%2F%2F203.0.113.5%2Fx.png",
        f"/File={ABROAD}",
        f"/file/{ABROAD}",
        f"/file={ABROAD}?a=1",
        f"/file={ABROAD}#.png",
        f"/file={ABROAD}/",
        f"/%66ile={ABROAD}",
        f"//file={ABROAD}",
        f"/./file={ABROAD}",
        f"/x/../file={ABROAD}",
        f"/assets/../file={ABROAD}",
        f"/file={ABROAD};/assets/a.js",
        "/file=http://a@203.0.113.5/x.png",
        "/file=/etc/passwd",
        "/file=../../../etc/passwd",
        f"/proxy={ABROAD}",
        "/proxy=https://x.hf.space/x.png",
    )
]
TRICKS = [
    *FILES,
    f"/gradio%5Fapi/file={ABROAD}",
    f"/GRADIO_API/file={ABROAD}",
    f"//gradio_api/file={ABROAD}",
    f"/assets/../gradio_api/file={ABROAD}",
    f"/assets/%2e%2e/gradio_api/file={ABROAD}",
    f"http://203.0.113.5{API}/file={ABROAD}",
    "/?deep_link=x",
    "/?view=api",
    "/?__theme=dark",
    "//",
    "/.",
    "/%2F",
    "/index.html",
    "/assets/",
    "/assets/..%2froutes.py",
    "/assets/../index.html",
    "/assets/index.html",
    "/assets/a.js.map",
    "/assets/a.js/b.html",
    "/static/js/../img/logo.svg",
    "/static/img/logo.svg",
    "/theme.css",
    "/theme.css?v=1&v=2",
    f"{API}/queue/data",
    f"{API}/queue/data?session_hash=abc&x=1",
    f"{API}/queue/join/",
    f"{API}/queue/join?x=1",
    f"{API}/run/predict/",
    f"{API}/run/say",
    f"{API}/run",
    f"{API}/app_id/",
    "/queue/join",
    "/run/predict",
    "/api/predict",
    "/file=/etc/passwd",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/manifest.json",
    "/svelte/svelte.js",
]


def routes():
    """Every route that Gradio declares, its parameters filled."""
    from gradio import routes

    found = re.findall(r'@(app|router)\.(\w+)\(\s*f?"(/[^"]*)"', inspect.getsource(routes))
    for owner, method, path in found:
        filled = re.sub(r"\{url_path:path\}|\{path_or_url:path\}", ABROAD, path)
        filled = re.sub(r"\{[^}]+\}", "abc", filled)
        yield method.upper(), (API if owner == "router" else "") + filled


def test_only_what_the_page_asks_is_answered(served):
    asked = {(method, target) for method, target in routes()}
    asked |= {(method, target) for target in TRICKS for method in ("GET", "POST")}
    asked |= {(method, "/") for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")}
    asked -= {*NEEDED, ("GET", "/theme.css")}
    assert len(asked) >= 84
    for method, target in sorted(asked):
        reply = served.ask(method, target, {})
        assert reply.status == 404 and (reply.text in OURS or method == "HEAD"), (method, target)
        assert "nosniff" in reply.headers["x-content-type-options"]
    assert not served.told("said") and not served.told("left")


OTHERS = {
    "a public page's fetch": {"Sec-Fetch-Site": "cross-site", "Origin": "http://un-site.example"},
    "a public page's image": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
    "another port": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"},
    "another port, old browser": {"Sec-Fetch-Site": "none", "Origin": "http://127.0.0.1:9999"},
    "a sandboxed frame": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    "a sandboxed frame, old browser": {"Sec-Fetch-Site": "none", "Origin": "null"},
    "a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    "our name over https": {"Origin": "https://127.0.0.1:18860"},
    "a name that points here": {"Host": "un-site.example:18860", "Origin": "http://un-site.example:18860"},
    "our name and another": {"Host": "127.0.0.1.un-site.example"},
    "no name": {"Host": ""},
    "a preflight": {"Origin": "http://127.0.0.1:9999", "Access-Control-Request-Method": "POST"},
}


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_but_the_page_is_answered(served, who):
    for method, target in (*NEEDED, ("OPTIONS", f"{API}/queue/join")):
        reply = served.ask(method, target, CALL, OTHERS[who])
        assert reply.status in (403, 421) and reply.text in OURS, target
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
    assert not served.told("said")


def test_a_form_that_says_no_origin_changes_nothing(served):
    for target in ("/queue/join", "/run/predict", "/cancel", "/reset"):
        assert served.ask("POST", API + target, CALL, without=["Origin"]).status == 403


def test_another_site_may_open_the_page_in_a_tab_and_nothing_else(served):
    tab = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert served.ask("GET", "/", headers=tab).status == 200
    for target in ("/theme.css?v=1", "/?view=api", f"{API}/file={ABROAD}"):
        assert served.ask("GET", target, headers=tab).status in (403, 404)
    assert served.ask("POST", "/", {}, tab).status == 403


def test_the_page_runs_its_own_scripts_only(served):
    first, second = (served.ask("GET", "/") for _ in range(2))
    policy = first.headers["content-security-policy"]
    (nonce,) = re.findall("'nonce-([^']+)'", policy)
    assert f"script-src 'self' 'nonce-{nonce}';" in policy and policy.count("unsafe") == 1
    for rule in ("default-src 'none'", "connect-src 'self'", "form-action 'none'", "base-uri 'none'"):
        assert rule in policy
    assert len(re.findall("<script", first.text)) == first.text.count(f'<script nonce="{nonce}"') > 4
    assert nonce not in second.text and nonce not in second.headers["content-security-policy"]
    assert "unsafe" not in re.search("script-src[^;]*", policy)[0] and "<base" not in first.text


def test_every_answer_says_how_far_it_goes(served):
    for method, target in (*NEEDED[:5], ("GET", "/assets/no.js"), ("GET", "/nothing")):
        headers = {name.lower(): value for name, value in served.ask(method, target).headers.items()}
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers.get("cache-control") == "no-store" or target.startswith("/assets/")
        assert "content-encoding" not in headers and "server" not in headers


# What a request holds

CALL = {
    "data": [[{"role": "user", "content": "ATTAQUE"}], [], "", 0.7, 1.0, False, 0.9, 64],
    "session_hash": "abc",
}
CALL |= {"event_data": None, "fn_index": SAY, "trigger_id": 1}
FILE = {"path": ABROAD, "url": ABROAD, "meta": {"_type": "gradio.FileData"}}


def history(content):
    return {**CALL, "data": [[{"role": "user", "content": content}], *CALL["data"][1:]]}


@pytest.mark.parametrize(
    "call",
    [
        history(FILE),
        history([{"type": "file", "file": FILE}]),
        history([{"type": "file", "text": "a"}]),
        history({"component": "image", "value": ABROAD}),
        {**CALL, "data": FILE},
        {**CALL, "fn_index": ASK},  # a quick function is not queued
        {**CALL, "fn_index": 99},
        {**CALL, "fn_index": -1},
        {**CALL, "fn_index": str(SAY)},
        {**CALL, "fn_index": [SAY]},
        {**CALL, "fn_index": None},
        {**CALL, "event_data": FILE},
        {**CALL, "request": {"headers": {}}},
        {**CALL, "batched": True},
        {"data": []},
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"",
    ],
)
def test_a_call_holds_words_for_a_function_of_the_page(served, call):
    for target in ("/queue/join", "/run/predict") if call != {**CALL, "fn_index": ASK} else ("/queue/join",):
        assert served.ask("POST", API + target, call).status == 400
    assert not served.told("said") and not served.told("left")


def test_a_slow_function_is_not_called_past_the_queue(served):
    assert served.ask("POST", f"{API}/run/predict", CALL).status == 400


def test_a_call_says_that_it_is_json(served):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert served.ask("POST", f"{API}/queue/join", CALL, {"Content-Type": kind}).status == 400
    assert not served.told("said")


def test_a_body_too_long_is_refused(served):
    long = {**CALL, "data": ["a" * (1 << 20)]}
    reply = served.ask("POST", f"{API}/queue/join", long)
    assert (reply.status, reply.text) == (413, "C'est trop long.")


# The layer alone

OWN_POST = [
    (b"host", b"127.0.0.1:7860"),
    (b"origin", b"http://127.0.0.1:7860"),
    (b"content-type", b"application/json"),
]


def through(scope, receive=None, inner=None):
    """What goes out for one scope, in order."""
    sent = []

    async def send(message):
        sent.append(message)

    async def passed(scope, receive, send):
        raise AssertionError("it was let in")

    asyncio.run(Closed(inner or passed, {0: False})(scope, receive, send))
    return sent


def request(method, target, headers):
    path, _, query = target.partition("?")
    raw = {"path": path, "raw_path": path.encode(), "query_string": query.encode()}
    return {"type": "http", "method": method, "headers": headers, **raw}


def test_no_web_socket_is_opened():
    for path in ("/", f"{API}/queue/join"):
        (sent,) = through({"type": "websocket", "path": path, "headers": OWN_POST})
        assert sent["type"] == "websocket.close"


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(closed, "PATIENCE", 0.05)

    async def drop_by_drop():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    start, _ = through(request("POST", f"{API}/run/predict", OWN_POST), drop_by_drop)
    assert start["status"] == 408


def test_a_page_that_is_not_ours_never_goes_out():
    """Whatever a road that the page needs may come to answer."""

    async def hostile(scope, receive, send):
        kind = [(b"Content-Type", b"TEXT/HTML"), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": b"<script>evil()</script>"})

    start, body = through(request("GET", "/assets/a.js", OWN_POST[:1]), inner=hostile)
    assert start["status"] == 404 and b"evil" not in body["body"]
    assert b"access-control-allow-origin" not in dict(start["headers"])


def test_a_header_said_twice_is_neither():
    for twice in ((b"host", b"un-site.example"), (b"origin", b"http://un-site.example")):
        start, _ = through(request("POST", f"{API}/run/predict", [*OWN_POST, twice]))
        assert start["status"] in (403, 421)


def test_the_page_is_corrected():
    gradio = (
        '<html lang="en"><head><base href="./" /><meta property="og:url" content="x" /><script>1</script>'
    )
    page = corrected(gradio, "n1")
    assert 'lang="fr"' in page and "og:" not in page and "base" not in page
    assert page.count('<script nonce="n1">') == page.count("<script") == 2


def test_our_part_comes_before_gradios():
    page = corrected('<head></head><body style="a">\n<gradio-app></gradio-app>', "n1", "<main></main>")
    assert '<body style="a"><main></main>' in page
