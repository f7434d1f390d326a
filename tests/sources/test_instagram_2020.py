"""Instagram's `messages.json` of before 2020."""

import json

from damaged import damages, survives
from exports_on_the_spot import write

from sosie.sources.base import read_export

MOJIBAKE = "ça va Inès".encode().decode("latin-1")


def said(minute, sender="leo_42", **what):
    return {"sender": sender, "created_at": f"2019-05-01T12:{minute:02}:00.123456+00:00", **what}


def export(path, *threads):
    write(path / "profile.json", json.dumps({"username": "ines.b", "name": "x"}))
    write(path / "likes.json", json.dumps({"media_likes": []}))
    write(path / "messages.json", json.dumps(threads))
    return path


def thread(*messages, people=("ines.b", "leo_42")):
    return {"participants": list(people), "conversation": list(messages)}


def test_it_is_recognised_turned_round_and_mended_and_the_owner_is_in_the_profile(tmp_path):
    reading = read_export(export(tmp_path, thread(said(2, "ines.b", text=MOJIBAKE), said(1, text="yo"))))
    (found,) = reading
    assert (reading.source, found.title, found.owner, found.group) == ("instagram", "leo_42", "ines.b", False)
    assert [(m.author, m.text) for m in found.messages] == [("leo_42", "yo"), ("ines.b", "ça va Inès")]


def test_what_somebody_else_wrote_below_a_shared_picture_is_not_read(tmp_path):
    shared = {"media_share_url": "https://a", "media_owner": "chat", "media_share_caption": "Miaou"}
    path = export(tmp_path, thread(said(2, text="trop mignon", **shared), said(1, **shared)))
    (found,) = read_export(path)
    assert [(m.kind, m.text) for m in found.messages] == [("file", ""), ("text", "trop mignon")]


def test_every_sort_of_message_has_its_kind(tmp_path):
    sorts = [
        ({"heart": "\u2764\ufe0f"}, "text"),
        ({"media": "https://a/b.mp4?x=1"}, "video"),
        ({"media": "https://a/b"}, "image"),
        ({"voice_media": "Media unavailable."}, "voice"),
        ({"animated_media_images": {}}, "image"),
        ({"story_share": "Shared a story"}, "file"),
        ({"video_call_action": "leo_42 a commencé un appel"}, "call"),
        ({"action": "leo_42 a nommé le groupe"}, "notice"),
        ({"likes": [{"username": "ines.b", "date": "x"}]}, "text"),
    ]
    path = export(tmp_path, thread(*(said(n, **what) for n, (what, _) in enumerate(sorts))))
    (found,) = read_export(path)
    assert [m.kind for m in found.messages] == [kind for _, kind in sorts]


def test_threads_are_apart_the_empty_one_is_none_and_a_group_is_a_group(tmp_path):
    group = thread(said(3, text="a"), people=("ines.b", "leo_42", "zoe"))
    reading = read_export(export(tmp_path, thread(), group, thread(said(1, text="b"))))
    assert [(one.title, one.group) for one in reading] == [("leo_42, zoe", True), ("leo_42", False)]


def test_a_broken_thread_costs_itself(tmp_path):
    path = export(tmp_path, *(thread(said(n, text=f"m{n}"), people=("ines.b", str(n))) for n in range(4)))
    text = (path / "messages.json").read_text(encoding="utf-8")
    write(path / "messages.json", text.replace('"m1"', '"m1 "oups', 1))
    reading = read_export(path)
    assert [m.text for one in reading for m in one.messages] == ["m0", "m2", "m3"]
    assert sum(reading.log.skipped.values()) >= 1


def test_31_a_hundred_mutations_are_read_or_refused_with_a_sentence(tmp_path):
    threads = [
        thread(*(said(n, text=f"m{n}") for n in range(9)), people=("ines.b", str(k))) for k in range(9)
    ]
    whole, entries = json.dumps(threads).encode(), 0
    for mutated in damages(whole, seed=3):
        (tmp_path / "messages.json").write_bytes(mutated)
        entries += survives(tmp_path / "messages.json", "instagram")
    assert entries > 1000
