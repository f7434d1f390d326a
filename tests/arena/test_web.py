"""The game's page as browsers, friends and strangers meet it."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from threading import Thread
from xml.etree import ElementTree

import httpx
import pytest

from sosie.arena.game import make_game
from sosie.arena.scoreboard import PERSON, scoreboard
from sosie.arena.votes import Vote, Votes, duel_id
from sosie.arena.web import access as door_room
from sosie.arena.web import launch as opening
from sosie.arena.web import qr_code
from sosie.arena.web import server as server_room
from sosie.arena.web.access import Door
from sosie.arena.web.launch import WIDER, launch, open_server, own_address, shown_host
from sosie.arena.web.session import Refused, Table, nickname
from sosie.arena.web.share_picture import picture
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadSettings, SosieError
from sosie.core.loopback import TurnedAway
from sosie.evaluate.heldout import Context, held_out

KEY = "tuba-en-mi-bémol"


def a_game(systems=("double",)):
    talks = [
        Dialogue((Turn("user", f"on fait quoi le {n} ?"), Turn("assistant", f"secret de Léa {n}")))
        for n in range(25)
    ]
    contexts = held_out(talks, 100, 7).contexts
    answers = {name: [f"copie de {name} {n}" for n in range(len(contexts))] for name in systems}
    return make_game(contexts, answers)


@contextmanager
def opened(folder, door, systems=("double",)):
    with Votes(folder / "arena.db") as votes, open_server(Table(a_game(systems), votes), door, 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def here(tmp_path):
    with opened(tmp_path, Door("127.0.0.1")) as address:
        yield address


@pytest.fixture
def locked(tmp_path, monkeypatch):
    monkeypatch.setattr(door_room, "WAIT", 0.0)
    with opened(tmp_path, Door("127.0.0.1", KEY)) as address:
        yield address


class Friend:
    """A browser that holds a pass, and the token of its page."""

    def __init__(self, address, rater="malo", key=None):
        self.client = httpx.Client(base_url=address, follow_redirects=True)
        page = self.client.get("/", params={"key": key} if key else None)
        token = re.search(r'name="sosie" content="(\w+)"', page.text)[1]
        self.headers = {"X-Sosie": token, "Origin": address}
        self.rater = rater

    def ask(self, verb, **more):
        return self.client.post(f"/api/{verb}", json={"rater": self.rater, **more}, headers=self.headers)

    def play(self, duels, choose, **more):
        table = self.ask("next").json()
        for _ in range(duels):
            table = self.ask("vote", duel=table["duel"]["id"], choice=choose(table["duel"]), **more).json()
        return table

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()


def always_the_double(duel):
    return "left" if "copie" in duel["left"] else "right"


# Playing


def test_a_duel_gives_away_nothing_but_its_texts(here):
    with Friend(here) as malo:
        table = malo.ask("next").json()
        assert (table["done"], table["total"], table["round"]) == (0, 25, 10)
        duel = table["duel"]
        assert set(duel) == {"id", "context", "left", "right"}
        assert {duel["left"].split()[0], duel["right"].split()[0]} == {"secret", "copie"}
        assert duel["context"] == [{"me": False, "text": duel["context"][0]["text"]}]
        said = malo.ask("vote", duel=duel["id"], choice="left").text
        assert PERSON not in said and "players" not in said


def test_after_a_round_the_truth_and_the_tally_with_interval_and_n(here):
    with Friend(here) as malo:
        table = malo.play(10, always_the_double)
        assert table["done"] == 10
        end = malo.ask("round").json()
        assert (end["found"], end["asked"], end["left"]) == (0, 10, 15)
        assert len(end["review"]) == 10 and {PERSON, "double"} == set(end["review"][0]["players"])
        (row,) = end["tally"]["fooling"]
        assert (row["rate"], row["n"], row["raters"]) == (1.0, 10, 1) and 0.6 < row["low"] < row[
            "high"
        ] == 1.0


def test_a_round_that_was_shown_says_nothing_of_the_next_ids(here):
    """Who made them again from the words and the players' names knew the person in each."""
    with Friend(here) as malo:
        table = malo.play(10, always_the_double)
        players = malo.ask("round").json()["review"][0]["players"]
        for _ in range(10):
            duel = table["duel"]
            turns = tuple(Turn("user", turn["text"]) for turn in duel["context"])
            for person in (duel["left"], duel["right"]):
                assert duel["id"] != duel_id(Context(turns, person).id, *players)
            table = malo.ask("vote", duel=duel["id"], choice="left").json()


def test_the_last_round_is_shorter_and_then_there_is_no_duel(here):
    with Friend(here) as malo:
        assert malo.play(25, always_the_double)["duel"] is None
        assert len(malo.ask("round").json()["review"]) == 5


def test_a_second_vote_on_a_duel_is_nothing(here, tmp_path):
    with Friend(here) as malo:
        duel = malo.ask("next").json()["duel"]
        for choice in ("left", "right", "known"):
            malo.ask("vote", duel=duel["id"], choice=choice)
        malo.rater = "  MALO "
        assert malo.ask("next").json()["done"] == 1


def test_nobody_plays_in_anothers_name(here, tmp_path):
    with Friend(here) as malo, Friend(here, " Malo ") as thief:
        duel = malo.ask("next").json()["duel"]
        for verb, more in (("next", {}), ("vote", {"duel": duel["id"], "choice": "left"}), ("round", {})):
            refused = thief.ask(verb, **more)
            assert refused.status_code == 409 and "choisissez-en un autre" in refused.json()["error"]
        assert malo.ask("next").json()["done"] == 0
        thief.rater = "inès"
        assert thief.ask("next").status_code == 200
        malo.rater = "inès"
        assert malo.ask("next").status_code == 409
    with Votes(tmp_path / "arena.db") as votes:
        assert not votes.all()


def test_the_base_holds_no_word_of_anybody(here, tmp_path):
    with Friend(here) as malo:
        malo.play(12, lambda duel: "known" if "3" in duel["left"] else "left")
    base = sqlite3.connect(tmp_path / "arena.db")
    dump = "\n".join(base.iterdump())
    base.close()
    assert dump.count('INSERT INTO "votes"') == 12 and "malo" in dump
    assert not re.search(r"secret de|copie|Léa|on fait quoi", dump)


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("vote", {"duel": "x", "choice": "left"}),
        ("vote", {"duel": ["x"], "choice": {}}),
        ("vote", {}),
        ("next", {"rater": " \u200b "}),
        ("next", {"rater": 3}),
        ("tout", {}),
    ],
)
def test_what_the_page_would_not_ask_is_refused(here, verb, more):
    with Friend(here) as malo:
        assert malo.ask(verb, **more).status_code == 400


def test_bodies_that_are_no_json_or_too_long_are_refused(here):
    with Friend(here) as malo:
        for body in (b"{", b"[]", b"[" * 4000, b"\xff"):
            assert malo.client.post("/api/next", content=body, headers=malo.headers).status_code == 400
        refused = malo.client.post("/api/next", content=b"a" * 5000, headers=malo.headers)
        assert (refused.status_code, refused.headers["connection"]) == (413, "close")
        assert malo.ask("next").status_code == 200


def test_who_is_still_sending_a_body_too_long_reads_the_refusal(here):
    """Its bytes arrive after the answer: a connection closed at once would be reset under it."""
    host, port = here.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"POST /api/next HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 300000\r\n\r\n")
        line.recv(1, socket.MSG_PEEK)  # it has answered
        for _ in range(3):
            line.sendall(b"a" * 100_000)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100).startswith(b"HTTP/1.1 413")


# Coming in


def test_the_page_loads_nothing_from_outside_and_is_not_kept(here):
    page = httpx.get(here)
    assert page.status_code == 200 and 'lang="fr"' in page.text and "secret" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "HttpOnly" in page.headers["set-cookie"] and "SameSite=Lax" in page.headers["set-cookie"]
    for path in ("/page.css", "/page.js"):
        text = httpx.get(here + path)
        assert text.status_code == 200 and not re.search(r"https?://(?!www\.w3\.org)", text.text)
    assert httpx.get(here + "/../door.py").status_code == httpx.get(here + "/door.py").status_code == 404


def test_a_foreign_name_for_this_machine_is_refused(here):
    for path in ("/", "/image.svg"):
        assert httpx.get(here + path, headers={"host": "un-site.example"}).status_code == 421
    assert httpx.post(here + "/api/next", headers={"host": "un-site.example"}).status_code == 421
    inside, wide = Door("127.0.0.1"), Door("0.0.0.0", KEY)
    for name in ("127.0.0.1:7870", "localhost", "[::1]:7870"):
        assert inside.knows(name)
    for name in ("", "127.0.0.1.example", "[", "10.0.0.3:7870", "un-site.example:7870"):
        assert not inside.knows(name)
    assert (
        wide.knows("10.0.0.3:7870") and wide.knows(socket.gethostname()) and not wide.knows("un-site.example")
    )


def test_another_site_cannot_ask_in_a_visitors_name(here):
    with Friend(here) as malo:
        body = {"rater": "malo"}
        assert malo.client.post("/api/next", json=body).status_code == 403  # the cookie alone
        for said in (
            {"Origin": "http://un-site.example"},
            {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
            {"Origin": "null"},
            {"Origin": here.replace("http:", "https:")},
            {"Sec-Fetch-Site": "cross-site"},
            {"Host": "un-site.example"},
        ):
            bad = malo.client.post("/api/next", json=body, headers={**malo.headers, **said})
            assert bad.status_code in (403, 421), said
        unsaid = {"X-Sosie": malo.headers["X-Sosie"]}
        assert malo.client.post("/api/next", json=body, headers=unsaid).status_code == 403
        assert malo.client.post("/api/next", json=body, headers=malo.headers).status_code == 200
    with Friend(here) as ines:  # the token of one is nothing with the pass of another
        assert ines.client.post("/api/next", json=body, headers=malo.headers).status_code == 403
    assert httpx.post(here + "/api/next", json=body, headers=malo.headers).status_code == 403


def test_another_site_may_open_the_game_in_a_tab_and_nothing_else(here):
    """A link in a mail, or on the page of sosie, which is another port."""
    for site in ("cross-site", "same-site"):
        tab = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert httpx.get(here, headers=tab).status_code == 200
        for path in ("/page.js", "/image.svg"):
            assert httpx.get(here + path, headers=tab).status_code == 403
        assert httpx.get(here, headers={**tab, "Sec-Fetch-Dest": "iframe"}).status_code == 403
        assert httpx.post(here + "/key", headers=tab).status_code == 403


def test_what_is_no_request_of_ours_gets_no_page_of_python(here):
    for method in ("OPTIONS", "PUT", "TRACE", "<B>"):
        host, port = here.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(f"{method} / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            said = line.makefile().read()
        assert " 501 " in said and "nosniff" in said and "<" not in said and "default-src 'none'" in said


def test_a_request_that_comes_drop_by_drop_is_not_waited_for(here, monkeypatch):
    """Each drop would give a socket's own timeout a new start."""
    monkeypatch.setattr(server_room, "WHOLE_REQUEST", 0.4)
    for head in (b"GET / HTTP/1.1\r\nX: ", b"POST /key HTTP/1.1\r\nContent-Length: 4000\r\n\r\n"):
        host, port = here.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(head)
            begun = time.monotonic()
            with suppress(ConnectionError):
                while time.monotonic() - begun < 5 and not left(line):
                    line.sendall(b"a")
                    time.sleep(0.05)
            assert time.monotonic() - begun < 2


def left(line):
    """Whether the other side has closed."""
    line.setblocking(False)
    try:
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    finally:
        line.settimeout(10)


def test_a_friend_does_not_wait_for_those_who_guess_keys(monkeypatch):
    monkeypatch.setattr(door_room, "WAIT", 0.2)
    door = Door("0.0.0.0", KEY)
    addresses = ("10.0.0.6", next(f"10.0.1.{n}" for n in range(256) if apart(f"10.0.1.{n}", "10.0.0.6")))
    guessers = [Thread(target=door.opens, args=("faux-faux", addresses[0])) for _ in range(8)]
    for guesser in guessers:
        guesser.start()
    begun = time.monotonic()
    assert door.opens(KEY, addresses[1]) and time.monotonic() - begun < 0.1
    assert not door.opens("faute de frappe", addresses[1]) and time.monotonic() - begun < 0.5
    for guesser in guessers:
        guesser.join()
    assert time.monotonic() - begun > 8 * 0.2 - 0.1  # theirs came one at a time


def apart(one, other):
    return hash(one) % door_room.QUEUES != hash(other) % door_room.QUEUES


def test_the_right_key_among_many_at_once_does_not_show_itself_first(monkeypatch):
    monkeypatch.setattr(door_room, "WAIT", 0.2)
    door, opened_after = Door("0.0.0.0", KEY), []
    begun = time.monotonic()

    def guess(key):
        if door.opens(key, "10.0.0.6"):
            opened_after.append(time.monotonic() - begun)

    guessers = [Thread(target=guess, args=(key,)) for key in ("a-faux-1", "a-faux-2", "a-faux-3", KEY)]
    for guesser in guessers:
        guesser.start()
        time.sleep(0.01)
    for guesser in guessers:
        guesser.join()
    assert opened_after[0] > 0.5


def test_whose_turn_does_not_come_is_not_let_in(monkeypatch):
    monkeypatch.setattr(door_room, "MOST_WAITED", 0.05)
    monkeypatch.setattr(door_room, "WAIT", 0.3)
    door = Door("0.0.0.0", KEY)
    guesser = Thread(target=door.opens, args=("faux-faux", "10.0.0.6"))
    guesser.start()
    time.sleep(0.05)
    with pytest.raises(TurnedAway, match="Trop d'essais"):
        door.opens(KEY, "10.0.0.6")
    guesser.join()
    assert door.opens(KEY, "10.0.0.6")


def test_without_the_key_only_the_key_is_asked(locked):
    with httpx.Client(base_url=locked, follow_redirects=True) as stranger:
        page = stranger.get("/")
        assert "Tapez la clé" in page.text and 'name="sosie"' not in page.text and not stranger.cookies
        assert stranger.get("/image.svg").status_code == 404
        assert stranger.post("/api/next", json={"rater": "x"}).status_code == 403
        for wrong in ("faux", KEY[:-1], KEY + "x", "\x00"):
            refused = stranger.post("/key", data={"key": wrong}, headers={"Origin": locked})
            assert refused.status_code == 403 and "pas la bonne clé" in refused.text
        assert stranger.get("/", params={"key": "faux"}).status_code == 403 and not stranger.cookies
        name = f"sosie_{locked.rsplit(':', 1)[1]}"
        for forged in ("x.y", "x", ".", "é.é"):
            assert "Tapez" in stranger.get("/", headers={"Cookie": f"{name}={forged}".encode()}).text


def test_the_key_typed_or_in_the_link_opens_and_is_not_kept(locked):
    with httpx.Client(base_url=locked) as friend:
        let_in = friend.post("/key", data={"key": KEY}, headers={"Origin": locked})
        assert (let_in.status_code, let_in.headers["location"]) == (303, "/")
        assert KEY not in str(let_in.headers) and 'name="sosie"' in friend.get("/").text
    with Friend(locked, key=KEY) as friend:
        assert friend.ask("next").status_code == 200
        assert friend.client.get("/image.svg").headers["content-type"].startswith("image/svg+xml")


def test_a_wider_door_needs_a_key_that_nobody_guesses():
    for host in ("0.0.0.0", "::", "192.168.1.12", "ma-machine"):
        with pytest.raises(BadSettings, match="clé"):
            Door(host)
    with pytest.raises(BadSettings, match="courte"):
        Door("127.0.0.1", "abc")
    assert "lira des bouts de vos conversations" in WIDER


def test_an_address_that_is_not_ours_is_one_sentence(tmp_path):
    with Votes(tmp_path / "arena.db") as votes:
        for door, port in ((Door("192.0.2.7", KEY), 7870), (Door("127.0.0.1"), 99_999)):
            with pytest.raises(SosieError, match=f"{door.host} », port {port}"):
                open_server(Table(a_game(), votes), door, port)


def test_a_taken_port_leaves_its_place_to_the_next(tmp_path):
    with socket.socket() as taken, Votes(tmp_path / "arena.db") as votes:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with open_server(Table(a_game(), votes), Door("127.0.0.1"), port) as server:
            assert server.server_port > port


def test_what_is_told_when_the_game_opens(tmp_path, monkeypatch):
    told, opened_in, drawn = [], [], []
    monkeypatch.setattr(opening, "ROUTES", tmp_path / "none")  # a machine that does not tell its number
    with Votes(tmp_path / "arena.db") as votes:
        server = open_server(Table(a_game(), votes), Door("0.0.0.0", KEY), 0)
        monkeypatch.setattr(server, "serve_forever", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        monkeypatch.setattr(opening, "has_screen", lambda: True)
        monkeypatch.setattr(opening.webbrowser, "open", opened_in.append)
        launch(server, server.server_port, KEY, True, told.append, drawn.append)
    assert "key" not in opened_in[0]  # a browser's words can be read by the whole machine
    assert f".local:{server.server_port}/?key=tuba-en-mi-b%C3%A9mol" in told[1]
    assert told[3] == WIDER and "fermée" in told[4] and told[1].endswith(drawn[0])
    assert shown_host("::1") == "[::1]" and shown_host("192.168.1.12") == "192.168.1.12"


def test_a_friend_is_given_the_number_of_this_machine_on_its_network():
    number = own_address()
    assert shown_host("0.0.0.0") == number or not number
    with socket.socket() as door:
        door.bind((number, 0))  # it is ours, or empty


def test_a_code_is_the_link_module_for_module():
    """By segno alone and by what is shown: rows of text as rows of squares."""
    segno = pytest.importorskip("segno", reason="segno is not installed")
    rows = qr_code.modules(f"http://192.168.1.12:7870/?key={KEY}")
    expected = segno.make_qr(f"http://192.168.1.12:7870/?key={KEY}", error="m")
    assert rows == tuple(tuple(map(bool, row)) for row in expected.matrix_iter(border=4))
    printed = qr_code.in_blocks(rows).splitlines()
    for y, row in enumerate(rows):
        assert [sign in ("█", "▀▄"[y % 2]) for sign in printed[y // 2]] == list(row)
    assert qr_code.as_path(rows).count("M") == sum(map(sum, rows))


def test_the_verb_serves_this_machine_only_loads_nothing_heavy_and_stops(tmp_path):
    """`sosie arena` against the parrot: a process of its own, as a user starts it."""
    (tmp_path / "data").mkdir()
    talk = [{"role": "user", "content": "tu viens {} ?"}, {"role": "assistant", "content": "oui {}"}]
    lines = (json.dumps({"messages": talk}).replace("{}", str(n)) for n in range(20))
    (tmp_path / "data" / "test.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from sosie.cli.main import _run\n"
        "where = ['--no-browser', '--port', '18870', '--folder', sys.argv[1]]\n"
        "done = _run(['arena', '--double', 'echo', *where])\n"
        "print(done, [m for m in ('torch', 'gradio', 'transformers') if m in sys.modules])"
    )
    with subprocess.Popen([sys.executable, "-uc", code, tmp_path], stdout=subprocess.PIPE, text=True) as game:
        address = re.search(r"http://127\.0\.0\.1:\d+", next(line for line in game.stdout if "http" in line))[
            0
        ]
        with Friend(address) as malo:
            duel = malo.ask("next").json()["duel"]
            assert sorted(text.split()[0] for text in (duel["left"], duel["right"])) == ["oui", "tu"]
        game.send_signal(signal.SIGINT)
        assert game.communicate(timeout=30)[0].splitlines()[-2:] == ["La partie est fermée.", "0 []"]


# What is shared


def test_the_picture_holds_figures_only():
    votes = [
        Vote(f"pseudo{n}", f"q{n}", *(("<double>@ab", PERSON) if n % 2 else (PERSON, "<double>@ab")))
        for n in range(40)
    ]
    drawn = picture(scoreboard(votes))
    words = " ".join(ElementTree.fromstring(drawn).itertext())
    assert "50\u202f%" in words and "40 votes" in words and "entre 35\u202f% et 65\u202f%" in words
    assert "pseudo" not in drawn and "&lt;" not in drawn
    ElementTree.fromstring(picture(scoreboard([])))
    several = picture(scoreboard([*votes, Vote("x", "q", "base", PERSON)]))
    words = " ".join(ElementTree.fromstring(several).itertext())
    assert "Modèle 2" in words and "40 votes" in words and not re.search("double>|base", words)


def test_a_nickname_is_one_name_however_it_is_typed():
    assert nickname("  Inès\t du \x00 77 ") == "inès du 77" and len(nickname("a" * 90)) == 24
    with pytest.raises(Refused):
        nickname("\u202e")


def test_a_player_says_whether_they_know_the_person_and_is_counted_with_those(here):
    with Friend(here, "malo") as malo, Friend(here, "inès") as ines:
        malo.play(2, lambda duel: "left", acquainted=True)
        ines.play(3, lambda duel: "right", acquainted=False)
        rows = ines.ask("round").json()["tally"]["by_group"]
        assert {row["group"]: row["raters"] for row in rows} == {"acquaintances": 1, "strangers": 1}
        duel = ines.ask("next").json()["duel"]
        assert ines.ask("vote", duel=duel["id"], choice="left", acquainted="oui").status_code == 400


def test_the_page_asks_it_and_says_that_the_other_is_an_ai(here):
    page = httpx.get(here).text
    assert 'name="acquainted"' in page and "une IA" in page
