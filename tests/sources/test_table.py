"""Tables: separators, columns in French and English, times as spreadsheets write them, mixed threads."""

import pytest
from exports_on_the_spot import read, said, write

from sosie.core.errors import SosieError
from sosie.sources.base import read_export
from sosie.sources.files.archive import open_archive
from sosie.sources.table.columns import columns_of
from sosie.sources.table.reader import Table


@pytest.fixture
def table(tmp_path):
    return lambda text, name="t.csv", **given: write(tmp_path / name, text, **given)


@pytest.mark.parametrize(
    "header",
    [
        "date;auteur;message",
        "Date;Expéditeur;Texte",
        "DATE;ÉMETTEUR;CONTENU",
        "horodatage;de;corps",
        "timestamp,sender,text",
        "Date,From,Body",
        "created_at,username,content",
        "Date\tNom\tMessage",
        "date|pseudo|texte du message",
        '"Date d\'envoi";"Nom de l\'expéditeur";"Message"',
    ],
)
def test_columns_are_known_in_french_and_in_english(table, header):
    separator = next(sign for sign in ";,\t|" if sign in header)
    path = table(header + "\n" + separator.join(["03/04/2024 09:00", "Léo", "salut"]) + "\n")
    assert [(m.author, m.text, m.at.isoformat()) for m in read(path)] == [
        ("Léo", "salut", "2024-04-03T09:00:00")
    ]


def test_a_table_of_something_else_is_not_ours(table):
    for text in (
        "nom;age\nLéo;7\n",
        "a,b\n1,2\n",
        "date;message\n03/04/2024;note à moi\n",
        "ID,Timestamp,Contents,Attachments\n1,2,3,\n",
    ):
        assert Table().sniff(open_archive(table(text))) == 0
    assert columns_of(["auteur"]) is None


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_excels_encodings_and_quotes(table, encoding):
    path = table(
        'sep=;\r\ndate;auteur;message\r\n;Zoé;"elle a dit ""non"" ; 5 €\r\nvraiment"\r\n', encoding=encoding
    )
    assert said(read(path)) == [("Zoé", 'elle a dit "non" ; 5 €\nvraiment')]


def test_a_row_with_a_file_and_no_words_is_a_medium(table):
    path = table(
        "AuthorID,Author,Date,Content,Attachments\n"
        '1,léna,2024-04-03T09:00:00+02:00,,"https://cdn/a.png?x=1,https://cdn/b.mp4"\n'
        "2,tom,2024-04-03T09:01:00+02:00,voilà,https://cdn/b.ogg\n3,tom,2024-04-03T09:02:00+02:00,,non\n"
    )
    reading = read_export(path)
    assert [(m.kind, m.text) for one in reading for m in one.messages] == [("image", ""), ("voice", "voilà")]
    assert reading.log.skipped == {"ligne sans texte": 1}


def times(path):
    return [m.at.isoformat() if m.at else None for m in read(path)]


def test_trap_3_day_and_month_are_decided_once_and_told(table):
    path = table("date;auteur;message\n03/04/2024;a;1\n04/04/2024;b;2\n14/04/2024;a;3\n")
    reading = read_export(path)
    assert [m.at.month for thread in reading for m in thread.messages] == [4, 4, 4]
    assert reading.log.date_order.order == "jour/mois/année"
    assert times(table("date,author,text\n4/3/2024,a,1\n4/14/2024,b,2\n"))[0] == "2024-04-03T00:00:00"


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2024-04-03T09:00:00Z", "2024-04-03T09:00:00+00:00"),
        ("2024-04-03 09:00:00 UTC", "2024-04-03T09:00:00+00:00"),
        ("2024-04-03T09:00:00.1234567+02:00", "2024-04-03T07:00:00.123456+00:00"),
        ("2024-04-03 09:00", "2024-04-03T09:00:00"),
        ("1712134800", "2024-04-03T09:00:00+00:00"),
        ("1712134800000", "2024-04-03T09:00:00+00:00"),
        ("45385,375", "2024-04-03T09:00:00"),
        ("45385.375", "2024-04-03T09:00:00"),
        ("03/04/2024 à 09h00", "2024-04-03T09:00:00"),
        ("3.4.24 9:00", "2024-04-03T09:00:00"),
        ("3/4/2024 9:00:00 PM", "2024-04-03T21:00:00"),
        ("mercredi 3 avril 2024 09:00", "2024-04-03T09:00:00"),
        ("32/13/2024 09:00", None),
        ("bientôt", None),
    ],
)
def test_times_as_cells_write_them(table, cell, at):
    assert times(table(f'date;auteur;message\n"{cell}";a;1\n')) == [at]


def test_a_time_in_its_own_column(table):
    assert times(table("Date;Heure;Nom;Message\n03/04/2024;21 h 05;a;1\n")) == ["2024-04-03T21:05:00"]


def test_one_local_time_makes_all_of_them_local(table):
    path = table("date;auteur;message\n2024-04-03T09:00:00;a;1\n2024-04-03T12:00:00+02:00;b;2\n")
    assert times(path) == ["2024-04-03T09:00:00", "2024-04-03T10:00:00"]


def test_the_newest_first_is_turned_round(table):
    path = table("date;auteur;message\n14/04/2024 10:00;a;3\n04/04/2024 09:00;b;2\n04/04/2024 08:00;a;1\n")
    assert [m.text for m in read(path)] == ["1", "2", "3"]
    path = table("date;auteur;message\n04/04/2024 10:00;a;3\n04/04/2024 09:00;b;2\n04/04/2024 08:00;a;1\n")
    assert [m.text for m in read(path)] == ["1", "2", "3"]


def test_threads_that_are_mixed_are_told_one_by_one(table):
    path = table(
        "fil;date;auteur;message\nA;03/04/2024 09:00;a;1\nB;03/04/2024 09:01;b;2\nA;03/04/2024 09:02;c;3\n"
    )
    assert [(c.title, c.group, [m.text for m in c.messages]) for c in read_export(path)] == [
        ("A", False, ["1", "3"]),
        ("B", False, ["2"]),
    ]


@pytest.mark.parametrize(
    ("rows", "authors", "owner"),
    [
        ("Envoyé;Zoé;1\nReçu;Zoé;2", ["me", "Zoé"], "me"),
        ("Sent;Moi-même;1\nReceived;Zoé;2", ["Moi-même", "Zoé"], "Moi-même"),
        ("Sortant;;1\nEntrant;Zoé;2", ["me", "Zoé"], "me"),
        ("2;Zoé;1\n1;Zoé;2", ["me", "Zoé"], "me"),
    ],
)
def test_a_column_of_directions_tells_the_owner(table, rows, authors, owner):
    (thread,) = read_export(table(f"sens;nom;message\n{rows}\n"))
    assert ([m.author for m in thread.messages], thread.owner) == (authors, owner)


def test_trap_12_true_repeats_stay_two(table):
    first, second = read(table("date;auteur;message\n03/04/2024;a;ok\n03/04/2024;a;ok\n"))
    assert first.id != second.id


def test_rows_that_say_nothing_are_counted(table):
    reading = read_export(table("date;auteur;message\n;a;\n;;x\n;a;oui\n\n;b\n"))
    assert [m.text for thread in reading for m in thread.messages] == ["oui"]
    assert reading.log.skipped == {"ligne sans texte": 2, "ligne sans auteur": 1}


def test_a_quote_never_closed_costs_some_rows_and_ends(table):
    rows = "".join(f"03/04/2024;a;message {n}\n" for n in range(20_000))
    reading = read_export(table(f'date;auteur;message\n03/04/2024;a;"ouvert\n{rows}'))
    assert sum(len(list(thread.messages)) for thread in reading) > 1000
    assert reading.log.skipped == {"ligne illisible": 1}


def test_an_empty_table_is_an_error_with_a_sentence(table):
    with pytest.raises(SosieError):
        read(table("date;auteur;message\n"))


@pytest.mark.parametrize("column", ["CONVERSATION ID", "thread_id", "Channel ID"])
def test_rows_of_several_threads_are_parted_by_their_ids_and_titled(column, table):
    path = table(
        f"{column},CONVERSATION TITLE,FROM,TO,DATE,CONTENT\n"
        "t-1,,Ana,Moi,2024-05-02 10:02:00 UTC,oui\n"
        't-2,Les amis,Bob,Moi,2024-05-02 10:01:00 UTC,"<p>un</p><p>deux &amp; trois</p>"\n'
        "t-1,,Moi,Ana,2024-05-02 10:00:00 UTC,a < b ?\n"
    )
    first, second = read_export(path)
    assert {first.title, second.title} == {"Ana, Moi", "Les amis"}
    assert said([*first.messages]) == [("Moi", "a < b ?"), ("Ana", "oui")]
    assert said([*second.messages]) == [("Bob", "un\ndeux & trois")]


def test_where_no_column_names_the_threads_two_people_are_one(table):
    path = table(
        "date;de;destinataire;message\n"
        "03/05/2024 09:00;Ana;Moi;un\n03/05/2024 09:01;Bob;Moi;deux\n13/05/2024 09:02;Moi;Ana;trois\n"
    )
    assert sorted(len(list(thread.messages)) for thread in read_export(path)) == [1, 2]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("t&#39;es l&agrave; ? &lt;3", "t'es là ? <3"),
        ("t&#39;es l&agrave; ?<br>oui", "t'es là ?\noui"),
        ("<div>un</div><div>deux</div><blockquote>à eux</blockquote>", "un\ndeux"),
        ("5 < 6 & 7 &c", "5 < 6 & 7 &c"),
    ],
)
def test_entities_in_cells_are_characters(table, cell, text):
    assert said(read(table(f"date,author,message\n2024-03-12T10:00:00Z,Zoé,{cell}\n"))) == [("Zoé", text)]


def test_a_message_to_several_people_is_in_their_thread(table):
    rows = ['Zoé,"Malo, Ana",2024-10-26 11:40:00,a', 'Malo,"Ana, Zoé",2024-10-26 11:41:00,b']
    path = table("FROM,TO,DATE,CONTENT\n" + "\n".join([*rows, "Ana,Zoé,2024-10-26 11:42:00,c"]) + "\n")
    found = [(one.group, [m.text for m in one.messages]) for one in read_export(path)]
    assert [texts for _, texts in found] == [["a", "b"], ["c"]]
