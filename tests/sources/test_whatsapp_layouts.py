"""First lines of messages as phones all over the world write them."""

import re

import pytest
from exports_on_the_spot import HARD, LRM, NARROW, said

from sosie.sources.base import read_export
from sosie.sources.files.archive import open_archive
from sosie.sources.whatsapp.line_layouts import find_layout, layout_of
from sosie.sources.whatsapp.reader import WhatsApp

AT = "2024-03-15T14:31:00"


@pytest.mark.parametrize(
    "header",
    [
        "15/03/2024, 14:31 - ",
        "15/03/2024 14:31 - ",
        "15/03/2024 à 14:31 - ",
        "15/03/24 14:31 - ",
        "15.03.2024, 14:31 - ",
        "15.03.24, 14.31 - ",
        "15. 3. 2024, 14:31 - ",
        "2024-03-15 14 h 31 - ",
        "2024-03-15, 14:31 - ",
        "2024/03/15 14:31 - ",
        "3/15/24, 2:31 PM - ",
        f"3/15/24, 2:31{NARROW}PM - ",
        f"15/3/2024, 2:31{HARD}p.{HARD}m. - ",
        "15/3/24, 2:31 pm - ",
        "15/03/2024, 14:31 – ",
        "[15/03/2024, 14:31:00] ",
        "[15/03/2024 14:31:00] ",
        f"{LRM}[15/03/2024, 14:31:00] ",
        "[15.03.24, 14:31:00] ",
        "[2024-03-15, 14 h 31 min 00 s] ",
        "[2024/3/15 下午2:31:00] ",
        f"[3/15/24, 2:31:00{NARROW}PM] ",
        "[15/03/24 14:31] ",
        "15/03/2024 14:31:00: ",
    ],
)
def test_a_header_is_recognised_and_gives_its_time(header, messages):
    (first, second) = messages(f"{header}Zoé: salut : toi\nsuite\n{header}Moi: oui\n")
    assert (first.author, first.text) == ("Zoé", "salut : toi\nsuite")
    assert first.at.isoformat() == AT == second.at.isoformat()


@pytest.mark.parametrize(
    "line",
    [
        "10:30 - ménage",
        "12/07: départ",
        "[demain, 9:00] x",
        "prix : 12,50 €",
        "1) lait 2) œufs",
        "14:30",
        "",
        "12/07/2024",
    ],
)
def test_a_sentence_is_no_header(line):
    assert layout_of(line) is None


def test_the_first_header_gives_the_layout_though_a_pasted_chat_has_more_lines():
    lines = ["[15/03/2024, 14:31:00] Zoé: lis ça"] + ["15/03/2024, 14:31 - Paul: x"] * 5
    assert find_layout(lines).bracket


def test_a_stranger_at_the_top_does_not():
    lines = ["15/03/2024, 14:31 - note en tête de fichier"] + ["[15/03/2024, 14:31:00] Paul: x"] * 50
    assert find_layout(lines).bracket


def half(form, month, year, count=5):
    """Zoé and Malo, a day each."""
    return "".join(
        form.format(day=f"{day:02}/{month:02}/{year}", who=("Zoé", "Malo")[day % 2], day_number=day)
        for day in range(1, count + 1)
    )


IPHONE = "[{day}, 20:11:05] {who}: dit {day_number}\n"
ANDROID = "{day}, 20:11 - {who}: dit {day_number}\n"
NOTICE = "Les messages sont chiffrés : lisez"
US = "{day}, 8:11 PM - {who}: dit {day_number}\n"


def american(text):
    """With days that no other order allows."""
    return re.sub(r"\b0(\d)/(\d\d)/", r"\2/1\1/", text)


def iso(text):
    return re.sub(r"(\d\d)/(\d\d)/(\d{4})", r"\3-\2-\1", text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (half(IPHONE, 11, 2023), half(ANDROID, 2, 2024)),
        (half(ANDROID, 11, 2023), half(IPHONE, 2, 2024)),
        (half(ANDROID, 11, 23), half(ANDROID, 2, 2024)),
        (half(ANDROID, 11, 2023), half(US, 2, 2024)),
        (half(IPHONE, 11, 2023).replace("\n", "\r\n"), half(ANDROID, 2, 2024)),
        (half(ANDROID, 11, 2023), half(IPHONE, 2, 2024).replace("\n", "\r\n")),
        (
            half(IPHONE, 11, 2023),
            "01/02/2024, 20:11 - Les messages sont chiffrés : lisez\n" + half(ANDROID, 2, 2024),
        ),
        (half(IPHONE, 11, 2023), half(ANDROID, 2, 2024, count=2)),
        (half(ANDROID, 11, 2023), american(half(US, 2, 24))),
        (american(half(US, 11, 23)), half(ANDROID, 2, 2024)),
        (half(ANDROID, 11, 2023), iso(half(ANDROID, 2, 2024))),
        (iso(half(IPHONE, 11, 2023)), half(IPHONE, 2, 2024)),
    ],
)
def test_a_file_that_joins_two_layouts_is_read_to_its_end(first, second, messages):
    found = [message for message in messages(first + second) if message.kind != "notice"]
    days = first.count("dit") + second.count("dit")
    assert len(found) == days and {message.author for message in found} == {"Zoé", "Malo"}
    assert all(message.text.startswith("dit") and "\n" not in message.text for message in found)
    assert found[0].at.year == 2023 and found[-1].at.year == 2024


def test_three_phones_one_after_the_other(messages):
    found = messages(half(IPHONE, 1, 2023) + half(ANDROID, 2, 2024) + half(IPHONE, 3, 2025))
    assert len(found) == 15 and found[-1].at.isoformat() == "2025-03-05T20:11:05"


@pytest.mark.parametrize(
    "pasted",
    [half(IPHONE, 1, 2023), half(IPHONE, 4, 2024).replace("Malo", "Paul").replace("Zoé", "Ana")],
    ids=["said before", "strangers"],
)
def test_pasted_headers_stay_in_their_message_and_are_counted(pasted, export):
    reading = read_export(export(half(ANDROID, 2, 2024) + pasted + half(ANDROID, 3, 2024)))
    found = [message for conversation in reading for message in conversation.messages]
    assert len(found) == 10 and pasted.strip() in found[4].text
    assert sum(count for reason, count in reading.log.skipped.items() if "en-têtes" in reason) == 5
    assert reading.log.entries == 15


def test_a_list_of_dates_to_come_is_no_second_export(messages):
    found = messages(half(ANDROID, 2, 2024) + half(IPHONE, 12, 2024) + half(ANDROID, 3, 2024))
    assert len(found) == 10


def test_entries_ended_by_crlf_are_whole_wherever_a_block_of_the_file_ends(messages):
    texts = [f"{number}\n{'très ' * (number % 7)}long" if number % 5 else "mdr" for number in range(9000)]
    lines = [f"[{1 + n // 400:02}/03/2024, 10:00:00] Zoé: {text}" for n, text in enumerate(texts)]
    found = messages("\r\n".join(lines))
    assert said(found) == [("Zoé", text) for text in texts]
    assert int(found[-1].origin.rpartition(":")[2]) == "\n".join(lines[:-1]).count("\n") + 2
    assert said(messages("\r\n".join(line.replace("\n", "\r\n") for line in lines))) == said(found)


def test_where_crlf_ends_entries_a_pasted_header_behind_a_bare_line_break_invents_nobody(messages):
    pasted = "[11/03/2024, 22:10:05] Lou: t'es où ?\n[11/03/2024, 22:11:00] Zoé: ici"
    found = messages(
        f"[12/03/2024, 10:00:00] Zoé: lis :\n{pasted}\r\n[12/03/2024, 10:01:00] Max: oh\r\n"
        "[12/03/2024, 10:02:00] Zoé: voilà\r\n"
    )
    assert said(found) == [("Zoé", f"lis :\n{pasted}"), ("Max", "oh"), ("Zoé", "voilà")]
    assert [message.origin.rpartition(":")[2] for message in found] == ["1", "4", "5"]


@pytest.mark.parametrize("header", ["[14:31, 15/03/2024] ", "[2:31 PM, 3/15/2024] ", "[14.31, 15.03.2024] "])
def test_lines_copied_from_whatsapp_web_have_the_time_first(header, messages):
    (first, second) = messages(f"{header}Zoé: salut : toi\nsuite\n{header}Moi: oui\n")
    assert (first.author, first.text, first.at.isoformat()) == ("Zoé", "salut : toi\nsuite", AT)


@pytest.mark.parametrize(
    "header",
    [
        "[15/03, 14:31] ",
        "[15/03 14:31] ",
        "[15/03 à 14:31] ",
        "[3/15, 2:31 PM] ",
        "[15.03., 14:31] ",
        "[03-15, 14:31] ",
        "[15/03, 14 h 31] ",
        f"{LRM}[15/03, 14:31] ",
    ],
)
def test_lines_copied_on_a_phone_have_no_year_and_so_no_time(header, messages):
    found = messages(f"{header}Zoé: salut : toi\nsuite\n{header}Moi: oui\n{header}Moi: oui\n")
    assert said(found) == [("Zoé", "salut : toi\nsuite"), ("Moi", "oui"), ("Moi", "oui")]
    assert all(message.at is None for message in found) and len({message.id for message in found}) == 3


def test_copied_lines_pasted_in_a_chat_stay_where_they_are(export):
    reading = read_export(
        export(half(ANDROID, 2, 2024) + "[03/02, 10:00] Paul: yo\n[03/02, 10:01] Ana: yo\n")
    )
    found = [message for conversation in reading for message in conversation.messages]
    assert len(found) == 5 and "Paul: yo" in found[4].text and reading.log.entries == 7


@pytest.mark.parametrize(
    "text",
    [
        "[15/03, 9:00] dentiste\n[16/03, 10:00] banque\n",
        "[27/10/2024 02:30] lena\nmoi : oui\n\n[27/10/2024 02:31] tom\nok\n",
        "[2024-03-15, 14:30:00] server started\n[2024-03-15, 14:31:00] stopped\n",
    ],
)
def test_lines_with_a_time_where_nobody_speaks_are_no_chat(text, export):
    assert WhatsApp().sniff(open_archive(export(text, name="notes.txt"))) == 0


def test_a_chat_that_whatsapp_named_may_hold_notices_only(export):
    (thread,) = read_export(export("15/03/2024, 14:30 - Les messages sont chiffrés de bout en bout\n"))
    assert [message.kind for message in thread.messages] == ["notice"]


@pytest.mark.parametrize(
    "words",
    ["Appel vocal, 12 min", "Appel vidéo. 1 h 02 min", "Appel vocal, Pas de réponse"]
    + [f"Appel vocal manqué, {LRM}Touchez pour rappeler", "Appel vidéo de groupe, sans réponse"],
)
def test_a_call_is_nobody_s_words_even_where_somebody_called(words, messages):
    found = messages(f"15/03/2024, 14:30 - Zoé: {words}\n15/03/2024, 14:31 - Zoé: {words} et puis rien\n")
    assert [message.kind for message in found] == ["notice", "text"]


def test_a_mark_before_the_bracket_and_the_name_makes_no_notice(messages):
    said_by_alice = f"{LRM}[15/03/2024, 14:30:00] {LRM}Alice: {LRM}on se voit ?\n"
    alice, bob = messages(f"{said_by_alice}[15/03/2024, 14:31:00] Bob: {LRM}image absente\n")
    assert (alice.kind, alice.author, alice.text) == ("text", "Alice", "on se voit ?")
    assert (bob.kind, bob.author) == ("image", "Bob")


def test_a_contact_s_name_may_hold_a_colon(messages):
    lines = ["Sport: Inès: on court ?", "Malo: oui : demain", "Sport: Inès: top", "Sport: Inès: 9h : ok ?"]
    found = messages("".join(f"12/03/2025, 10:0{n} - {line}\n" for n, line in enumerate(lines)))
    assert said(found) == [
        ("Sport: Inès", "on court ?"),
        ("Malo", "oui : demain"),
        ("Sport: Inès", "top"),
        ("Sport: Inès", "9h : ok ?"),
    ]
