"""Messenger and Instagram, trap by trap (numbered as in the list the readers are held to)."""

import json
import time
import zipfile

import pytest
from exports_on_the_spot import read, said, write
from folder_golden import FIXTURES, golden, lines

from sosie.core.errors import UnknownExport
from sosie.sources.base import read_export, recognise
from sosie.sources.files.archive import Archive, open_archive
from sosie.sources.meta.dates import page_time
from sosie.sources.meta.messages import mended
from sosie.sources.meta.system_messages import classify
from sosie.sources.summary import summarise_reading

THEO, INES = "Théo Garnier", "Inès Benaïssa"
START = 1685606400000
INBOX = "your_facebook_activity/messages/inbox"


def mojibake(value):
    """As Meta writes it: UTF-8 read as Latin-1, at every depth."""
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, list):
        return [mojibake(item) for item in value]
    return {k: mojibake(v) for k, v in value.items()} if isinstance(value, dict) else value


def said_at(second, text=None, who=THEO, **more):
    content = {} if text is None else {"content": text}
    return {"sender_name": who, "timestamp_ms": START + second * 1000, **content, **more}


def part(*messages, title=INES, people=(INES, THEO), path="inbox/ines_1"):
    """A part, newest message first."""
    told = [{"name": name} for name in people]
    newest_first = list(messages)[::-1]
    document = {"participants": told, "messages": newest_first, "title": title, "thread_path": path}
    return json.dumps(mojibake(document), indent=2)


def e2ee(*messages, title=INES, people=(INES, THEO)):
    told = [{"senderName": who, "text": text, "timestamp": START + s * 1000} for s, who, text in messages]
    return json.dumps({"participants": people, "threadName": title, "messages": told}, ensure_ascii=False)


def page(*rows, title="Léa Roux"):
    body = "".join(
        f"<div><h2>{who}</h2><div><div><div></div><div>{text}</div></div></div><div>{when}</div></div>"
        for who, text, when in rows
    )
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><main>{body}</main></body></html>"


@pytest.fixture
def folder(tmp_path):
    """An account made of {path: text}."""

    def make(files):
        for name, text in files.items():
            write(tmp_path / "compte" / name, text)
        return tmp_path / "compte"

    return make


@pytest.mark.parametrize("form", ["messenger", "messenger_html", "instagram"])
def test_each_fixture_gives_its_golden_lines(form):
    assert lines(FIXTURES / form / "export") == golden(form)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("In\u00c3\u00a8s", "Inès"),
        ("\u00f0\u009f\u0098\u0098", "😘"),
        ("mdr", "mdr"),
        ("déjà vu", "déjà vu"),
        ("l’épaule 💪", "l’épaule 💪"),
        ("« à peu près » Ã‡a va", "« à peu près » Ã‡a va"),
        ("In\u00c3\u00a8s et é", "In\u00c3\u00a8s et é"),  # not all of it is UTF-8: nothing is touched
        ("\u00c3\u0083\u00c2\u00a9", "\u00c3\u00a9"),  # written twice, mended once
        ("\ud83d", "\ufffd"),
        (None, ""),
    ],
)
def test_13_mojibake_is_mended_to_the_last_byte_or_not_at_all(written, meant):
    assert mended(written) == meant


def test_13_names_titles_and_texts_are_mended(folder):
    (found,) = read_export(folder({f"{INBOX}/ines_1/message_1.json": part(said_at(0, "ça va ?", who=INES))}))
    assert (found.title, found.owner) == (INES, THEO)
    assert said(list(found.messages)) == [(INES, "ça va ?")]


def test_13_right_and_wrong_strings_may_stand_in_one_file(folder):
    text = e2ee((0, THEO, "ça va"), (1, mojibake(INES), mojibake("là aussi 😂")))
    assert said(read(folder({"messages/ines_1.json": text}))) == [(THEO, "ça va"), (INES, "là aussi 😂")]


@pytest.mark.parametrize("numbers", [(10, 2, 1), (1, 2, 10)], ids=["newest is 1", "newest is 10"])
def test_14_parts_are_read_in_the_order_of_time_whatever_their_numbers(folder, numbers):
    files = {
        f"{INBOX}/ines_1/message_{number}.json": part(said_at(10 * n, f"a{n}"), said_at(10 * n + 5, f"b{n}"))
        for n, number in enumerate(numbers)
    }
    assert [m.text for m in read(folder(files))] == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_14_messages_of_one_moment_keep_their_order_and_repeats_are_kept(folder):
    texts = ["un", "deux", "ok", "ok"]
    files = {f"{INBOX}/ines_1/message_1.json": part(*(said_at(0, text) for text in texts), said_at(9, "fin"))}
    found = read(folder(files))
    assert [m.text for m in found] == [*texts, "fin"]
    assert len({m.id for m in found}) == 5


def test_15_what_was_unsent_has_no_words(folder):
    unsent = said_at(1, "oups", is_unsent=True)
    files = {f"{INBOX}/a_1/message_1.json": part(said_at(0, "ok"), unsent)}
    assert [(m.kind, m.text) for m in read(folder(files))] == [("text", "ok"), ("deleted", "")]


def test_15_share_text_is_somebody_else_s(folder):
    share = {"link": "https://exemple.fr", "share_text": "Le mot d’un autre"}
    files = {
        f"{INBOX}/a_1/message_1.json": part(
            said_at(0, "regarde", share=share),
            said_at(1, "Théo a envoyé une pièce jointe.", share=share),
            said_at(2, share=share),
            said_at(3, "Le mot d’un autre", share=share),
        )
    }
    found = read(folder(files))
    assert [(m.kind, m.text) for m in found] == [
        ("text", "regarde"),
        ("file", ""),
        ("file", ""),
        ("file", ""),
    ]


def test_15_calls_are_told_by_their_length_or_type(folder):
    files = {
        f"{INBOX}/a_1/message_1.json": part(
            said_at(0, "Théo vous a appelé(e).", call_duration=0), said_at(1, type="Call"), said_at(2, "ok")
        )
    }
    found = read(folder(files))
    assert [m.kind for m in found] == ["call", "call", "text"]


@pytest.mark.parametrize(
    ("sender", "text", "verdict"),
    [
        (INES, "Inès a réagi ❤️ à votre message ", "notice"),
        (INES, "Vous avez réagi 😂 à son message", "notice"),
        ("léo 🎸", "A aimé un message", "notice"),
        ("zoe", "Reacted 😂 to your message ", "notice"),
        (INES, "Inès a ajouté Malo au groupe.", "notice"),
        (INES, "Loulou a nommé le groupe « Vacances : été ».", "notice"),
        (INES, "Loulou a défini l’emoji sur 🌴.", "notice"),
        (THEO, "Théo vous a appelé(e).", "notice"),
        (THEO, "Vous avez manqué un appel de Théo.", "notice"),
        (THEO, "L’appel vidéo est terminé.", "notice"),
        (THEO, "Inès missed your video call.", "notice"),
        (THEO, "Inès a manqué votre appel vidéo.", "notice"),
        (THEO, "Inès a manqué votre appel, rappelez-la", "said"),
        (THEO, "Vous pouvez désormais vous envoyer des messages et vous appeler.", "notice"),
        (THEO, "Théo a quitté le groupe.", "notice"),
        (THEO, "You named the group Été.", "notice"),
        (THEO, "Théo a envoyé une pièce jointe.", "placeholder"),
        (THEO, "Vous avez envoyé un lien.", "placeholder"),
        (THEO, "Théo sent 3 photos.", "placeholder"),
        (THEO, "elle a envoyé une photo !", "said"),
        (THEO, "elle a envoyé une photo", "said"),
        (THEO, "Elle a ajouté du sucre", "said"),
        (THEO, "vous avez quitté le groupe ?", "said"),
        (THEO, "qui a créé le groupe ?", "said"),
        (THEO, "tu as aimé un message", "said"),
        (THEO, "Inès a quitté le groupe", "said"),
        (THEO, "Vous avez appelé qui ?", "said"),
        (THEO, "audio omis, c’est pas un film ?", "said"),
        (THEO, "Théo a ajouté Malo au groupe.\nmdr", "said"),
    ],
)
def test_15_what_the_platform_writes_is_told_from_what_people_write(sender, text, verdict):
    assert classify(text, sender, something_sent=False) == verdict


def test_16_both_roots_and_both_families_are_read_from_one_zip(tmp_path):
    path = tmp_path / "facebook-theo.zip"
    old = "your_activity_across_facebook/messages"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{INBOX}/ines_1/message_1.json", part(said_at(50, "neuf"), said_at(60, "après")))
        archive.writestr(
            f"{old}/archived_threads/ines_1/message_1.json", part(said_at(0, "vieux"), said_at(50, "neuf"))
        )
        archive.writestr(
            f"{old}/inbox/malo_2/message_1.json",
            part(said_at(5, "salut"), title="Malo", people=("Malo", THEO)),
        )
        archive.writestr(
            "your_facebook_activity/messages/Zoé_3.json",
            e2ee((9, THEO, "ça va"), title="Zoé_3", people=("Zoé", THEO)),
        )
    reading = read_export(path)
    found = {c.title: [m.text for m in c.messages] for c in reading}
    assert found == {INES: ["vieux", "neuf", "après"], "Malo": ["salut"], "Zoé": ["ça va"]}
    assert reading.log.skipped == {"message déjà lu dans une autre partie": 1}


@pytest.mark.parametrize("broken", ["", "\0" * 50, "{", '{"participants": []}', "[1, 2]", "du texte"])
def test_16_a_broken_part_is_told_and_the_rest_is_read(folder, broken):
    files = {
        f"{INBOX}/ines_1/message_1.json": part(said_at(50, "b")),
        f"{INBOX}/ines_1/message_2.json": broken,
        f"{INBOX}/ines_1/message_3.json": part(said_at(0, "a")),
    }
    reading = read_export(folder(files))
    assert [m.text for c in reading for m in c.messages] == ["a", "b"]
    assert reading.log.skipped == {"partie illisible": 1}


def test_16_a_part_that_was_cut_gives_what_can_be_read_of_it(folder):
    whole = part(said_at(0, "un"), said_at(1, "deux"), said_at(2, "trois"))
    reading = read_export(folder({f"{INBOX}/ines_1/message_1.json": whole[: whole.index('"un"') + 2]}))
    assert [m.text for c in reading for m in c.messages] == ["deux", "trois"]
    assert reading.log.skipped == {"message illisible": 1}


def test_16_json_and_html_of_one_thread_count_once(folder):
    html = page((THEO, "Hé", "juin 01, 2023 10:00 am"), title=INES)
    files = {f"{INBOX}/ines_1/message_1.json": part(said_at(0, "Hé")), f"{INBOX}/ines_1/message_1.html": html}
    found = summarise_reading(read_export(folder(files)))
    assert (found.conversations, found.messages, found.first) == (1, 1, "2023-06-01T08:00:00Z")
    files[f"{INBOX}/ines_1/message_1.json"] = "illisible"
    found = summarise_reading(read_export(folder(files)))
    assert (found.conversations, found.messages, found.first) == (1, 1, "2023-06-01T10:00:00")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Sep 13, 2020, 12:26 PM", "2020-09-13 12:26:00"),
        ("sept. 13, 2020 12:26 am", "2020-09-13 00:26:00"),
        ("13 sept. 2020 à 12:26", "2020-09-13 12:26:00"),
        ("mar. 15, 2025 3:52:07 pm", "2025-03-15 15:52:07"),
        ("août 1, 2023 9:05 pm", "2023-08-01 21:05:00"),
        ("1 février 2024, 09:05", "2024-02-01 09:05:00"),
        ("15. März 2024, 14:31", "2024-03-15 14:31:00"),
        ("févr. 30, 2024 9:05 pm", "None"),
        ("demain à 12:26", "None"),
        ("Inès Benaïssa", "None"),
    ],
)
def test_dates_of_pages_are_read_in_the_language_of_the_account(text, at):
    assert str(page_time(text)) == at


def test_pages_give_words_media_and_no_reaction_or_preview(folder):
    reaction = "<div><ul><li><span>❤️Zoé<span> (sept. 13, 2022 9:04 pm)</span></span></li></ul></div>"
    rows = [
        ("Zoé", f"1 &lt; 2<br/>voilà</div>{reaction}<div>", "sept. 13, 2022 9:06 pm"),
        (
            "Zoé",
            'lis ça</div><div><a href="https://exemple.fr">Le titre d’un autre</a>',
            "sept. 13, 2022 9:05 pm",
        ),
        ("Zoé", '<a href="x/photos/1.jpg"><img src="x/photos/1.jpg"/></a>', "sept. 13, 2022 9:04 pm"),
    ]
    found = read(folder({f"{INBOX}/zoe_9/message_1.html": page(*rows)}))
    assert [(m.kind, m.text) for m in found] == [("image", ""), ("text", "lis ça"), ("text", "1 < 2\nvoilà")]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Montreal", "UTC"])
def test_18_times_are_utc_in_any_zone(folder, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = summarise_reading(
            read_export(folder({f"{INBOX}/a_1/message_1.json": part(said_at(0, "ok"))}))
        )
        assert found.first == "2023-06-01T08:00:00Z"
        page_only = folder({"autre/message_1.html": page((THEO, "Hé", "juin 01, 2023 10:00 am"))}) / "autre"
        assert summarise_reading(read_export(page_only)).first == "2023-06-01T10:00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_20_the_owner_is_told_by_the_profile_or_by_the_title_of_a_pair(folder):
    group = part(said_at(0, "ok"), title="Vacances", people=(INES, "Malo", THEO))
    files = {f"{INBOX}/ines_1/message_1.json": part(said_at(0, "ok")), f"{INBOX}/vac_2/message_1.json": group}
    assert [c.owner for c in read_export(folder(files))] == [THEO, None]
    profile = {"profile_v2": {"name": {"full_name": THEO}, "family_members": [{"name": INES}]}}
    files["personal_information/profile_information/profile_information.json"] = json.dumps(mojibake(profile))
    assert [c.owner for c in read_export(folder(files))] == [THEO, THEO]


def test_ids_stay_the_same_in_a_longer_export_with_other_parts(folder, tmp_path):
    texts = [said_at(n, "ok" if n % 2 else f"n° {n}") for n in range(6)]
    first = read(folder({f"{INBOX}/ines_1/message_1.json": part(*texts[:4])}))
    later = {
        f"autre/{INBOX}/ines_1/message_1.json": part(*texts[3:]),
        f"autre/{INBOX}/ines_1/message_2.json": part(*texts[:3]),
    }
    assert [m.id for m in read(folder(later) / "autre")][:4] == [m.id for m in first]


def test_28_threads_are_known_by_what_is_in_them(tmp_path):
    lone = write(tmp_path / "discussion.txt", part(said_at(0, "ok")))
    assert recognise(open_archive(lone)) == "messenger"
    assert (
        recognise(open_archive(write(tmp_path / "instagram-zoe.json", part(said_at(0, "ok"))))) == "instagram"
    )
    other = write(tmp_path / "message_1.json", '{"messages": [], "mot": "secretissime"}')
    with pytest.raises(UnknownExport) as error:
        list(read_export(other, "messenger"))
    assert "secretissime" not in f"{error.value.message}{error.value.mend}"


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": [{"role": "user", "content": "ça va ?"}, {"role": "assistant", "content": "oui"}]}',
        '{"name": "Malik", "type": "personal_chat", "id": 1, "messages": [{"id": 1, "type": "message"}]}',
        '<html><body><div class="message default" id="message1"></div></body></html>',
        "[1, 2]",
    ],
)
def test_28_other_files_are_left_to_others(tmp_path, text):
    from sosie.sources.meta.reader import Messenger

    assert Messenger().sniff(open_archive(write(tmp_path / "message_1.json", text))) == 0


def test_28_of_a_whole_account_only_messages_are_opened(tmp_path, monkeypatch):
    path, opened = tmp_path / "facebook.zip", []
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(300):
            archive.writestr(f"your_facebook_activity/posts/media/{number}.jpg", b"\xff\xd8")
            archive.writestr(f"your_facebook_activity/other/{number}/thing_{number}.json", '{"a": [1]}')
        archive.writestr(f"{INBOX}/ines_1/message_1.json", part(said_at(0, "ok")))
        archive.writestr(f"{INBOX}/ines_1/photos/1.jpg", b"\xff\xd8")
    whole = Archive.open
    monkeypatch.setattr(
        Archive, "open", lambda self, name, *a, **k: opened.append(name) or whole(self, name, *a, **k)
    )
    assert said(list(next(read_export(path, "messenger")).messages)) == [(THEO, "ok")]
    assert set(opened) == {f"{INBOX}/ines_1/message_1.json"}


def test_31_odd_values_cost_themselves(folder):
    odd = [5, "texte", {}, {"sender_name": 3, "timestamp_ms": "jamais"}, {"timestamp_ms": True}, None]
    kept = {"timestamp_ms": START, "content": ["?"], "photos": "?", "share": 3, "sender_name": None}
    document = {"participants": {"a": 1}, "messages": [*odd, kept], "title": 4, "thread_path": []}
    (found,) = read_export(folder({f"{INBOX}/a_1/message_1.json": json.dumps(document)}))
    assert [m.author for m in found.messages] == ["Utilisateur inconnu"]


def test_33_names_of_files_with_accents_are_read_however_a_mac_wrote_them(folder):
    files = {"messages/Ine\u0300s_1.json": e2ee((0, THEO, "ok"), title="In\u00e8s_1", people=("Zoé", THEO))}
    assert [c.title for c in read_export(folder(files))] == ["Inès"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Appel audio terminé", "notice"),
        ("Appel vidéo refusé", "notice"),
        ("Appel vidéo de groupe terminé", "notice"),
        ("Audio call ended", "notice"),
        ("Video call declined", "notice"),
        ("appel vidéo terminé bien trop tôt", "said"),
        ("ton appel audio terminé, j'ai dormi", "said"),
    ],
)
def test_what_instagram_says_of_a_call_is_nobody_s_words(text, verdict):
    assert classify(text, "Ana Ruiz", something_sent=False) == verdict
