"""Writes a Telegram Desktop full export of any size, in French, of nobody's chats.

    python tools/make_telegram.py result.json --messages 1000000 --truth truth.json

As Telegram Desktop writes it: indented by one space, with `date_unixtime`, `from_id`, `text_entities`, and
services between messages. 50 chats: people, groups, a bot, channels, saved messages, of which some were left.
`--truth` says what a right reader finds. The same arguments give the same bytes.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def several(words: str) -> list[str]:
    """« le_chat ça » -> ["le chat", "ça"]"""
    return [word.replace("_", " ") for word in words.split()]


FIRST_NAMES = several(
    "Inès Malo Zoé Théo Aïcha Noé Léa Hugo Éloïse Karim Jeanne Sacha Anaïs Yanis Maëlle Côme"
)
LAST_NAMES = several("Garnier Le_Goff Benaïssa Roux Ferré Nguyen d'Arc Müller Peña O'Brien Lefèvre Ké")
SUBJECTS = several("je tu on le_chat ma_sœur le_plombier ce_train mon_proprio la_voisine le_prof mon_père")
VERBS = several("arrive attend cherche_encore a_oublié veut_refaire déteste adore a_perdu prépare a_raté")
OBJECTS = several("le_gâteau les_clés la_réunion un_truc_bizarre le_RER_B ça la_fête son_vélo les_billets")
LINKS = several("du_coup mais_bon genre franchement en_vrai bref par_contre au_fait t'inquiète carrément")
SHORT = ["mdr", "ok", "oui", "non", "grave", "ptdr 😂", "ah bon ?", "jsp", "trop bien !!", "👍", "ça marche"]
TRAPS = [
    '{"type": "message"}, mdr',
    'il a dit "non" \\ puis plus rien',
    "« Il a quitté le groupe »\nla phrase",
    "[1] lait {2} œufs",
    "prix : 12,50 €\ttout compris",
]
NOT_THERE = "(File not included. Change data exporting settings to download.)"
ABOUT = "Voici les données que vous avez demandées."
OWNER_ID, OWNER = 11111111, ("Camille", "Morel")
START = datetime(2016, 1, 2, 8, tzinfo=UTC)
MACHINE = timedelta(hours=2)  # the clock of the machine that exported
SPECIAL = {0: "saved_messages", 1: "bot_chat"}
KINDS = ["personal_chat"] * 5 + ["private_group", "private_supergroup"] * 2 + ["public_channel"]
MEDIA: list[tuple[str, dict[str, Any]]] = [
    ("image", {"photo": NOT_THERE, "width": 1280, "height": 960}),
    ("image", {"file": NOT_THERE, "thumbnail": NOT_THERE, "media_type": "sticker", "sticker_emoji": "😂"}),
    ("voice", {"file": NOT_THERE, "media_type": "voice_message", "mime_type": "audio/ogg"}),
    ("video", {"file": NOT_THERE, "media_type": "video_file", "mime_type": "video/mp4"}),
    ("file", {"file": NOT_THERE, "mime_type": "application/pdf"}),
    ("location", {"location_information": {"latitude": 48.85, "longitude": 2.35}}),
]
quoted = json.JSONEncoder(ensure_ascii=False).encode


class Truth:
    """What a right reader finds."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.senders: Counter[str] = Counter()
        self.times: list[int] = []

    def add(self, told: dict[str, Any], shown: str, words: bool) -> None:
        if told["type"] == "unsupported":
            self.counts["skipped"] += 1
            return
        if told["type"] == "service":
            self.counts["system"] += 1
            return
        self.counts["messages"] += 1
        self.counts["text_messages"] += words
        self.counts["media"] += shown != "text"
        self.counts["edited"] += "edited" in told
        self.counts["forwarded"] += "forwarded_from" in told
        self.senders[told["from"] or told["from_id"]] += 1
        time = int(told["date_unixtime"])
        self.times = [min(self.times[0], time), max(self.times[1], time)] if self.times else [time, time]

    def to_json(self, chats: int) -> dict[str, Any]:
        first, last = (f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}" for time in self.times)
        names = ("messages", "text_messages", "system", "media", "edited", "forwarded")
        return {
            "conversations": chats,
            **{name: self.counts[name] for name in names},
            "deleted": 0,
            "senders": dict(self.senders.most_common()),
            "first": first,
            "last": last,
            "owner": " ".join(OWNER),
            "entries": self.counts["messages"] + self.counts["system"] + self.counts["skipped"],
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--messages", type=int, default=100_000, help="messages, services aside")
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--truth", type=Path, help="where to write what must be found")
    given = parser.parse_args()
    truth = Truth()
    with given.out.open("w", encoding="utf-8", newline="\n") as file:
        for piece in export(random.Random(given.seed), given.messages, given.chats, truth):
            file.write(piece)
    if given.truth:
        told = json.dumps(truth.to_json(given.chats), ensure_ascii=False, indent=1)
        given.truth.write_text(f"{told}\n", encoding="utf-8")


def export(r: random.Random, messages: int, chats: int, truth: Truth) -> Iterator[str]:
    """The document, in pieces."""
    owner = {"user_id": OWNER_ID, "first_name": OWNER[0], "last_name": OWNER[1], "phone_number": "+33 6 39"}
    known = [{"user_id": 500 + i, "first_name": name, "last_name": ""} for i, name in enumerate(FIRST_NAMES)]
    yield f'{{\n "about": {written(ABOUT, 1)},\n "personal_information": {written(owner, 1)},\n'
    yield f' "profile_pictures": [],\n "contacts": {written({"about": ABOUT, "list": known}, 1)}'
    left = max(1, chats // 10)
    for key, numbers in (("chats", range(chats - left)), ("left_chats", range(chats - left, chats))):
        yield f',\n "{key}": {{\n  "about": {written(ABOUT, 2)},\n  "list": ['
        for place, number in enumerate(numbers):
            share = messages // chats + (number < messages % chats)
            yield ",\n   " if place else "\n   "
            yield from chat(r, number, share, truth)
        yield "\n  ]\n }"
    yield "\n}\n"


def chat(r: random.Random, number: int, messages: int, truth: Truth) -> Iterator[str]:
    """One chat: `messages` messages, and services between them."""
    kind = SPECIAL.get(number) or KINDS[number % len(KINDS)]
    people = crowd(r, number, kind)
    name = f"Groupe n° {number} : été" if "group" in kind else people[-1][1]
    head = {} if kind == "saved_messages" else {"name": name}
    head |= {"type": kind, "id": OWNER_ID if kind == "saved_messages" else 1000 + number}
    yield "{\n    " + ",\n    ".join(f'"{key}": {written(value, 4)}' for key, value in head.items())
    yield ',\n    "messages": ['
    at, made, mark, between = START + timedelta(minutes=r.randrange(9000)), 0, 0, "\n     "
    while made < messages:
        at += timedelta(seconds=r.choice((3, 40, 90, 700, 9000)))
        mark += r.choice((1, 1, 1, 2, 5))
        told, shown, words = entry(r, mark, at, people)
        made += told["type"] == "message"
        truth.add(told, shown, words)
        yield between + written(told, 5)
        between = ",\n     "
    yield "\n    ]\n   }"


def crowd(r: random.Random, number: int, kind: str) -> list[tuple[str, str | None]]:
    """Those who write in a chat, (id, name): the owner first, the other last."""
    me = (f"user{OWNER_ID}", " ".join(OWNER))
    if kind == "saved_messages":
        return [me]
    if kind == "public_channel":
        return [(f"channel{1000 + number}", f"Chaîne n° {number}")]
    others: list[tuple[str, str | None]] = [
        (f"user{1000 + number + i}", f"{r.choice(FIRST_NAMES)} {r.choice(LAST_NAMES)}")
        for i in range(1 + 5 * ("group" in kind))
    ]
    if "group" in kind:
        others.insert(0, (f"user{9000 + number}", None))  # an account that was deleted
    return [me, *others]


def entry(
    r: random.Random, mark: int, at: datetime, people: list[tuple[str, str | None]]
) -> tuple[dict[str, Any], str, bool]:
    """(the entry, what is shown: text or a medium, whether there are words in it)."""
    chance, time = r.random(), int(at.timestamp())
    who, name = people[min(int(r.expovariate(0.7)), len(people) - 1)]
    told: dict[str, Any] = {
        "id": mark,
        "type": "message",
        "date": f"{at + MACHINE:%Y-%m-%dT%H:%M:%S}",
        "date_unixtime": str(time),
    }
    if chance < 0.001:
        return {"id": mark, "type": "unsupported"}, "text", False
    if chance < 0.01:
        action = r.choice(("phone_call", "pin_message", "edit_group_title", "invite_members"))
        service = {"type": "service", "actor": name, "actor_id": who, "action": action}
        return told | service | {"text": "", "text_entities": []}, "text", False
    if chance < 0.03:
        late = at + timedelta(minutes=2)
        told |= {"edited": f"{late + MACHINE:%Y-%m-%dT%H:%M:%S}", "edited_unixtime": str(time + 120)}
    told |= {"from": name, "from_id": who}
    if r.random() < 0.03:
        told["forwarded_from"] = r.choice(("Le Journal du matin", None))
    if r.random() < 0.1 and mark > 5:
        told["reply_to_message_id"] = mark - 3
    shown, medium = ("text", {}) if r.random() > 0.1 else r.choice(MEDIA)
    parts = [] if shown != "text" and r.random() < 0.7 else text(r)
    told |= medium
    plain = [part["text"] if part["type"] == "plain" else part for part in parts]
    only = (
        "".join(part["text"] for part in parts) if all(part["type"] == "plain" for part in parts) else plain
    )
    return told | {"text": only, "text_entities": parts}, shown, bool(parts)


def text(r: random.Random) -> list[dict[str, str]]:
    """Pieces of text, with their looks."""
    chance = r.random()
    if chance < 0.25:
        return [{"type": "plain", "text": r.choice(SHORT)}]
    if chance < 0.27:
        return [{"type": "plain", "text": r.choice(TRAPS)}]
    words = " ".join(sentence(r) for _ in range(r.choice((1, 1, 2, 3))))
    if chance < 0.32:
        link = {"type": "link", "text": f"https://exemple.fr/{r.randrange(9999)}"}
        return [{"type": "plain", "text": f"{words} "}, link]
    if chance < 0.35:
        return [{"type": "bold", "text": words}, {"type": "plain", "text": f" {r.choice(SHORT)}"}]
    return [{"type": "plain", "text": words}]


def sentence(r: random.Random) -> str:
    chosen = (r.choice(words) for words in (SUBJECTS, VERBS, OBJECTS, LINKS))
    return " ".join(chosen) + r.choice((".", " ?", " !", "…", ""))


def written(value: Any, depth: int) -> str:
    """A value as Telegram Desktop indents it."""
    if isinstance(value, dict):
        items = [f'"{key}": {written(inner, depth + 1)}' for key, inner in value.items()]
        opened, closed = "{", "}"
    elif isinstance(value, list):
        items, opened, closed = [written(inner, depth + 1) for inner in value], "[", "]"
    elif isinstance(value, str):
        return quoted(value)
    else:
        return json.dumps(value)
    if not items:
        return opened + closed
    start = "\n" + " " * (depth + 1)
    return f"{opened}{start}{(',' + start).join(items)}{start[:-1]}{closed}"


if __name__ == "__main__":
    main()
