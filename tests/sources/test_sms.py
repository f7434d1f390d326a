"""SMS Backup & Restore: half emoji, groups, drafts, spellings, pictures."""

import tracemalloc

import pytest
from exports_on_the_spot import read, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export
from sosie.sources.files.archive import open_archive
from sosie.sources.sms.contacts import number_key
from sosie.sources.sms.records import records
from sosie.sources.summary import summarise_reading

EXPORT = FIXTURES / "sms" / "export"


def sms(body="oui", address="+33639980201", date=1704355200000, kind=1, name="Anouk"):
    return f'<sms address="{address}" date="{date}" type="{kind}" body="{body}" contact_name="{name}" />\n'


def mms(text, address, sender, box=1, name="(Unknown)", data=""):
    return (
        f'<mms date="1704369660000" msg_box="{box}" address="{address}" contact_name="{name}"><parts>'
        f'<part ct="image/jpeg" text="null" data="{data}" /><part ct="text/plain" text="{text}" /></parts>'
        f'<addrs><addr address="{sender}" type="137" /></addrs></mms>\n'
    )


def backup(*parts, head="<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n"):
    return f'{head}<smses count="7">\n{"".join(parts)}</smses>\n'


@pytest.fixture
def messages(tmp_path):
    return lambda *parts, **given: read(write(tmp_path / "sms.xml", backup(*parts, **given)))


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("sms")


@pytest.mark.parametrize(
    "written, meant",
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#55357;&#56424;&#8205;&#55357;&#56384;", "👨\u200d👀"),
        ("a &#55357; b", "a \ufffd b"),
        ("&#0;&#11;&#65535;&#99999999;", "\ufffd\ufffd\ufffd\ufffd"),
        ("&lt;3 &amp; &quot;l&apos;été&quot;&#10;&#233;", '<3 & "l\'été"\né'),
        ("&amp;#55357;", "&#55357;"),
    ],
)
def test_23_halves_of_emoji_are_put_together(written, meant, messages):
    assert [message.text for message in messages(sms(written))] == [meant]


def test_23_a_pair_cut_by_the_window_is_whole(tmp_path, monkeypatch):
    archive = open_archive(write(tmp_path / "a.xml", backup(sms("&#55357;&#56832;"), sms("b"))))
    for size in range(1, 60):
        monkeypatch.setattr("sosie.sources.sms.records.CHUNK", size)
        assert [record.own["body"] for record in records(archive, "a.xml")] == ["😀", "b"]


def test_23_drafts_and_failed_ones_are_left_out_and_counted(tmp_path):
    path = write(tmp_path / "a.xml", backup(*(sms(str(kind), kind=kind) for kind in range(8))))
    found = summarise_reading(read_export(path), texts=True)
    assert [text["text"] for text in found.texts] == ["1", "2"]
    assert found.entries == 8 and found.skipped["brouillon"] == 1


def test_23_who_wrote_in_a_group_is_told_by_the_address_of_type_137(messages):
    group = "+33639980201~+33639980202"
    found = messages(mms("a", group, "+33639980202", name="Anouk, Yann"), mms("b", group, "06 39 98 02 01"))
    assert [(m.author, m.text) for m in found] == [("Yann", "a"), ("Anouk", "b")]


def test_23_the_phones_own_number_makes_no_other_group(tmp_path):
    group = "+33639980201~+33639980202"
    mine = mms("a", group, "+33639980299", box=2)
    path = write(tmp_path / "a.xml", backup(mine, mms("b", f"{group}~+33639980299", "+33639980201")))
    (one,) = read_export(path)
    assert [m.author for m in one.messages] == ["me", "+33639980201"] and one.owner == "me"


@pytest.mark.parametrize("spelling", ["+33 6 39 98 02 01", "0639980201", "06.39.98.02.01", "0033639980201"])
def test_23_numbers_are_one_however_they_are_spelt(spelling, messages):
    assert {m.author for m in messages(sms(), sms(address=spelling, name="(Unknown)"))} == {"Anouk"}


def test_23_short_numbers_and_names_are_services(messages):
    found = messages(sms(address="36179", name="null"), sms(address="Orange", name=""), sms())
    assert [(m.author, m.automatic) for m in found] == [("36179", True), ("Orange", True), ("Anouk", False)]
    assert number_key("36179") == "36179"


@pytest.mark.parametrize(
    "address", ["colis_7f@rbm.goog", "colis_7f@bot.rcs.google.com", "marque@botplatform.rcs.google.com"]
)
def test_agents_of_rcs_are_services_and_people_with_an_address_are_not(address, messages):
    found = messages(sms(address=address, name="null"), sms(address="lou@exemple.fr", name="null"))
    assert [m.automatic for m in found] == [True, False]


def test_23_pictures_are_never_held_in_memory(tmp_path):
    picture = "iVBORw0K" * 3_000_000
    path = write(
        tmp_path / "a.xml", backup(mms("la mer", "+33639980201", "+33639980201", data=picture), sms("fin"))
    )
    del picture
    archive = open_archive(path)
    archive.head("a.xml")
    tracemalloc.start()
    found = list(records(archive, "a.xml"))
    assert tracemalloc.get_traced_memory()[1] < 5 << 20 < path.stat().st_size
    tracemalloc.stop()
    assert [record.tag for record in found] == ["mms", "sms"]
    assert [(m.kind, m.text) for m in read(path)] == [("text", "fin"), ("image", "la mer")]


def test_23_long_words_are_no_picture(messages):
    laugh = "ha" * 400
    assert [m.text for m in messages(sms(laugh))] == [laugh]


def test_23_no_entity_is_resolved(messages):
    bomb = '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>\n'
    assert [m.text for m in messages(sms("&b;"), sms("&c;"), sms("fin"), head=bomb)] == ["fin"]


def test_30_a_broken_record_costs_itself(tmp_path):
    bad = [sms().replace('" />', ""), sms("a < b"), '<sms address="1" body=', "<mms><parts>\n", sms("&x;")]
    parts = [part for n, one in enumerate(bad) for part in (sms(f"avant {n}"), one)] + [sms("fin")]
    found = summarise_reading(read_export(write(tmp_path / "a.xml", backup(*parts))))
    assert found.messages == 6 and found.skipped == {"morceau illisible": 5}


def test_12_a_message_of_two_backups_in_a_folder_is_read_once_and_repeats_stay(tmp_path):
    same = sms("ok") + sms("ok")
    write(tmp_path / "b" / "1.xml", backup(same))
    write(tmp_path / "b" / "2.xml", backup(same, sms("neuf", date=1704355300000)))
    assert [m.text for m in read(tmp_path / "b")] == ["ok", "ok", "neuf"]


def test_quotes_of_either_sort_and_times_of_old_phones(messages):
    found = messages(
        '<sms address="+33639980201" date="1704355200" type="2" body=\'il dit "ok"\' contact_name="A" />'
    )
    assert [(m.author, m.text, m.at.isoformat()) for m in found] == [
        ("me", 'il dit "ok"', "2024-01-04T08:00:00+00:00")
    ]


def test_progress_is_told_while_the_file_is_read(tmp_path):
    path = write(
        tmp_path / "sms.xml", backup(*(sms("oui " * 200, date=1704355200000 + n) for n in range(900)))
    )
    reading, told = read_export(path), []
    reading.follow(told.append)
    next(reading)
    assert 3 < len(told) <= 200 and told[-1].done > 0.5 * path.stat().st_size


def test_sms_import_export_is_read_as_a_backup_is():
    reading = read_export(FIXTURES / "sms_ndjson" / "export")
    (thread,) = reading
    told = [(one.author, one.text, one.kind) for one in thread.messages]
    assert (reading.source, thread.title, thread.group) == ("sms", "Nour", False)
    assert told == [
        ("Nour", "tu passes ?", "text"),
        ("me", "dans dix minutes", "text"),
        ("Nour", "la porte", "image"),
    ]
    assert dict(reading.log.skipped) == {"brouillon": 1, "morceau illisible": 1}


@pytest.mark.parametrize(
    "form, counts, left_out",
    [
        ("sms_qksms", {"+33639980131": 1, "me": 1, "38015": 1}, 2),
        ("sms_fossify", {"+33639980131": 2, "me": 1}, 0),
    ],
)
def test_the_json_of_sms_apps_is_read_as_a_backup(form, counts, left_out):
    reading = read_export(FIXTURES / form / "export")
    told = summarise_reading(reading)
    assert reading.source == "sms"
    assert told.senders == counts
    assert reading.log.skipped.total() == left_out
