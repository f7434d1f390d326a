"""signal-export: the data, the Markdown, and both."""

import json

import pytest
from exports_on_the_spot import read, said, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export
from sosie.sources.summary import summarise_reading

FOLDER = FIXTURES / "signal_export"
MARKDOWN = FOLDER / "markdown" / "Enora.md"


def test_the_fixture_gives_its_golden_lines():
    assert lines(FOLDER / "export") == golden("signal_export")


def test_24_the_data_and_the_markdown_of_a_chat_are_one_chat():
    (one,) = read_export(FOLDER / "export")
    assert (one.title, one.owner, one.group) == ("Enora", "Me", False)


def test_24_the_markdown_alone_gives_the_same_messages():
    both = zip(read(FOLDER / "export"), read(MARKDOWN), strict=True)
    assert all(
        (a.id, a.at, a.author, a.kind, a.text) == (b.id, b.at, b.author, b.kind, b.text) for a, b in both
    )


def test_24_quotes_reactions_stickers_and_files_are_out(tmp_path):
    text = (
        "[2024-01-01 10:00:00] Me: \n\n> une ligne\n> une autre\n\nma réponse\n> et une citation à moi  \n\n"
        "[2024-01-01 10:01:00] Léa: regarde [ça] (oui) ![a.jpg](./media/a.jpg)  [c.pdf](./media/c.pdf)  \n\n"
        "[2024-01-01 10:02:00] Léa: ok  \n(- Me: 👍, Lou: ❤️ -)\n\n"
        "[2024-01-01 10:03:00] Léa:   \n(( 🏄 ))\n\n"
    )
    found = read(write(tmp_path / "chat.md", text))
    assert [(m.kind, m.text) for m in found] == [
        ("text", "ma réponse\n> et une citation à moi"),
        ("image", "regarde [ça] (oui)"),
        ("text", "ok"),
        ("image", ""),
    ]


@pytest.mark.parametrize(
    "text, source",
    [
        ("[2019-12-24, 12:23] Léa: salut\n[2020-01-17, 21:49] Léo: oui\n", "signal_export"),
        ("[2024-01-01 10:00:00] Léa: salut  \n\n[2024-01-01 10:00:09] Léo: oui  \n\n", "signal_export"),
        ("[2024-01-01 10:00:00] Me: salut\n", "signal_export"),
        ("[2024-01-01 10:00:00] Léa: salut\n[2024-01-01 10:00:09] Léo: oui\n", "whatsapp"),
        ("\u200e[2024-01-01, 10:00:00] Léa: \u200eimage absente\n", "whatsapp"),
    ],
)
def test_28_it_is_not_taken_for_a_swedish_whatsapp_nor_the_other_way(text, source, tmp_path):
    assert read_export(write(tmp_path / "conversation.txt", text)).source == source


def test_a_group_has_three_people(tmp_path):
    rows = [{"date": "2024-01-01T10:00:00", "sender": name, "body": "oui"} for name in ("Me", "Léa", "Léo")]
    write(tmp_path / "e" / "Nous" / "data.json", "\n".join(map(json.dumps, rows)))
    assert [(one.title, one.group) for one in read_export(tmp_path / "e")] == [("Nous", True)]


def test_30_lines_that_are_no_entry_are_counted(tmp_path):
    row = json.dumps({"date": "2024-01-01T10:00:00", "sender": "Me", "body": "oui"})
    found = summarise_reading(
        read_export(write(tmp_path / "data.json", f'{row}\n{{"date"\n[]\n{{}}\n\n{row}\n'))
    )
    assert (found.messages, found.entries) == (2, 5 - 1)
    lost = write(tmp_path / "chat.md", "[2024-01-01, 10:00] Me: oui\n")
    assert said(read(lost)) == [("Me", "oui")]
