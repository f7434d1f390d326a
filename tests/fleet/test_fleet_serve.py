"""Many doubles behind one address: each key opens one, and a small budget changes no answer."""

import http.client
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from random_doubles import ASKED, GREEDY, NAMES, adapter_bytes, double_of

from sosie.core.errors import NoRoom
from sosie.engines.base import complete
from sosie.engines.echo import Echo
from sosie.engines.gguf import open_gguf
from sosie.engines.open_local import open_local
from sosie.fleet.adapters import AdapterCache
from sosie.fleet.resident_doubles import ResidentDoubles
from sosie.fleet.serve import FleetApp, open_in_llama, serve_people
from sosie.server import run


@contextmanager
def serving(root, megabytes):
    served, count = serve_people(root, megabytes)
    listening = run.listen("127.0.0.1", 0)
    server = run.server_of(FleetApp(served, "127.0.0.1"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = listening.getsockname()[1]

    def ask(key, path="/v1/chat/completions", **body):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        said = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        line.request("POST" if body else "GET", path, json.dumps(body) if body else None, said)
        answer = line.getresponse()
        told = answer.status, json.loads(answer.read())
        line.close()
        return told

    try:
        yield served, count, ask
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def key(root, name):
    return (root / name / "private" / "serve.key").read_text().strip()


def chat(**more):
    asked = {"messages": [{"role": "user", "content": ASKED[0].text}], "max_tokens": 8}
    return {**asked, "temperature": 0, "top_p": 1, **more}


def test_a_key_opens_one_double_and_no_other(people):
    with serving(people, 50) as (_, count, ask):
        assert count.done == len(NAMES)
        assert [one["id"] for one in ask(key(people, "p1"), "/v1/models")[1]["data"]] == ["p1"]
        assert ask(key(people, "p1"), **chat(model="p1"))[0] == 200
        assert ask(key(people, "p1"), **chat(model="p2"))[0] == 404
        assert (
            ask(key(people, "p1"), **chat(model="nobody"))[1] == ask(key(people, "p1"), **chat(model="p2"))[1]
        )
        assert ask(key(people, "p1"), "/v1/models/p2")[0] == 404
        assert ask("a-key-of-someone-who-left", **chat())[0] == ask(None, **chat())[0] == 401
        assert ask(None, "/health")[0] == 200


def test_who_leaves_while_it_runs_is_served_no_more(people, tmp_path):
    shutil.copytree(people / "p0", tmp_path / "lea")
    shutil.copytree(people / "p1", tmp_path / "malo")
    with serving(tmp_path, 50) as (_, _, ask):
        hers, his = key(tmp_path, "lea"), key(tmp_path, "malo")
        assert ask(hers, **chat())[0] == ask(his, **chat())[0] == 200
        shutil.rmtree(tmp_path / "lea")
        (tmp_path / "malo" / "private" / "serve.key").write_text("another key, drawn by hand")
        assert ask(hers, **chat())[0] == ask(his, **chat())[0] == 401


def test_a_copied_folder_does_not_share_its_key(people, tmp_path):
    shutil.copytree(people / "p0", tmp_path / "lea")
    serve_people(tmp_path, 50)
    shutil.copytree(tmp_path / "lea", tmp_path / "copie")
    served, count = serve_people(tmp_path, 50)
    assert count.done == 1 and "autre personne" in count.told[0].sentence


def test_nobody_is_served_anothers_double_by_a_link(people, tmp_path):
    shutil.copytree(people / "p0", tmp_path / "malo")
    (tmp_path / "lea").mkdir()
    (tmp_path / "lea" / "runs").symlink_to(tmp_path / "malo" / "runs")
    served, count = serve_people(tmp_path, 50)
    assert [*served.folders] == ["malo"] and "lien" in count.told[0].sentence


def test_with_room_for_two_each_says_what_it_says_alone(people, alone):
    """Random requests from many threads; the last double has another shape."""
    cache, open_ = AdapterCache(2.1 * adapter_bytes(people)), ResidentDoubles().open

    def answer(number):
        name = NAMES[number * 7 % len(NAMES)]
        with cache.using(
            name, adapter_bytes(people, name), lambda: open_(double_of(people, name), name)
        ) as one:
            seeded = replace(one.sampling, max_tokens=8, seed=3)
            return name, [complete(one.stream(ASKED, sampling))[0] for sampling in (GREEDY, seeded)]

    with ThreadPoolExecutor(8) as threads:
        for name, said in threads.map(answer, range(30)):
            assert said == alone[name]
    assert cache.largest <= 2.1 * adapter_bytes(people) and cache.loads > len(NAMES)
    cache.close()
    assert cache.bytes == 0


def test_no_number_of_the_double_before_is_left(people):
    doubles = ResidentDoubles()
    first, close = doubles.open(double_of(people, "p0"), "p0")
    runner = first._runner.now
    close()
    second, _ = doubles.open(double_of(people, "p1"), "p1")
    assert second._runner.now is runner
    wanted = open_local(double_of(people, "p1"))._runner.model.state_dict()
    held = second._runner.model.state_dict()
    assert held.keys() == wanted.keys() and all(bool((held[name] == wanted[name]).all()) for name in wanted)
    assert "mot1" in second.lexicon and "mot0" not in second.lexicon


def test_the_least_recently_used_leaves_and_who_is_in_use_stays():
    cache, closed = AdapterCache(2), []

    def use(name):
        return cache.using(name, 1, lambda: (Echo(), lambda: closed.append(name)))

    with use("a"):
        for name in ("b", "c", "b", "c"):
            with use(name):
                pass
    assert closed == ["b", "c", "b"] and cache.bytes == 2
    with pytest.raises(NoRoom), cache.using("large", 3, lambda: (Echo(), lambda: None)):
        pass


def test_a_double_that_cannot_be_opened_takes_no_room():
    cache = AdapterCache(1)

    def broken():
        raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError), cache.using("a", 1, broken):
            pass
    assert cache.bytes == 0


def test_answers_that_made_way_go_on_in_other_modules_and_say_the_same(people):
    """Eight at once, of four people, with room for one: each is paused after its first piece."""
    longer, first = replace(GREEDY, max_tokens=24), NAMES[:4]
    alone = {name: complete(open_local(double_of(people, name)).stream(ASKED, longer)) for name in first}
    served, _ = serve_people(people, 1.1 * adapter_bytes(people) / 1e6)

    def answer(name):
        return name, complete(served.doubles_of(name).all[0].engine.stream(ASKED, longer))

    with ThreadPoolExecutor(8) as threads:
        for name, (said, usage) in threads.map(answer, 2 * first):
            assert (said, usage.tokens) == (alone[name][0], alone[name][1].tokens)
    assert served.cache.loads > len(first) and served.cache.largest <= served.cache.most_bytes


def test_a_newcomer_passes_answers_that_made_way_but_for_the_first():
    cache, order, threads = AdapterCache(1), [], []
    adapters = {name: (name, 1, lambda: (Echo(), lambda: None)) for name in "abcd"}

    def come(name, waiting):
        threads.append(threading.Thread(target=answer, args=(name,)))
        threads[-1].start()
        while len(cache._waiting) < waiting:
            time.sleep(0.001)

    def answer(name):
        with cache.using(*adapters[name]):
            order.append(name)
            if name == "a":
                come("b", 1)
                come("c", 2)
            elif name == "c":  # a waits again, then b
                come("d", 3)
            if name in "ab":
                cache.make_way(*adapters[name])
                order.append(f"{name} again")

    answer("a")
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "a again", "d", "b again"]


def test_by_llama_cpp_each_says_the_same_and_its_process_leaves_with_it(people, tmp_path, monkeypatch):
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path))
    cache = AdapterCache(adapter_bytes(people))
    said, processes = [], []
    for name in ("p0", "p1"):
        with cache.using(
            name, adapter_bytes(people), lambda name=name: open_in_llama(double_of(people, name), name)
        ) as one:
            said.append(complete(one.stream(ASKED, GREEDY))[0])
            processes.append(one._server._process)
    assert processes[0].poll() is not None and processes[1].poll() is None
    cache.close()
    engine = open_gguf(double_of(people, "p1"))
    assert complete(engine.stream(ASKED, GREEDY))[0] == said[1]
    engine.close()
