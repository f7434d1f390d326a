"""WhatsApp, trap by trap (the numbers are those of the list of traps the readers are held to)."""

import json
import subprocess
import sys
import time
import zipfile

import pytest
from exports_on_the_spot import HARD, LRM, NARROW, read, said, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whatsapp_golden import FIXTURES, lines

from sosie.sources.base import read_export
from sosie.sources.summary import summarise_reading

STYLES = ["android-fr", "android-fr-a", "ios-fr", "ios-fr-nc", "android-us", "ios-us"]


@pytest.mark.parametrize("fixture", sorted(FIXTURES.glob("*.txt")), ids=lambda path: path.stem)
def test_each_fixture_gives_its_golden_lines(fixture):
    assert lines(fixture) == fixture.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("zipped", [False, True], ids=["txt", "zip"])
@pytest.mark.parametrize("style", STYLES)
def test_1_all_six_layouts_are_counted_as_the_generator_counted(style, zipped, shared, tmp_path):
    out, truth = tmp_path / "chat.txt", tmp_path / "truth.json"
    maker = shared / "bench" / "make_whatsapp.py"
    command = [
        sys.executable,
        str(maker),
        str(out),
        "-n",
        "3000",
        "--style",
        style,
        "--truth",
        str(truth),
        "--zip",
    ]
    subprocess.run(command, check=True)
    expected = json.loads(truth.read_text(encoding="utf-8"))
    found = summarise_reading(read_export(out.with_name("chat.txt.zip") if zipped else out))
    assert found.messages == expected["messages"]
    assert found.system == expected["system_lines"]
    assert (found.media, found.deleted, found.edited) == tuple(
        expected[key] for key in ("media_placeholders", "deleted", "edited")
    )
    assert found.senders == {name.replace(NARROW, " "): n for name, n in expected["per_sender"].items()}
    assert (found.first, found.last) == (expected["first"], expected["last"])
    assert (found.date_order.order == "mois/jour/année") is expected["month_first"]


def test_1_a_zip_with_media_and_shared_documents_gives_its_own_chat_alone(tmp_path):
    path = tmp_path / "Discussion WhatsApp avec Zoé.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("IMG-20240101-WA0001.jpg", b"\xff\xd8\xff")
        archive.writestr(
            "Discussion WhatsApp avec Paul.txt", "01/01/2024, 10:00 - Paul: un document envoyé\n"
        )
        archive.writestr("Discussion WhatsApp avec Zoé.txt", "01/01/2024, 10:00 - Zoé: le vrai\n")
    assert said(read(path)) == [("Zoé", "le vrai")]


def test_2_invisible_marks_and_odd_spaces_are_no_obstacle(messages):
    found = messages(
        f"\ufeff[1/2/24, 7:02:07{NARROW}PM] {LRM}Zoé: {LRM}\r\n"
        f"\u200f[1/13/24, 7:03:07{HARD}PM] \u202aZoé\u202c: bonsoir\r\n"
        f"{LRM}[1/13/24, 7:04:07\u2009PM] +33{HARD}6{HARD}39{HARD}98{HARD}01{HARD}02: @\u2068Zoé\u2069 ça va"
    )
    assert said(messages=found) == [("Zoé", ""), ("Zoé", "bonsoir"), ("+33 6 39 98 01 02", "@Zoé ça va")]
    assert [message.at.hour for message in found] == [19, 19, 19]


def test_2_crlf_blank_lines_and_no_final_line_break(messages):
    found = messages("01/02/2024, 10:00 - Zoé: un\r\n\r\ndeux\r\n\r\n01/02/2024, 10:01 - Moi: fin")
    assert said(found) == [("Zoé", "un\n\ndeux"), ("Moi", "fin")]


@pytest.mark.parametrize(
    "dates, order, month",
    [
        (["05/03/24", "13/03/24"], "jour/mois/année", 3),
        (["3/5/24", "3/13/24"], "mois/jour/année", 3),
        (["2024-03-05", "2024-03-06"], "année/mois/jour", 3),
        (["1/3/24", "2/3/24", "3/3/24", "1/4/24"], "jour/mois/année", 3),
        (["3/1/24", "3/2/24", "3/3/24", "4/1/24"], "mois/jour/année", 3),
    ],
)
def test_3_the_order_of_dates_is_decided_once_a_file_by_its_values(dates, order, month, export):
    path = export("".join(f"{date}, 10:00 - Zoé: oui\n" for date in dates))
    reading = read_export(path)
    found = [message for conversation in reading for message in conversation.messages]
    assert found[0].at.month == month
    assert reading.log.date_order.order == order
    assert reading.log.date_order.reason


def test_3_where_values_say_nothing_french_notices_put_the_day_first(export):
    reading = read_export(export("05/03/24, 8:05 PM - Zoé: <Médias omis>\n"))
    assert [m.at.month for c in reading for m in c.messages] == [3]
    assert "français" in reading.log.date_order.reason


def test_3_then_am_and_pm_put_the_month_first(export):
    reading = read_export(export("05/03/24, 8:05 PM - Zoé: hello\n"))
    assert [m.at.month for c in reading for m in c.messages] == [5]
    assert "AM/PM" in reading.log.date_order.reason


def test_4_noon_and_midnight(messages):
    stamps = ["12:10 AM", "12:05 PM", "1:00 a. m.", "11:59 p. m."]
    found = messages("".join(f"1/13/24, {stamp} - Zoé: oui\n" for stamp in stamps))
    assert [f"{message.at:%H:%M}" for message in found] == ["00:10", "12:05", "01:00", "23:59"]


@pytest.mark.parametrize(
    "line",
    [
        "10:30 - ménage",
        "[demain, 9:00] on se lève",
        "12/07: départ ?",
        "12/03/2024 à 18:00 - Mairie: apporter le livret",
        "[12/03/2024, 18:00:00] Mairie: apporter le livret",
        "12/03/24, 18:00 - Mairie: apporter le livret",
        "12/03/2024, 6:00 PM - Mairie: apporter le livret",
        "2024-03-12, 18:00 - Mairie: apporter le livret",
    ],
)
def test_5_a_line_that_looks_like_a_header_stays_in_its_message(line, messages):
    found = messages(f"01/02/2024, 10:00 - Zoé: voilà\n{line}\nfin\n01/02/2024, 10:01 - Moi: ok\n")
    assert said(found) == [("Zoé", f"voilà\n{line}\nfin"), ("Moi", "ok")]


@pytest.mark.parametrize(
    "notice",
    [
        "Zoé a modifié l’objet du groupe de « Vacances : été » en « Jura : juillet »",
        "Zoé a modifié l'objet du groupe de “Vacances: été” en “Jura: juillet”",
        'Zoé a changé le nom du groupe de "Vacances: été" à "Jura: juillet"',
        "Zoé a créé le groupe « Vacances : été »",
        "Vous avez créé le groupe Vacances : été",
        'Zoé changed the group name from "Vacances: été" to "Jura: juillet"',
        "Ce groupe a été ajouté à la communauté : Les voisins",
        "Votre code de sécurité avec Zoé : boulot a changé.",
    ],
)
def test_6_a_colon_in_a_notice_makes_no_sender(notice, messages):
    found = messages(f"01/02/2024, 10:00 - {notice}\n01/02/2024, 10:01 - Zoé: coucou : toi\n")
    assert [message.kind for message in found] == ["notice", "text"]
    assert found[0].author == "" and found[0].text == notice
    assert said(found) == [("Zoé", "coucou : toi")]


@pytest.mark.parametrize(
    "name",
    [
        "Éloïse d'Arc",
        "M. Lefèvre (voisin)",
        "Maman ❤️",
        "+33 6 39 98 01 02",
        "~ Nico",
        "Jean «Jojo» B",
        "🤓",
        "A.",
        "李雷",
    ],
)
def test_6_odd_names_are_names(name, messages):
    found = messages(f"01/02/2024, 10:00 - {name}: note : à lire\n01/02/2024, 10:01 - Moi: ok\n")
    assert said(found)[0] == (name, "note : à lire")


def test_7_the_group_itself_is_nobody_on_ios_even_with_a_colon_in_its_name(messages):
    found = messages(
        f"[01/02/2024, 10:00:00] Jura : ski: {LRM}Les messages et les appels sont chiffrés de bout en bout.\n"
        f"{LRM}[01/02/2024, 10:00:01] Jura : ski: {LRM}Zoé a créé ce groupe\n"
        f"[01/02/2024, 10:00:02] Zoé: Jura : ski ou pas ski ?\n"
        f"{LRM}[01/02/2024, 10:00:03] Zoé: regarde : ça: {LRM}<pièce jointe : 00001-PHOTO.jpg>\n"
    )
    assert said(found) == [("Zoé", "Jura : ski ou pas ski ?"), ("Zoé", "regarde : ça:")]
    assert found[1].text == "Zoé a créé ce groupe"


@pytest.mark.parametrize(
    "sentence",
    [
        "audio omis, c'est pas un film ?",
        "audio omis",
        "Elle a ajouté du sucre dans le café",
        "« Il a quitté le groupe » mdr la phrase",
        "il dit « Ce message a été supprimé » mais non",
        "<3 <3",
        "le <Médias omis> de hier",
        "SONDAGE : qui vient ?",
        "localisation : chez moi",
        "A réagi trop vite à mon goût",
        "Vous avez supprimé ce message ou c'est moi ?",
        "la pièce jointe : introuvable",
        "photo.jpg (fichier joint), tu l'as ?",
    ],
)
@pytest.mark.parametrize(
    "header", ["01/02/2024, 10:00 - Zoé: ", "[01/02/2024, 10:00:00] Zoé: "], ids=["android", "ios"]
)
def test_8_human_sentences_that_hold_placeholders_are_kept(header, sentence, messages):
    mark = f"{header}{LRM}Appel vocal manqué\n" if header.startswith("[") else ""
    assert said(messages(f"{mark}{header}{sentence}\n")) == [("Zoé", sentence)]


@pytest.mark.parametrize(
    "words, kind",
    [
        ("image absente", "image"),
        ("vidéo absente", "video"),
        ("audio omis", "voice"),
        ("message vocal omis", "voice"),
        ("sticker omis", "image"),
        ("document omis", "file"),
        ("document manquant", "file"),
        ("GIF retiré", "video"),
        ("Fiche contact manquante", "file"),
        ("<pièce jointe : 00001-PHOTO-2024-02-01-10-00-00.jpg>", "image"),
        (f"<{HARD}pièce jointe : -0000186-Ahmadou.vcf{HARD}>", "file"),
        ("image omitted", "image"),
        ("Bild weggelassen", "image"),
        ("imagen omitida", "image"),
    ],
)
def test_8_ios_placeholders_announced_by_the_mark_leave_no_text(words, kind, messages):
    (found,) = messages(f"{LRM}[01/02/2024, 10:00:00] Zoé: {LRM}{words}\n")
    assert (found.kind, found.text, found.author) == (kind, "", "Zoé")


@pytest.mark.parametrize(
    "words, kind",
    [
        ("<Médias omis>", "file"),
        ("<Fichier omis>", "file"),
        ("<Media omitted>", "file"),
        ("<Message vocal à vue unique omis>", "voice"),
        (f"{LRM}IMG-20240201-WA0001.jpg (fichier joint)", "image"),
        ("Facture EDF mars.pdf (fichier joint)", "file"),
        ("VID-20240201-WA0001.mp4 (file attached)", "video"),
        ("null", "image"),
        ("localisation : https://maps.google.com/?q=47.2,5.9", "location"),
        ("localisation en direct partagée", "location"),
        ("Ce message a été supprimé", "deleted"),
        ("Vous avez supprimé ce message", "deleted"),
        ("Ce message a été supprimé par l’admin Paul", "deleted"),
        ("En attente de ce message…", "text"),
        ("En attente de ce message. Cela peut prendre un moment.", "text"),
    ],
)
def test_9_android_placeholders_leave_no_text(words, kind, messages):
    (found,) = messages(f"01/02/2024, 10:00 - Zoé: {words}\n")
    assert (found.kind, found.text, found.author) == (kind, "", "Zoé")


@pytest.mark.parametrize(
    "text, caption",
    [
        (
            "01/02/2024, 10:00 - Zoé: IMG-20240201-WA0001.jpg (fichier joint)\nle gîte : pas mal\nnon ?",
            "le gîte : pas mal\nnon ?",
        ),
        ("01/02/2024, 10:00 - Zoé: <Médias omis>\nle gîte", "le gîte"),
        (f"[01/02/2024, 10:00:00] Zoé: le gîte {LRM}<pièce jointe : 00001-PHOTO.jpg>", "le gîte"),
        (f"[01/02/2024, 10:00:00] Zoé: le gîte {LRM}image absente", "le gîte"),
        (f"[01/02/2024, 10:00:00] Zoé: plan.pdf • {LRM}2 pages {LRM}<pièce jointe : 00001-plan.pdf>", ""),
        (f"[01/02/2024, 10:00:00] Zoé: plan.pdf • {LRM}2 pages {LRM}document omis", ""),
        ("[01/02/2024, 10:00:00] Zoé: plan.xlsx < pièce jointe : 00000187-plan.xlsx >", ""),
    ],
)
def test_9_captions_are_kept_and_file_names_are_not(text, caption, messages):
    (found,) = messages(text)
    assert found.text == caption
    assert found.kind in ("image", "file")


def test_10_the_mark_of_an_edit_is_cut_and_the_message_kept(messages):
    found = messages(
        "01/02/2024, 10:00 - Zoé: je viens\ndemain <Ce message a été modifié>\n"
        "01/02/2024, 10:01 - Zoé: il y a écrit <Ce message a été modifié> en bas\n"
        "01/02/2024, 10:02 - Zoé: ok <This message was edited>\n"
    )
    assert [(m.text, m.edited) for m in found] == [
        ("je viens\ndemain", True),
        ("il y a écrit <Ce message a été modifié> en bas", False),
        ("ok", True),
    ]


def test_11_the_order_of_the_file_is_kept_even_where_the_clock_goes_back(messages):
    hours = ["02:30", "02:59", "02:10", "02:59", "03:00"]
    found = messages("".join(f"27/10/2024, {hour} - Zoé: {n}\n" for n, hour in enumerate(hours)))
    assert [message.text for message in found] == ["0", "1", "2", "3", "4"]
    assert [f"{message.at:%H:%M}" for message in found] == hours


def test_12_two_equal_messages_of_a_minute_have_two_ids_even_an_hour_set_back_later(messages):
    text = "27/10/2024, 02:30 - Zoé: ok\n27/10/2024, 02:30 - Zoé: ok\n27/10/2024, 02:59 - Moi: tu dors ?\n"
    assert len({message.id for message in messages(text + text)}) == 6


def test_12_ids_do_not_depend_on_the_file_name_media_or_what_comes_before(messages):
    first, last = "01/02/2024, 09:00 - Moi: avant\n", "01/02/2024, 10:01 - Zoé: ok\n"
    medium = "01/02/2024, 10:00 - Zoé: "
    whole = messages(f"{first}{medium}<Médias omis>\n{last}")
    later = messages(f"{medium}IMG-20240201-WA0001.jpg (fichier joint)\n{last}", name="a.txt")
    assert [message.id for message in whole[1:]] == [message.id for message in later]


def test_the_owner_is_known_where_the_file_tells_it(export):
    pair = "01/02/2024, 10:00 - Zoé: ça va ?\n01/02/2024, 10:01 - Léa: oui\n"
    deleted = "01/02/2024, 10:02 - Zoé: Vous avez supprimé ce message\n"
    assert [c.owner for c in read_export(export(pair))] == ["Léa"]
    assert [c.owner for c in read_export(export(pair, name="chat.txt"))] == [None]
    assert [c.owner for c in read_export(export(pair + deleted, name="chat.txt"))] == ["Zoé"]


@pytest.mark.parametrize(
    "extra, group",
    [
        ("", False),
        ("01/02/2024, 10:02 - Paul: salut\n", True),
        ("01/02/2024, 09:00 - Léa a créé le groupe « Nous »\n", True),
        (
            "01/02/2024, 09:00 - Votre code de sécurité avec Zoé a changé. Appuyez pour en savoir plus.\n",
            False,
        ),
        ("01/02/2024, 09:00 - Léa vous a ajouté\n", True),
    ],
)
def test_a_group_has_three_authors_or_the_notices_of_one(extra, group, export):
    path = export(f"01/02/2024, 10:00 - Zoé: ça va ?\n01/02/2024, 10:01 - Léa: oui\n{extra}")
    assert [conversation.group for conversation in read_export(path)] == [group]


def test_names_of_a_late_third_author_make_a_group_too(export):
    chat = "".join(f"01/02/2024, 10:{n % 60:02} - {'Zoé' if n % 2 else 'Léa'}: {n}\n" for n in range(7000))
    assert [c.group for c in read_export(export(chat + "01/02/2024, 11:00 - Paul: enfin\n"))] == [True]


def test_28_detection_is_by_content_whatever_the_name(export):
    assert read_export(export("01/02/2024, 10:00 - Zoé: oui\n", name="photo.jpg")).source == "whatsapp"


def test_30_the_counts_add_up_and_say_what_was_left_out(export):
    path = export(
        "une ligne perdue\nune autre\n"
        "01/02/2024, 10:00 - Zoé a rejoint le groupe via le lien\n"
        "31/02/2024, 10:00 - Zoé: un jour qui n'existe pas\nsuite\n"
        "01/02/2024, 25:61 - Zoé: une heure non plus\n"
        "01/02/2024, 10:01 - Zoé: oui\n" + "01/02/2024, 10:02 - Zoé: " + "blabla\n" * 60_000
    )
    found = summarise_reading(read_export(path))
    assert found.entries == found.messages + found.system + sum(found.skipped.values()) == 7
    assert (found.messages, found.system) == (1, 1)
    assert sorted(found.skipped.values()) == [1, 2, 2]


def test_31_spaces_and_brackets_without_end_do_not_make_it_slow(messages):
    start = time.process_time()
    spaces = " " * 60_000
    for odd in ("<pièce jointe : ", "<", "SONDAGE :\n", "", "Vous avez supprimé ce message", "a.pdf"):
        text = f"01/02/2024, 10:00 - Zoé: {odd}{spaces}{'<' * 500}{spaces}OPTION : ({spaces}>\n"
        assert len(messages(text)) == 1
        assert len(messages(text.replace("01/02/2024, 10:00 -", "[01/02/2024, 10:00:00]"))) == 1
    assert time.process_time() - start < 20  # minutes, where a pattern runs wild


@pytest.mark.parametrize("text", ["👩🏽‍🚀 🏳️‍🌈 🇫🇷 ❤️", "e\u0301te\u0301", "\u00e9t\u00e9", "\ufb01n ½ ™"])
def test_32_emoji_sequences_and_letters_are_left_as_they_are(text, messages):
    assert said(messages(f"01/02/2024, 10:00 - Zoé: {text}\n")) == [("Zoé", text)]


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1).filter(
    str.strip
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["Zoé", "Moi"]), words), min_size=1, max_size=8))
def test_whatever_people_write_the_counts_add_up(tmp_path, talk):
    text = "".join(f"01/02/2024, 10:{n:02} - {who}: {what}\n" for n, (who, what) in enumerate(talk))
    found = summarise_reading(read_export(write(tmp_path / "chat.txt", text), "whatsapp"))
    assert found.entries == len(talk) == found.messages + found.system
