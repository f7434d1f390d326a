"""WhatsApp's bases written on the spot: an Android phone's of two generations, and an iPhone's."""

import hmac
import os
import sqlite3
import zlib
from pathlib import Path

ANDROID = """
CREATE TABLE jid(_id integer primary key, user text, server text, raw_string text);
CREATE TABLE chat(_id integer primary key, jid_row_id integer, subject text);
CREATE TABLE message(_id integer primary key, chat_row_id integer, from_me integer default 0, key_id text,
  sender_jid_row_id integer default 0, timestamp integer, message_type integer default 0, text_data text,
  origination_flags integer default 0);
CREATE TABLE message_quoted(message_row_id integer primary key, key_id text);
CREATE TABLE message_media(message_row_id integer primary key, mime_type text, media_name text);
CREATE TABLE message_edit_info(message_row_id integer primary key, original_key_id text);
CREATE TABLE jid_map(lid_row_id integer primary key, jid_row_id integer);
INSERT INTO jid VALUES (1, '33639980142', 's.whatsapp.net', '33639980142@s.whatsapp.net'),
  (2, '120363', 'g.us', '120363@g.us'), (3, '33639980177', 's.whatsapp.net', '33639980177@s.whatsapp.net'),
  (4, '88005', 'lid', '88005@lid'), (5, 'status', 'broadcast', 'status@broadcast');
INSERT INTO jid_map VALUES (4, 3);
INSERT INTO chat VALUES (1, 1, NULL), (2, 2, 'Chorale'), (3, 5, NULL);
INSERT INTO message(_id, chat_row_id, timestamp) VALUES (1, -1, 0);
"""
OLD_ANDROID = """
CREATE TABLE messages(_id integer primary key, key_remote_jid text, key_from_me integer default 0,
  key_id text, status integer default 0, data text, timestamp integer, media_wa_type text default '0',
  media_name text, media_caption text, remote_resource text, quoted_row_id integer,
  forwarded integer default 0);
CREATE TABLE messages_quotes(_id integer primary key, key_id text);
CREATE TABLE chat_list(_id integer primary key, key_remote_jid text, subject text);
INSERT INTO chat_list VALUES (1, '33639980142@s.whatsapp.net', NULL),
  (2, '3363-15@g.us', 'Chorale');
INSERT INTO messages(_id, key_remote_jid) VALUES (1, '-1');
"""
CONTACTS = """
CREATE TABLE wa_contacts(_id integer primary key, jid text, display_name text, wa_name text);
INSERT INTO wa_contacts VALUES (1, '33639980142@s.whatsapp.net', 'Awa', 'awa.d'),
  (2, '33639980177@s.whatsapp.net', NULL, 'Nino');
"""
IPHONE = """
CREATE TABLE ZWACHATSESSION(Z_PK integer primary key, ZCONTACTJID varchar, ZPARTNERNAME varchar);
CREATE TABLE ZWAGROUPMEMBER(Z_PK integer primary key, ZMEMBERJID varchar, ZCONTACTNAME varchar);
CREATE TABLE ZWAPROFILEPUSHNAME(Z_PK integer primary key, ZJID varchar, ZPUSHNAME varchar);
CREATE TABLE ZWAMEDIAITEM(Z_PK integer primary key, ZTITLE varchar, ZMETADATA blob);
CREATE TABLE ZWAMESSAGE(Z_PK integer primary key, ZCHATSESSION integer, ZISFROMME integer default 0,
  ZGROUPMEMBER integer, ZMEDIAITEM integer, ZMESSAGEDATE timestamp, ZMESSAGETYPE integer default 0,
  ZTEXT varchar, ZSTANZAID varchar);
INSERT INTO ZWACHATSESSION VALUES (1, '33639980142@s.whatsapp.net', '\u200eAwa'),
  (2, '3363-15@g.us', 'Chorale');
INSERT INTO ZWAGROUPMEMBER VALUES (1, '33639980142@s.whatsapp.net', NULL),
  (2, '33639980177@s.whatsapp.net', NULL);
INSERT INTO ZWAPROFILEPUSHNAME VALUES (1, '33639980177@s.whatsapp.net', 'Nino');
INSERT INTO ZWAMEDIAITEM VALUES (1, 'la plage', NULL), (2, NULL, X'2A025A31'), (3, 'bulletin.pdf', NULL);
"""
NOON = 1_712_577_600_000  # 2024-04-08 12:00 UTC, in thousandths
APPLE_NOON = 734_270_400  # the same in seconds since 2001


def make(path: Path, schema: str, table: str = "", *rows: dict, script: str = "") -> Path:
    """A base with these rows in one of its tables."""
    base = sqlite3.connect(path)
    base.executescript(schema)
    for row in rows:
        marks = ", ".join("?" * len(row))
        base.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    base.commit()
    base.executescript(script)
    base.close()
    return path


def android(path: Path, *told: dict, script: str = "") -> Path:
    """msgstore.db, with these messages in chat 1 unless they say otherwise, a minute apart."""
    rows = [
        {"_id": n + 2, "chat_row_id": 1, "key_id": f"A{n}", "timestamp": NOON + n * 60_000} | one
        for n, one in enumerate(told)
    ]
    return make(path, ANDROID, "message", *rows, script=script)


def old_android(path: Path, *told: dict, script: str = "") -> Path:
    default = {"key_remote_jid": "33639980142@s.whatsapp.net"}
    rows = [
        {"_id": n + 2, "key_id": f"A{n}", "timestamp": NOON + n * 60_000} | default | one
        for n, one in enumerate(told)
    ]
    return make(path, OLD_ANDROID, "messages", *rows, script=script)


def iphone(path: Path, *told: dict, script: str = "") -> Path:
    rows = [
        {"ZCHATSESSION": 1, "ZSTANZAID": f"Z{n}", "ZMESSAGEDATE": APPLE_NOON + n * 60.0} | one
        for n, one in enumerate(told)
    ]
    return make(path, IPHONE, "ZWAMESSAGE", *rows, script=script)


def encrypted(base: bytes, key: bytes, marked: bool = True) -> bytes:
    """A base as crypt15 keeps it: header, AES-GCM of zlib, tag, checksum."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(16)
    header = b"\x08\x01\x1a\x12\x0a\x10" + nonce + b"\x22\x0a2.24.1.6\x00\x00"
    secret = hmac.digest(hmac.digest(bytes(32), key, "sha256"), b"backup encryption\x01", "sha256")
    content = AESGCM(secret).encrypt(nonce, zlib.compress(base), None)
    return bytes([len(header)]) + b"\x01" * marked + header + content + bytes(16)
