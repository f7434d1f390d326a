"""The judge, against a small server of our own on loopback that judges well, badly, or not at all."""

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from sosie.arena.judge import judge, letter
from sosie.arena.judge_client import Server
from sosie.cli.main import _run
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings, SosieError

N = 60
TRUTH = [f"jsp frère, peut-être {n} mdr" for n in range(N)]
GIVEN = [f"Je ne sais pas, sans doute {n}." for n in range(N)]
OTHERS = [[f"Bien à vous, la réponse est {n}." for n in range(N)]]
CONTEXTS = [(Turn("user", f"tu viens à {n} h ?"),) for n in range(N)]
WORDS = re.compile(r"^(A|B) : (.*)$", re.M)


@contextmanager
def serving(answer):
    """`answer(prompt)` -> the text, or (status, body)."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, body))
            said = answer(body["messages"][0]["content"])
            status, text = said if isinstance(said, tuple) else (200, chat(said))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", text)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1#petit", asked
        finally:
            server.shutdown()
            thread.join()


def chat(text):
    return json.dumps({"model": "petit-7b", "choices": [{"message": {"content": text}}]})


def finds_mdr(prompt):
    """Knows the person by a tic; where neither has it, says A."""
    sides = dict(WORDS.findall(prompt))
    return next((side for side, text in sides.items() if "mdr" in text), "A")


def ask(url, **more):
    return judge(Server(url), TRUTH, more.get("given", GIVEN), CONTEXTS, OTHERS)


def test_a_good_judge_is_used_and_its_name_kept():
    with serving(finds_mdr) as (url, asked):
        judged = ask(url)
    assert judged.usable and judged.model == "petit-7b"
    assert (judged.calibration.value, judged.calibration.n, judged.fooled.value) == (1.0, N - 8, 0.0)
    assert judged.calibration.low > 0.9 and judged.fooled.high < 0.1
    assert len(asked) == 4 * (N - 8)
    path, body = asked[0]
    assert path == "/v1/chat/completions" and (body["temperature"], body["model"]) == (0, "petit")
    assert len(re.findall("^- .*mdr", body["messages"][0]["content"], re.M)) == 8


def test_no_example_is_also_a_candidate():
    with serving(finds_mdr) as (url, asked):
        ask(url)
    for _, body in asked:
        prompt = body["messages"][0]["content"]
        examples = re.findall("^- (.*)$", prompt, re.M)
        assert not {text for _, text in WORDS.findall(prompt)} & set(examples)


def test_a_model_that_writes_like_the_person_makes_ties():
    """It has the tic too: the judge says A both times, which is a tie."""
    with serving(finds_mdr) as (url, _):
        judged = ask(url, given=[f"jsp, {n} mdr" for n in range(N)])
    assert judged.fooled.value == 0.5 and judged.fooled.ties == N - 8


@pytest.mark.parametrize("said", ["A", "Je ne sais pas.", "A ou B", ""])
def test_a_judge_that_does_not_judge_is_refused_with_its_figure(said):
    with serving(lambda prompt: said) as (url, asked):
        judged = ask(url)
    assert not judged.usable and judged.fooled is None and len(asked) == 2 * (N - 8)
    assert (judged.calibration.value, judged.calibration.ties) == (0.5, N - 8)
    assert "50" in judged.reason and "52 paires" in judged.reason


def test_too_little_to_calibrate_on_asks_nothing():
    with serving(finds_mdr) as (url, asked):
        judged = judge(Server(url), TRUTH[:20], GIVEN[:20], CONTEXTS[:20], OTHERS)
    assert not judged.usable and not asked and "38" in judged.reason


def test_the_same_seed_asks_the_same_questions():
    heard = []
    for _ in range(2):
        with serving(finds_mdr) as (url, asked):
            ask(url)
        heard.append(asked)
    assert heard[0] == heard[1]


@pytest.mark.parametrize(
    "said", [(500, "jsp frère"), (200, "jsp frère"), (200, "{}"), (200, '{"choices": []}'), (200, "[]")]
)
def test_a_server_that_fails_is_one_sentence_without_private_text(said):
    with serving(lambda prompt: said) as (url, _), pytest.raises(SosieError) as caught:
        ask(url)
    assert "juge" in caught.value.message and "jsp" not in caught.value.message + caught.value.mend


def test_nothing_is_sent_where_the_server_points_elsewhere(monkeypatch):
    with serving(finds_mdr) as (elsewhere, heard), serving(lambda prompt: (302, elsewhere)) as (url, _):
        monkeypatch.setenv("http_proxy", elsewhere)
        with pytest.raises(SosieError, match="302"):
            ask(url)
    assert not heard


def test_another_machine_needs_a_word_of_the_user_and_is_told():
    for url in ("http://juge.example/v1", "http://127.0.0.1@juge.example/v1", "https://10.0.0.3/v1"):
        with pytest.raises(BadSettings, match="vos vraies réponses"):
            Server(url)
    assert "sans chiffrement" in Server("http://juge.example/v1", elsewhere=True).warning
    assert "sans chiffrement" not in Server("https://juge.example/v1", elsewhere=True).warning
    assert Server("http://localhost:11434/v1").warning == Server("http://[::1]:8000/v1").warning == ""
    for url in ("juge", "file:///etc/passwd", "http://[", "http://127.0.0.1:99999/v1"):
        with pytest.raises(BadSettings, match="lisible"):
            Server(url)


def test_nobody_answering_is_one_sentence():
    with pytest.raises(SosieError, match="ne répond pas"):
        Server("http://127.0.0.1:9/v1").ask("?")


def test_the_letter_is_read_in_a_sentence():
    assert letter("Réponse : B.") == "B" and letter("**A**") == "A" and letter("Aucune") == ""


# The verb


@pytest.fixture
def folder(tmp_path):
    """Sixty held-out exchanges: the parrot will answer each with its question."""
    (tmp_path / "data").mkdir()
    for part in ("train", "valid", "test"):
        lines = (
            json.dumps(
                {
                    "messages": [
                        {"role": "user", "content": f"Viens-tu à {n} h, {part} ?"},
                        {"role": "assistant", "content": f"jsp {n} mdr"},
                    ],
                    "sosie": {"correspondents": ["[AMI_1]"]},
                }
            )
            for n in range(N)
        )
        (tmp_path / "data" / f"{part}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_the_verb_lets_a_model_judge(folder, capsys):
    with serving(finds_mdr) as (url, _):
        said = ["arena", "--judge", url, "--double", "echo", "--folder", str(folder)]
        assert _run([*said, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert _run(said) == 0
    assert (told["model"], told["usable"], told["fooled"]["value"]) == ("petit-7b", True, 0.0)
    assert told["calibration"]["value"] == 1.0 and told["calibration"]["n"] == N - 8
    shown = " ".join(capsys.readouterr().out.split())
    assert "Juge : petit-7b" in shown and "parmi d'autres : 100 %, entre 93 et 100" in shown
    assert "prend le double pour la personne : 0 %, entre 0 et 7" in shown


def test_the_verb_says_what_another_machine_would_read(folder, capsys):
    said = ["arena", "--judge", "http://juge.example/v1", "--double", "echo", "--folder", str(folder)]
    assert _run(said) == 3
    assert "vos vraies réponses" in capsys.readouterr().err


def test_the_verb_tells_why_a_judge_is_refused(folder, capsys):
    with serving(lambda prompt: "A") as (url, _):
        assert _run(["arena", "--judge", url, "--double", "echo", "--folder", str(folder)]) == 0
    assert "ne sait pas reconnaître" in capsys.readouterr().out
