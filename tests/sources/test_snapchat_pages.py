"""Snapchat's pages, for those who did not ask for JSON."""

import shutil

from exports_on_the_spot import said, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export

PAGES = FIXTURES / "snapchat_html" / "export"
OLD = FIXTURES / "snapchat_html" / "old"


def read(path):
    return [(thread, list(thread.messages)) for thread in read_export(path)]


def test_a_page_for_each_thread_gives_its_golden_lines():
    assert lines(PAGES) == golden("snapchat_html")


def test_the_one_page_of_older_exports_has_what_was_received_and_what_was_sent():
    ((thread, found),) = read(OLD)
    assert (thread.title, thread.owner) == ("nino.k", "me")
    assert said(found) == [("nino.k", ""), ("nino.k", "t'es ou"), ("me", "devant\nla mairie")]
    assert [message.kind for message in found] == ["image", "text", "text"]


def test_pages_are_not_read_beside_the_json(tmp_path):
    shutil.copytree(PAGES, tmp_path, dirs_exist_ok=True)
    shutil.copytree(FIXTURES / "snapchat" / "export", tmp_path, dirs_exist_ok=True)
    assert lines(tmp_path, "snapchat") == golden("snapchat")


def test_a_page_by_itself_may_have_any_name(tmp_path):
    page = "<h1>lou.b</h1><h4>lou.b</h4><p>yo</p><h6>2025-04-07 07:02:00 UTC</h6>"
    ((thread, found),) = read(write(tmp_path / "page.htm", page))
    assert thread.title == "lou.b" and said(found) == [("lou.b", "yo")]


def test_what_begins_in_no_card_is_nobody_s(tmp_path):
    page = "<p>menu</p><h4>lou.b</h4><p>un</p><p>deux</p><h6>2025-04-07 07:02:00 UTC</h6><p>"
    ((_, found),) = read(write(tmp_path / "subpage_lou.b.html", page))
    assert said(found) == [("lou.b", "un\ndeux")]
