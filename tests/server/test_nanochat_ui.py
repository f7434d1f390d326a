"""The user's own copy of nanochat's page; nothing of nanochat is in these tests."""

from dataclasses import replace
from hashlib import sha1

import pytest
from serving import Double, serving

from sosie.core.errors import BadSettings
from sosie.server import nanochat_ui
from sosie.server.nanochat_ui import read_ui

PAGE = "<!doctype html><title>é</title>".encode()


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "nanochat").mkdir()
    (tmp_path / "nanochat" / "ui.html").write_bytes(PAGE)
    (tmp_path / "nanochat" / "logo.svg").write_bytes(b"<svg/>")
    return tmp_path


def test_it_is_served_byte_for_byte_with_its_logo_and_can_reach_nothing_else(checkout):
    with serving(Double(), ui=read_ui(checkout, keyed=False)) as served:
        page, logo = served.ask("/"), served.ask("/logo.svg")
        assert page.body == PAGE and page.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "connect-src 'self'" in policy
        assert logo.body == b"<svg/>" and logo.headers["Content-Type"] == "image/svg+xml"
        assert served.chat().status == 200


def test_without_it_there_is_no_logo_and_the_page_is_ours(served):
    assert served.ask("/logo.svg").status == 404 and "sosie" in served.ask("/").body.decode()


def test_its_blob_is_told_apart(checkout, monkeypatch):
    ui = read_ui(checkout / "nanochat" / "ui.html", keyed=False)
    assert not ui.known
    monkeypatch.setattr(nanochat_ui, "BLOB", sha1(b"blob %d\0" % len(PAGE) + PAGE).hexdigest())
    assert read_ui(checkout, keyed=False) == replace(ui, known=True)


@pytest.mark.parametrize("content", [b"", b"x" * (nanochat_ui.MOST_BYTES + 1), None])
def test_what_is_no_page_is_refused_before_anything_is_loaded(tmp_path, content):
    path = tmp_path / "ui.html"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings, match="ui.html"):
        read_ui(path, keyed=False)


def test_it_cannot_give_a_key_so_it_is_not_served_with_one(checkout):
    with pytest.raises(BadSettings, match="clé"):
        read_ui(checkout, keyed=True)
