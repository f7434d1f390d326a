"""E-mail: mailboxes, threads, owners, machines."""

from datetime import UTC

import pytest
from exports_on_the_spot import read, said, write

from sosie.sources.base import read_export
from sosie.sources.files.archive import open_archive
from sosie.sources.mail.mbox import mail_format, mails

LABELS = "=?UTF-8?Q?Messages_envoy=C3=A9s?="


def letter(who="zoe@exemple.fr", to="moi@exemple.fr", text="coucou", number=1, **headers):
    told = {
        "From": who,
        "To": to,
        "Subject": "Samedi",
        "Date": f"Mon, {number} Jan 2024 10:00:00 +0100",
        "Message-ID": f"<{number}@exemple.fr>",
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        "\n".join(f"{name}: {value}" for name, value in told.items() if value is not None) + f"\n\n{text}\n"
    )


def box(*letters, separator="From x@y Mon Jan 01 10:00:00 2024"):
    return "".join(f"{separator}\n{one}\n" for one in letters)


@pytest.fixture
def mailbox(tmp_path):
    return lambda *letters, name="boite.mbox", **given: write(tmp_path / name, box(*letters, **given))


def test_one_letter_is_one_conversation(tmp_path):
    path = write(tmp_path / "mot.eml", letter(text="à demain"))
    (thread,) = read_export(path)
    assert (thread.title, thread.group, thread.owner) == ("Samedi", False, None)
    assert said(list(thread.messages)) == [("zoe@exemple.fr", "à demain")]


def test_apple_mails_own_files_are_read(tmp_path):
    text = letter(text="à demain")
    path = write(
        tmp_path / "12.emlx", f"{len(text.encode())}\n{text}<?xml version='1.0'?><plist>flags</plist>"
    )
    assert said(read(path)) == [("zoe@exemple.fr", "à demain")]


def test_a_folder_of_letters_is_read_with_what_lies_beside_them(tmp_path):
    for number in range(1, 4):
        write(tmp_path / "cur" / f"{number}.eml", letter(number=number, text=f"mot {number}"))
    write(tmp_path / "photo.jpg", "rien")
    assert [text for _, text in said(read(tmp_path))] == ["mot 1", "mot 2", "mot 3"]


def test_thunderbirds_bare_separators_and_those_in_a_text(mailbox):
    path = mailbox(
        letter(text="un\n\nFrom now on, it is: easy\nNote: rien"),
        letter(number=2, text="deux"),
        separator="From ",
    )
    assert [text for _, text in said(read(path))] == ["un\n\nFrom now on, it is: easy\nNote: rien", "deux"]


def test_the_mboxes_escape_is_undone_once(mailbox):
    path = mailbox(letter(text=">From ici\n>>From là"))
    assert [text for _, text in said(read(path))] == ["From ici"]  # the second is a quote in the mail itself


def test_crlf_bom_and_no_final_newline(tmp_path):
    text = (
        box(letter(text="ligne 1\nligne 2"), letter(number=2, text="fin")).rstrip("\n").replace("\n", "\r\n")
    )
    path = write(tmp_path / "b.mbox", "\ufeff" + text)
    assert [text for _, text in said(read(path))] == ["ligne 1\nligne 2", "fin"]


def test_separators_are_found_wherever_the_pieces_are_cut(tmp_path, monkeypatch):
    path = write(tmp_path / "b.mbox", box(*(letter(number=n, text="x" * n) for n in range(1, 29))))
    whole = list(mails(open_archive(path), "b.mbox"))
    for size in (2100, 2101, 2300, 2777):
        monkeypatch.setattr("sosie.sources.mail.mbox.PIECE", size)
        assert list(mails(open_archive(path), "b.mbox")) == whole


def test_a_huge_attachment_does_not_stay_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("sosie.sources.mail.mbox.MOST_OF_A_MAIL", 5000)
    path = write(
        tmp_path / "b.mbox", box(letter(text="court\n" + "A" * 100_000), letter(number=2, text="suite"))
    )
    assert [len(mail) for mail in mails(open_archive(path), "b.mbox")][0] == 5000
    assert [text for _, text in said(read(path))][1] == "suite"


@pytest.mark.parametrize(
    "text", ["From: x\nTo: y\nbonjour", "Nom : texte\nAutre : texte", "", "From Paris with love\n"]
)
def test_what_is_no_mail_is_not_taken_for_one(text):
    assert mail_format(text.encode()) == ""


def test_threads_follow_references_then_subjects_of_answers(mailbox):
    path = mailbox(
        letter(number=1),
        letter(
            "moi@exemple.fr",
            "zoe@exemple.fr",
            number=3,
            Subject="Re: Samedi",
            References="<1@exemple.fr> <2@exemple.fr>",
        ),
        letter(number=2, Subject="Re: Samedi", In_Reply_To="<1@exemple.fr>"),
        letter("moi@exemple.fr", "zoe@exemple.fr", number=4, Subject="RE : Samedi"),
        letter(number=5),  # a new letter of the same subject answers nothing
    )
    threads = [[m.at.day for m in c.messages] for c in read_export(path)]
    assert threads == [[1, 2, 3, 4], [5]]


def test_an_answer_met_before_its_question_joins_it(mailbox):
    path = mailbox(letter(number=2, In_Reply_To="<1@exemple.fr>"), letter(number=1))
    assert [[m.at.day for m in c.messages] for c in read_export(path)] == [[1, 2]]


def owners(path):
    return {thread.owner for thread in read_export(path)}


def test_the_owner_is_whoever_wrote_the_sent_mails(mailbox):
    sent = letter("moi@exemple.fr", "zoe@exemple.fr", number=2, X_Gmail_Labels=LABELS)
    assert owners(mailbox(letter(), letter(number=3), sent)) == {"moi@exemple.fr"}


@pytest.mark.parametrize(
    "name", ["Sent", "Envoyés", "Éléments envoyés", "Messages envoyés.mbox", "Sent Items", "Sent-001.mbox"]
)
def test_a_folder_of_sent_mails_tells_the_owner_and_serves_style_only(tmp_path, name):
    path = tmp_path / "export"
    write(
        path / name,
        box(letter("moi@exemple.fr", "zoe@exemple.fr"), letter("moi@exemple.fr", "leo@exemple.fr", number=2)),
    )
    assert {(thread.owner, thread.kind) for thread in read_export(path)} == {("moi@exemple.fr", "one_sided")}


def test_the_owner_is_to_whom_mails_are_delivered(mailbox):
    letters = [
        letter(f"ami{n}@exemple.fr", "liste@exemple.fr", number=n, Delivered_To="moi@exemple.fr")
        for n in range(1, 4)
    ]
    assert owners(mailbox(*letters)) == {"moi@exemple.fr"}


def test_the_owner_is_whoever_is_in_all_mails(mailbox):
    assert owners(mailbox(letter(), letter("moi@exemple.fr", "leo@exemple.fr", number=2))) == {
        "moi@exemple.fr"
    }


def test_nobody_is_told_where_two_are_in_all_mails(mailbox):
    assert owners(mailbox(letter(), letter("moi@exemple.fr", "zoe@exemple.fr", number=2))) == {None}


def test_another_address_of_the_owner_is_theirs_in_its_threads(mailbox):
    path = mailbox(
        letter("moi@exemple.fr", "zoe@exemple.fr", X_Gmail_Labels="Sent"),
        letter(
            "moi@travail.exemple", "chef@travail.exemple", number=2, Subject="Devis", X_Gmail_Labels="Sent"
        ),
        letter(number=3, Subject="Lundi"),
    )
    assert [thread.owner for thread in read_export(path)] == [
        "moi@exemple.fr",
        "moi@travail.exemple",
        "moi@exemple.fr",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"List_Unsubscribe": "<mailto:x@y.z>"},
        {"List_Id": "<liste.exemple.fr>"},
        {"Precedence": "bulk"},
        {"Auto_Submitted": "auto-replied"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"From": "no-reply@exemple.fr"},
        {"From": "Ne pas répondre <nepasrepondre@exemple.fr>"},
        {"Subject": "=?UTF-8?Q?R=C3=A9ponse_automatique_:_Samedi?="},
        {"Subject": "Absence du bureau : Re: Samedi"},
        {"X_Gmail_Labels": "Spam"},
    ],
)
def test_trap_25_lists_and_automatic_answers_are_marked(mailbox, headers):
    (message,) = read(mailbox(letter(**headers)))
    assert message.automatic


def test_trap_25_a_person_is_no_machine(mailbox):
    (message,) = read(
        mailbox(letter(Auto_Submitted="no", Return_Path="<zoe@exemple.fr>", Precedence="normal"))
    )
    assert not message.automatic


def test_drafts_erased_and_doubled_mails_are_counted_as_left_out(mailbox):
    path = mailbox(
        letter(),
        letter(),
        letter(number=2, X_Gmail_Labels="Brouillons"),
        letter(number=3, X_Mozilla_Status="0009"),
        "Subject: personne\n\nrien\n",
    )
    reading = read_export(path)
    assert sum(len(list(thread.messages)) for thread in reading) == 1
    assert sorted(reading.log.skipped.values()) == [1, 1, 1, 1] and reading.log.entries == 5


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Tue, 4 Mar 2025 09:00:00 +0100 (CET)", "2025-03-04T08:00:00+00:00"),
        ("4 Mar 2025 09:00 +0000", "2025-03-04T09:00:00+00:00"),
        ("Tue, 4 Mar 2025 09:00:00 -0000", "2025-03-04T09:00:00+00:00"),
        ("Tue, 04 Mar 25 09:00:00 EST", "2025-03-04T14:00:00+00:00"),
        ("hier", None),
        ("Tue, 45 Mar 2025 99:00:00 +0100", None),
        ("Tue, 4 Mar 9999999 09:00:00 +0100", None),
    ],
)
def test_dates_as_servers_write_them(mailbox, date, at):
    (message,) = read(mailbox(letter(Date=date)))
    assert (message.at.astimezone(UTC).isoformat() if message.at else None) == at


def test_names_and_groups_of_receivers(mailbox):
    path = mailbox(
        letter('"Roy, Hélène" <Helene@Exemple.fr>', 'moi@exemple.fr; "Léo, \\"le\\" grand" <leo@exemple.fr>')
    )
    (thread,) = read_export(path)
    assert thread.group and [m.author for m in thread.messages] == ["helene@exemple.fr"]


def test_ids_stay_when_the_mailbox_grows(mailbox):
    short = [m.id for m in read(mailbox(letter(), letter(number=2), name="a.mbox"))]
    long = [m.id for m in read(mailbox(letter(number=3), letter(), letter(number=2), name="b.mbox"))]
    assert set(short) <= set(long) and all(len(i) == 16 for i in short)


def test_the_messages_of_a_thread_outlive_its_reading(mailbox):
    thread = next(read_export(mailbox(letter(), letter(number=2, In_Reply_To="<1@exemple.fr>"))))
    assert len(list(thread.messages)) == 2


def test_a_forward_without_a_word_is_marked_and_a_comment_is_kept(mailbox):
    forward = (
        "---------- Forwarded message ---------\nDe : Léo <leo@exemple.fr>\nSubject: x\nTo: y\n\nses mots"
    )
    path = mailbox(
        letter(text=forward, Subject="TR: x"),
        letter(number=2, text=f"t'as vu ?\n\n{forward}", Subject="Tr : x"),
    )
    assert [(m.text, m.forwarded) for m in read(path)] == [("", True), ("t'as vu ?", False)]


def test_the_line_above_a_french_webmail_s_block_goes_with_it(tmp_path):
    block = (
        'Message du 12/04/25 08:15\nDe : "Ana" <ana@exemple.fr>\nA : moi@exemple.fr\nObjet : rdv\n\nà midi ?'
    )
    (only,) = read(write(tmp_path / "m.eml", letter(text=f"Midi, parfait.\n\n{block}\n")))
    assert only.text == "Midi, parfait."


def test_a_quote_may_be_announced_by_what_somebody_said(tmp_path):
    (only,) = read(write(tmp_path / "m.eml", letter(text="Oui.\n\nAna Ruiz a dit :\n> on y va ?\n")))
    dated = "Oui.\n\nLe 03/03/2025 à 09:02, Ana a dit :\non y va ?\n"
    assert [one.text for one in read(write(tmp_path / "n.eml", letter(text=dated)))] == ["Oui."]
    assert only.text == "Oui."


CONVERSATION = '<con:conversation xmlns:con="google:archive:conversation"><b>salut</b></con:conversation>'


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Gmail_Labels": "Chat", "Subject": None},
        {"X_Gmail_Labels": "Important,Chats", "Subject": None},
        {"Content_Type": "text/xml; charset=utf-8"},
    ],
)
def test_a_chat_that_gmail_keeps_among_mails_is_left_out_with_a_reason(headers, mailbox):
    reading = read_export(mailbox(letter(text=CONVERSATION, **headers), letter(text="un vrai", number=2)))
    assert [message.text for thread in reading for message in thread.messages] == ["un vrai"]
    assert sum(count for reason, count in reading.log.skipped.items() if "Gmail" in reason) == 1
