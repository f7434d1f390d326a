"""Signal's own export."""

import json
import shutil

from exports_on_the_spot import read, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export
from sosie.sources.summary import summarise_reading

EXPORT = FIXTURES / "signal" / "export"
HEAD = [
    {"version": "1", "backupTimeMs": "1"},
    {"account": {"givenName": "Maël"}},
    {"recipient": {"id": "1", "self": {}}},
    {"recipient": {"id": "2", "contact": {"aci": "AA==", "e164": "33639980301"}}},
    {"chat": {"id": "10", "recipientId": "2"}},
]


def item(sent="1736000000000", author="2", **what):
    return {"chatItem": {"chatId": "10", "authorId": author, "dateSent": sent, "incoming": {}, **what}}


def words(body, **given):
    return {"standardMessage": {"text": {"body": body}, **given}}


def export(path, *items, head=HEAD):
    return write(path / "main.jsonl", "".join(json.dumps(frame) + "\n" for frame in [*head, *items]))


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("signal")


def test_20_the_owner_is_the_account():
    assert {one.owner for one in read_export(EXPORT)} == {"Maël Le Bras"}
    assert [one.kind for one in read_export(EXPORT)] == ["chat", "chat", "one_sided", "chat"]


def test_24_only_the_last_revision_counts_and_quotes_are_out(tmp_path):
    old = {"dateSent": "1", **words("moii")}
    quote = {"targetSentTimestamp": "1735999999000", "authorId": "2", "text": {"body": "tu viens ?"}}
    path = export(
        tmp_path,
        item("1735999999000", **words("tu viens ?")),
        item(author="1", **words("moi", quote=quote), revisions=[old]),
    )
    first, second = read(path)
    assert (second.text, second.edited, second.reply_to) == ("moi", True, first.id)


def test_17_two_contacts_of_one_name_stay_two_and_the_unnamed_have_their_number(tmp_path):
    more = [
        {"recipient": {"id": n, "contact": {"aci": n, "profileGivenName": "Alan", "e164": f"3363998030{n}"}}}
        for n in "34"
    ]
    path = export(tmp_path, *(item(author=a, **words(a)) for a in "234"), head=HEAD + more)
    assert [m.author for m in read(path)] == ["+33639980301", "Alan", "Alan (+33639980304)"]


def test_ids_are_the_same_in_an_export_that_numbers_people_anew(tmp_path):
    anew = json.loads(
        json.dumps(HEAD)
        .replace('"id": "2"', '"id": "77"')
        .replace('"recipientId": "2"', '"recipientId": "77"')
    )
    (one,) = read(export(tmp_path, item(**words("oui"))))
    (two,) = read(export(tmp_path, item(author="77", **words("oui")), head=anew))
    assert one.id == two.id


def test_every_sort_of_item_has_its_kind(tmp_path):
    file = {"pointer": {"contentType": "video/mp4"}}
    sorts = [
        ({"standardMessage": {"attachments": [file]}}, "video"),
        (
            {
                "standardMessage": {
                    "attachments": [{"pointer": {"contentType": "audio/aac"}, "flag": "VOICE_MESSAGE"}]
                }
            },
            "voice",
        ),
        ({"viewOnceMessage": {"attachment": file}}, "video"),
        ({"viewOnceMessage": {}}, "image"),
        ({"stickerMessage": {}}, "image"),
        ({"contactMessage": {}}, "file"),
        ({"remoteDeletedMessage": {}}, "deleted"),
        ({"adminDeletedMessage": {}}, "deleted"),
        ({"updateMessage": {"simpleUpdate": {}}}, "notice"),
        ({"updateMessage": {"groupCall": {}}}, "call"),
        ({"giftBadge": {}}, "text"),
    ]
    path = export(tmp_path, *(item(str(1736000000000 + n), **what) for n, (what, _) in enumerate(sorts)))
    assert [m.kind for m in read(path)] == [kind for _, kind in sorts]


def test_a_long_message_is_read_whole_from_the_file_beside(tmp_path):
    whole = "Bon, je te raconte tout. " + "Et alors ! " * 300
    write(tmp_path / "files" / "4f" / "4f0c.txt", whole)
    write(tmp_path / "files" / "aa" / "aa11", "Une autre longue histoire. " * 200)
    begun, lost = whole[:2000], "Perdue, celle-là" + "!" * 2000
    long = {"longText": {"contentType": "text/x-signal-plain", "size": len(whole)}}
    export(tmp_path, item(**words(begun, **long)), item("1736000000001", **words(lost, **long)))
    assert [m.text for m in read(tmp_path)] == [whole.strip(), lost]


def test_progress_is_told_while_the_file_is_read(tmp_path):
    path = export(tmp_path, *(item(str(1736000000000 + n), **words("oui " * 99)) for n in range(3000)))
    reading, told = read_export(path), []
    reading.follow(told.append)
    next(reading)
    assert 5 < len(told) <= 200 and told[-1].done > 0.99 * path.stat().st_size


def test_30_what_is_no_message_is_counted(tmp_path):
    path = export(tmp_path, item(**words("oui")), item(), {"stickerPack": {}}, {"chatItem": 3})
    path.write_text(path.read_text(encoding="utf-8") + '{"chatItem": {"chatId"\n\n[]\n', encoding="utf-8")
    found = summarise_reading(read_export(path))
    assert (found.messages, found.entries) == (1, 5)


def test_the_zip_is_read_like_the_folder(tmp_path):
    path = shutil.make_archive(str(tmp_path / "signal-export"), "zip", EXPORT)
    assert lines(type(tmp_path)(path)) == golden("signal")
