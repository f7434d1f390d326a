"""What `sosie inspect` counts and says."""

from datetime import UTC, datetime

from exports_on_the_spot import write

from sosie.core.message import Conversation, Message
from sosie.sources.base import Log, read_export
from sosie.sources.summary import _Counters, _iso_time, summarise_reading

CHAT = """01/02/2024, 10:00 - Zoé a rejoint le groupe via le lien
01/02/2024, 10:00 - Zoé: coucou
01/02/2024, 10:01 - Léa: <Médias omis>
13/03/2024, 10:02 - Léa: ok <Ce message a été modifié>
13/03/2024, 10:03 - Zoé: Ce message a été supprimé
"""
KEYS = ["source", "conversations", "messages", "text_messages", "system", "media", "deleted", "edited"]
OTHERS = ["forwarded", "senders", "first", "last", "owner", "date_order", "entries", "skipped"]


def test_the_json_holds_every_key_of_the_contract(export):
    record = summarise_reading(read_export(export(CHAT))).to_json()
    assert {*KEYS, *OTHERS} <= set(record) and "texts" not in record
    assert {key: record[key] for key in KEYS} == {
        "source": "whatsapp",
        "conversations": 1,
        "messages": 4,
        "text_messages": 2,
        "system": 1,
        "media": 1,
        "deleted": 1,
        "edited": 1,
    }
    assert record["senders"] == {"Zoé": 2, "Léa": 2}
    assert (record["first"], record["last"]) == ("2024-02-01T10:00:00", "2024-03-13T10:03:00")
    assert set(record["date_order"]) == {"order", "reason"}
    assert record["by_month"] == {"2024-02": 2, "2024-03": 2}


def test_texts_come_only_where_asked_for_and_without_notices(export):
    texts = summarise_reading(read_export(export(CHAT)), texts=True).to_json()["texts"]
    assert texts[0] == {"conversation": "Zoé", "sender": "Zoé", "text": "coucou"}
    assert [text["text"] for text in texts] == ["coucou", "", "ok", ""]


def test_progress_is_told_in_bytes_up_to_the_end(export):
    told = []
    path = export(CHAT * 3000)
    summarise_reading(read_export(path), report=told.append)
    assert len(told) > 5
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert {event.total for event in told} == {path.stat().st_size} == {told[-1].done}


class Two:
    """A reading of two conversations, one in UTC of two zones."""

    source, log = "essai", Log()

    def __iter__(self):
        for title, hours in (("a", (1, 5)), ("b", (3,))):
            talk = tuple(
                Message(f"{title}{h}", title, str(h), datetime(2024, 1, 1, h, tzinfo=UTC)) for h in hours
            )
            yield Conversation(title, title, "essai", False, talk)

    def follow(self, report):
        pass


def test_conversations_are_woven_by_time():
    assert [text["text"] for text in summarise_reading(Two(), texts=True).texts] == ["1", "3", "5"]


def test_times_with_and_without_a_zone_are_counted_together():
    counts = _Counters()
    days = (
        datetime(2024, 1, 2),
        datetime(2024, 1, 3, tzinfo=UTC),
        datetime(2024, 1, 1),
        datetime(2024, 1, 4),
    )
    counts.add([Message(str(number), "Léa", "a", at) for number, at in enumerate(days)])
    assert (counts.first, counts.last) == (days[2], days[3])


def test_18_utc_is_written_with_z_whatever_the_zone_of_the_machine(monkeypatch):
    import time

    for zone in ("Europe/Paris", "America/Montreal"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert _iso_time(datetime(2024, 7, 1, 8, tzinfo=UTC)) == "2024-07-01T08:00:00Z"
        assert _iso_time(datetime(2024, 7, 1, 8)) == "2024-07-01T08:00:00"
    monkeypatch.undo()
    time.tzset()


def test_29_what_every_reader_gives(tmp_path):
    path = write(tmp_path / "chat.txt", CHAT)
    (conversation,) = read_export(path)
    message = list(conversation.messages)[1]
    assert message.id and message.at and message.at.tzinfo is None
    assert message.origin == "chat.txt:2"
    assert conversation.source == "whatsapp"
