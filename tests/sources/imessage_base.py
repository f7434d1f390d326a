"""A chat.db written on the spot, with the tables and the typedstream layout of a Mac's."""

import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE handle(ROWID integer primary key, id text, service text);
CREATE TABLE chat(ROWID integer primary key, guid text, style integer, chat_identifier text,
  display_name text);
CREATE TABLE message(ROWID integer primary key, guid text, text text, attributedBody blob,
  handle_id integer default 0, date integer, date_edited integer default 0,
  date_retracted integer default 0, is_from_me integer default 0, item_type integer default 0,
  is_audio_message integer default 0, associated_message_type integer default 0,
  associated_message_guid text, cache_has_attachments integer default 0, balloon_bundle_id text,
  thread_originator_guid text);
CREATE TABLE chat_message_join(chat_id integer, message_id integer, primary key(chat_id, message_id));
CREATE TABLE attachment(ROWID integer primary key, filename text, transfer_name text, mime_type text);
CREATE TABLE message_attachment_join(message_id integer, attachment_id integer);
INSERT INTO handle VALUES (1, '+33639980107', 'iMessage'), (2, 'yuna@exemple.fr', 'iMessage'),
  (3, '+33639980107', 'SMS');
INSERT INTO chat VALUES (1, 'iMessage;-;+33639980107', 45, '+33639980107', ''),
  (2, 'iMessage;+;chat7', 43, 'chat7', 'Crêpes'), (3, 'SMS;-;+33639980107', 45, '+33639980107', '');
"""
BEFORE = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84"
STRING = b"\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85\x92\x84\x84\x84"
STARTS = {
    "plain": STRING + b"\x08NSString\x01\x94\x84\x01+",
    "mutable": b"\x19NSMutableAttributedString\x00\x84\x84"
    + STRING[:-1]
    + b"\x84\x0fNSMutableString\x01\x84\x84\x08NSString\x01\x95\x84\x01+",
}
AFTER = b"\x86\x84\x02iI\x01\x0e\x92\x84\x84\x84\x0cNSDictionary\x00"
NOON = 729_259_200_000_000_000  # 2024-02-10 12:00:00 UTC, in nanoseconds since 2001
MINUTE = 60 * 10**9


def body(text: str, start: str = "plain") -> bytes:
    """A text as `attributedBody` holds it."""
    data = text.encode()
    if len(data) < 0x80:
        size = bytes([len(data)])
    elif len(data) < 0x8000:
        size = b"\x81" + len(data).to_bytes(2, "little")
    else:
        size = b"\x82" + len(data).to_bytes(4, "little")
    return BEFORE + STARTS[start] + size + data + AFTER


def make(path: Path, *messages: dict, script: str = "") -> Path:
    """A base with these messages, in chat 1 unless they say otherwise; one minute lies between them."""
    base = sqlite3.connect(path)
    base.executescript(SCHEMA)
    for number, told in enumerate(messages, 1):
        row = {"guid": f"g{number}", "date": NOON + number * MINUTE, "handle_id": 1} | told
        chats = row.pop("chats", [1])
        names = ", ".join(row)
        base.execute(
            f"INSERT INTO message (ROWID, {names}) VALUES ({', '.join('?' * (len(row) + 1))})",
            [number, *row.values()],
        )
        base.executemany("INSERT INTO chat_message_join VALUES (?, ?)", [(chat, number) for chat in chats])
    base.executescript(script)
    base.commit()
    base.close()
    return path
