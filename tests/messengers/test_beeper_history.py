import json
import stat
from contextlib import ExitStack

import pytest
from beeper_fake import TOKEN, BeeperFake
from loopback import HTML, serving

from sosie.cli.main import _run
from sosie.core.drafts import Fleeting
from sosie.core.errors import BadSettings
from sosie.core.workspace import Workspace
from sosie.importing.store import imported
from sosie.messengers import beeper_history
from sosie.messengers.beeper_api import Beeper
from sosie.sources.base import read_export

LEA, MALO = "!lea:beeper.local", "!malo/é?:beeper.local"


class Desk:
    """A Beeper Desktop with two conversations, and a folder of sosie's beside it."""

    def __init__(self, folder, stack):
        self.clock, self.folder = 1_790_000_000.0, folder
        self.fake = BeeperFake(lambda: self.clock, page=3)
        self.fake.add_chat(LEA, people=[{"id": f"@de{LEA}", "fullName": "Léa"}])
        self.fake.add_chat(MALO, people=[{"id": f"@de{MALO}", "fullName": "Malo"}])
        for number in range(10):
            self.say(LEA, f"message {number}", own=number % 2 == 1)
        self.say(MALO, "seul")
        self.port = stack.enter_context(serving(lambda *asked: self.answer(*asked)))
        self.answer = self.fake.answer
        (folder / "jeton").write_text(TOKEN)

    def say(self, *said, **more):
        self.clock += 60
        return self.fake.say(*said, **more)

    def bring(self, *words, token="jeton", address=None):
        address = address or f"http://127.0.0.1:{self.port}"
        given = ["import", address, "--token-file", str(self.folder / token), "--json", *words]
        return _run([*given, "--folder", str(self.folder / "moi")])

    def kept(self):
        threads = imported(Workspace(self.folder / "moi"))
        return {thread.title: [message.text for message in thread.messages] for thread in threads}


@pytest.fixture
def desk(tmp_path):
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def told(capsys):
    return json.loads(capsys.readouterr().out)


def test_all_pages_of_all_conversations_come_in_and_the_owner_is_known(desk, capsys):
    desk.fake.page = 1
    assert desk.bring() == 0
    done = told(capsys)
    assert (done["added"], done["conversations"], done["me"]) == (11, 2, ["Zoé"])
    kept = desk.kept()
    assert kept[f"Titre {LEA}"] == [f"message {number}" for number in range(10)]
    assert kept[f"Titre {MALO}"] == ["seul"]
    assert {method for method, _ in desk.fake.asked} == {"GET"}


def test_the_same_twice_adds_nothing_and_what_is_new_is_added(desk, capsys):
    assert desk.bring() == 0 and told(capsys)["added"] == 11
    assert desk.bring() == 0 and told(capsys)["added"] == 0
    said = desk.say(LEA, "et puis", own=True)
    assert desk.bring() == 0 and told(capsys)["added"] == 1
    assert [path.name for path in (desk.folder / "moi/exports").glob("0*")] == ["0001", "0002"]
    (line,) = [one for one in desk.fake.chats[LEA]["said"] if one["id"] == said]
    line |= {"text": "et puis non", "editedTimestamp": line["timestamp"]}
    desk.say(LEA, "ok")
    assert desk.bring() == 0
    assert desk.kept()[f"Titre {LEA}"][-2:] == ["et puis non", "ok"]


def test_a_page_that_overlaps_another_gives_each_message_once(desk, capsys):
    page = desk.fake._page

    def overlapping(items, cursor):
        names = [item.get("sortKey") or item["id"] for item in items]
        before = names.index(cursor) if cursor else 0
        return page(items, names[before - 1] if before else None)

    desk.fake._page = overlapping
    assert desk.bring() == 0 and told(capsys)["added"] == 11


def test_what_is_kept_is_for_its_owner_alone_and_holds_no_token_nor_draft(desk):
    desk.fake.chats[LEA]["box"] = "un brouillon secret"
    assert desk.bring() == 0
    (kept,) = (desk.folder / "moi/exports").rglob("Beeper.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    text = kept.read_text()
    assert TOKEN not in text and "secret" not in text


def misbehave(kind, real, after):
    """An answer of Beeper's that goes wrong after so many calls."""
    calls = iter(range(1000))

    def answer(method, path, headers, body):
        if next(calls) < after:
            return real(method, path, headers, body)
        if kind == "cut":
            whole = json.dumps(real(method, path, headers, body)[1]).encode()
            return 200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))}
        if kind == "endless":
            return 200, {"items": [{"id": "1", "sortKey": "k1", "timestamp": ""}], "hasMore": True}, {}
        if kind == "gone":
            return 404, {"message": "secret"}, {}
        return (502 if kind == "error" else 200), HTML, {}

    return answer


@pytest.mark.parametrize("kind", ["html", "error", "cut", "endless", "gone"])
@pytest.mark.parametrize("after", [0, 3, 5])
def test_a_beeper_that_fails_is_one_sentence_and_nothing_is_half_imported(desk, capsys, kind, after):
    desk.answer = misbehave(kind, desk.fake.answer, after)
    assert desk.bring() == 3
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert "Beeper Desktop" in error["message"] and "--token-file" in error["mend"]
    assert TOKEN not in said.out + said.err and "secret" not in said.out
    assert not (desk.folder / "moi/exports").exists()


def test_a_beeper_that_asks_to_wait_is_asked_again(desk, capsys):
    busy, real = iter([True, False] * 3), desk.fake.answer
    desk.answer = lambda *asked: (429, {}, {"Retry-After": "0"}) if next(busy, False) else real(*asked)
    assert desk.bring() == 0 and told(capsys)["added"] == 11
    desk.answer = lambda *_: (429, {}, {"Retry-After": "0"})
    assert desk.bring() == 3 and "demande d'attendre" in capsys.readouterr().out


def test_a_wrong_token_and_one_that_is_none(desk, capsys):
    (desk.folder / "autre").write_text("un-autre-jeton")
    (desk.folder / "double").write_text("jeton\nsecret")
    assert desk.bring(token="autre") == 3
    assert "refuse (code 401)" in (said := capsys.readouterr()).out and "un-autre-jeton" not in said.out
    assert desk.bring(token="double") == 3
    assert "pas un jeton" in (said := capsys.readouterr()).out and "secret" not in said.out + said.err


def test_off_is_one_sentence(desk, capsys):
    with serving(lambda *_: (200, {}, {})) as port:
        pass
    assert desk.bring(address=f"http://127.0.0.1:{port}") == 3
    assert "Beeper Desktop ne répond pas" in capsys.readouterr().out


@pytest.mark.parametrize(
    "address",
    [
        "http://192.168.1.7:23373",
        "http://example.org",
        "https://127.0.0.1:23373",
        "http://127.0.0.1:23373/v1",
        "http://moi:secret@127.0.0.1:23373",
        "http://127.0.0.1.example.org:23373",
        "http://127.0.0.1:99999",
    ],
)
def test_only_this_machine_is_asked(address):
    with pytest.raises(BadSettings) as told:
        Beeper(address, TOKEN)
    assert "http://127.0.0.1:23373" in told.value.mend and "secret" not in str(told.value)


def test_a_folder_called_beeper_is_a_folder_as_any(desk, capsys, tmp_path, monkeypatch):
    with Fleeting() as folder:
        path = folder / "Beeper.json"
        beeper_history.download(Beeper(f"http://127.0.0.1:{desk.port}", TOKEN), path)
        (tmp_path / "beeper").mkdir()
        (tmp_path / "beeper/Beeper.json").write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert _run(["import", "beeper", "--json", "--folder", "moi"]) == 0
    assert told(capsys)["added"] == 11


def test_a_message_of_any_shape_costs_itself_alone(desk, capsys):
    for odd in ({"attachments": 3}, {"text": 7}, {"timestamp": None}, {"type": []}, {"senderID": {}}):
        desk.say(MALO, "bizarre")
        desk.fake.chats[MALO]["said"][-1].update(odd)
    desk.fake.chats[MALO]["people"].append("personne")
    assert desk.bring() == 0
    reading = read_export(next((desk.folder / "moi/exports").rglob("Beeper.json")))
    counts = [len(list(thread.messages)) for thread in reading]
    assert sum(counts) == 16 and told(capsys)["added"] == 16


def test_me_is_known_by_the_account_where_a_message_does_not_say_it(desk):
    for said in desk.fake.chats[LEA]["said"]:
        said.pop("isSender")
    assert desk.bring() == 0
    for thread in imported(Workspace(desk.folder / "moi")):
        if LEA in thread.title:
            assert {message.author for message in thread.messages} == {"Zoé", "Léa"}
            assert thread.owner == "Zoé"
