"""DiscordChatExporter's HTML, of today and of before 2022."""

import shutil

import pytest
from exports_on_the_spot import read, said, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export
from sosie.sources.mixed_exports import MixedExports

PAGE = FIXTURES / "discord_html" / "export" / "Direct Messages - Private - nino [77].html"
OLD = FIXTURES / "discord_html" / "old"


def group(*messages):
    return f'<div class="chatlog__message-group">{"".join(messages)}</div>'


def message(number, content, when="27/10/2024 20:58"):
    return (
        f'<div class="chatlog__message-container" data-message-id="{number}">'
        f'<span class="chatlog__author" title="lou.b" data-user-id="4">Lou</span>'
        f'<span class="chatlog__timestamp">{when}</span>'
        f'<div class="chatlog__content"><span class="chatlog__markdown-preserve">{content}</span></div></div>'
    )


def test_a_page_gives_its_golden_lines():
    assert lines(PAGE.parent) == golden("discord_html")


def test_the_layout_of_before_2022_has_the_author_and_the_time_of_a_group():
    (thread,) = read_export(OLD)
    found = list(thread.messages)
    assert (thread.title, thread.group) == ("general", True)
    assert said(found) == [("Awa", "salut la guilde"), ("Awa", "mdr :pepe:"), ("Nino", "yo")]
    assert [f"{message.at:%Y-%m-%d %H:%M}" for message in found][1:] == [
        "2020-10-27 14:30",
        "2020-10-27 14:45",
    ]


def test_a_page_whose_attributes_lost_their_quotes_is_the_same(tmp_path):
    page = PAGE.read_text("utf-8")
    for name in ("chatlog__message-group", "chatlog__author", "chatlog__content", "preamble__entry"):
        page = page.replace(f'class="{name}"', f"class={name}")
    copy = write(tmp_path / PAGE.name, page)
    assert lines(copy, "discord")[1:3] == golden("discord_html")[1:3]


@pytest.mark.parametrize(
    "content, text",
    [
        ("un<br>deux", "un\ndeux"),
        ('mdr <img class="chatlog__emoji" alt="pepe" title="pepe">', "mdr :pepe:"),
        ('<a href="https://exemple.fr">https://exemple.fr</a> lis', "https://exemple.fr lis"),
        ('à <span class="chatlog__markdown-timestamp" title="x">21:00</span>', "à"),
        ("3 &lt; 5 &amp;&amp; 5 > 3", "3 < 5 && 5 > 3"),
        ('<div class="chatlog__markdown-quote"><div>lui</div></div>moi', "> lui\nmoi"),
    ],
)
def test_contents_are_what_people_see(content, text, tmp_path):
    (found,) = read(write(tmp_path / "page.html", group(message(1, content))))
    assert (found.author, found.text) == ("Lou", text)


def test_groups_are_found_wherever_a_block_of_the_file_ends(tmp_path):
    texts = [f"{number} {'très ' * (number % 50)}long" for number in range(3000)]
    groups = (group(message(number, text)) for number, text in enumerate(texts))
    assert said(read(write(tmp_path / "page.html", "".join(groups)))) == [("Lou", text) for text in texts]


def test_a_page_beside_its_json_is_another_form_of_it(tmp_path):
    shutil.copytree(FIXTURES / "discord" / "export", tmp_path, dirs_exist_ok=True)
    shutil.copy(PAGE, tmp_path / "ponton.html")
    exports = MixedExports(tmp_path)
    titles = [(list(thread.messages), thread.title)[1] for reading in exports for thread in reading]
    assert len(titles) == 1 and [one.file for one in exports.unread] == ["ponton.html"]
