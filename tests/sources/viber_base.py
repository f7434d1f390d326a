"""A viber.db written on the spot, with the tables that the computer's version has."""

import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE Contact(ContactID integer primary key, Name text, ClientName text, Number text);
CREATE TABLE ChatInfo(ChatID integer primary key, Name text);
CREATE TABLE ChatRelation(ChatID integer, ContactID integer, PGRole integer);
CREATE TABLE Events(EventID integer primary key, TimeStamp integer, Direction integer, Type integer,
  ContactID integer, ChatID integer, SortOrder integer);
CREATE TABLE Messages(EventID integer primary key, Type integer, Subject text, Body text, Info text,
  ClientFlag integer, StickerID integer, Duration integer);
INSERT INTO Contact VALUES (1, NULL, 'Léa', '+33639980101'), (2, 'Awa', 'awa.d', '+33639980142'),
  (3, NULL, 'Nino', '+33639980177'), (4, NULL, NULL, '+33639980188');
INSERT INTO ChatInfo VALUES (1, NULL), (2, 'Chorale'), (3, '');
INSERT INTO ChatRelation VALUES (1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1), (2, 3, 2), (3, 1, 1), (3, 4, 1);
"""
NOON = 1_712_577_600_000  # 2024-04-08 12:00 UTC, in thousandths
OF_EVENTS = ("TimeStamp", "Direction", "ContactID", "ChatID")


def viber(path: Path, *told: dict, script: str = "") -> Path:
    """A base with these messages, Awa's unless they say otherwise, a minute apart."""
    base = sqlite3.connect(path)
    base.executescript(SCHEMA)
    for number, one in enumerate(told, 1):
        row = {"TimeStamp": NOON + number * 60_000, "ContactID": 2, "ChatID": 1, "Type": 1} | one
        for table, names in (("Events", OF_EVENTS), ("Messages", set(row) - set(OF_EVENTS))):
            held = {"EventID": number, **{name: row[name] for name in names if name in row}}
            marks = ", ".join("?" * len(held))
            base.execute(f"INSERT INTO {table} ({', '.join(held)}) VALUES ({marks})", [*held.values()])
    base.commit()
    base.executescript(script)
    base.close()
    return path
