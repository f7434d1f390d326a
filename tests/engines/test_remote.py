"""Another program's model, by its address: what it says, and each way in which it can fail."""

import time
from threading import Event, Thread

import pytest
from openai_fake import EVENTS, HTML, JSON, events, models, piece, serving, slowly, streamed

from sosie.api import Project
from sosie.cli.main import _run
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings, SosieError, UnknownModel
from sosie.core.sampling import Sampling
from sosie.engines import openai_client
from sosie.engines.base import complete, open_engine
from sosie.engines.interrupt import Interrupt
from sosie.engines.remote import KEY_VARIABLE, Remote, open_remote

SECRET = "mon secret"
TALK = (Turn("system", "Tu es Léa."), Turn("user", SECRET))
SAMPLING = Sampling(temperature=0.5, top_p=0.8, max_tokens=9, stop=("\n",), seed=3)


PATIENCE = 20.0  # seconds


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_an_address_opens_and_its_answer_comes_in_pieces():
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}
    with serving(lambda body: streamed("coucou ", "toi 👩", **usage)) as (url, asked):
        engine = open_engine(f"{url}#petit")
        assert isinstance(engine, Remote) and (engine.name, engine.warning) == ("petit", "")
        assert list(engine.stream(TALK, SAMPLING)) == ["coucou ", "toi 👩"]
        text, told = complete(engine.stream(TALK, SAMPLING))
    assert (text, told.prompt, told.tokens, told.reused, told.ending) == ("coucou toi 👩", 7, 5, 4, "end")
    headers, body = asked[0]
    assert body["messages"] == [
        {"role": "system", "content": "Tu es Léa."},
        {"role": "user", "content": SECRET},
    ]
    assert (body["model"], body["stream"], body["temperature"], body["top_p"]) == ("petit", True, 0.5, 0.8)
    assert (body["max_tokens"], body["stop"], body["seed"]) == (9, ["\n"], 3)
    assert "Authorization" not in headers


def test_the_only_model_needs_no_name_and_several_are_listed():
    with serving(lambda body: streamed("oui"), models("petit")) as (url, asked):
        assert open_engine(url).name == "petit"
    with serving(None, models("a", "b\x1b[2J")) as (url, _), pytest.raises(UnknownModel) as caught:
        open_engine(url)
    assert "2 modèles" in caught.value.message and "#NOM (a, b[2J)" in caught.value.mend


def test_many_answers_come_in_their_order_with_their_seeds():
    def chat(body):
        time.sleep(0.02 * (3 - body["seed"]))
        return streamed(body["messages"][-1]["content"])

    with serving(chat) as (url, asked):
        many = [[Turn("user", str(number))] for number in range(3)]
        assert open_engine(url).answers(many, SAMPLING, (0, 1, 2)) == ["0", "1", "2"]
    assert sorted(body["seed"] for _, body in asked) == [0, 1, 2]


def test_a_server_that_does_not_stream_is_heard_too():
    whole = b'{"choices": [{"message": {"content": "oui \\ud83d"}, "finish_reason": "length"}]}'
    with serving(lambda body: (200, JSON, whole)) as (url, _):
        text, usage = complete(open_engine(url).stream(TALK, SAMPLING))
    assert (text, usage.ending) == ("oui ?", "length")


def test_comments_other_lines_and_empty_choices_are_no_text():
    said = (
        b": attente\r\n\r\nevent: x\r\ndata:"
        + events(piece("oui"))[5:]
        + events({"choices": []}, {"choices": [{"delta": {"role": "assistant", "reasoning": "..."}}]})
    )
    with serving(lambda body: (200, EVENTS, said)) as (url, _):
        assert complete(open_engine(url).stream(TALK, SAMPLING))[0] == "oui"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ((500, JSON, SECRET.encode()), "a échoué (code 500)"),
        ((400, JSON, b'{"error": {"message": "mon secret"}}'), "refuse la demande (code 400)"),
        ((401, JSON, b""), "refuse la clé (code 401)"),
        ((404, JSON, b""), "ne connaît pas cette adresse ou ce modèle"),
        ((413, JSON, b""), "trop longue"),
        ((429, JSON, b""), "est occupé"),
        ((200, HTML, b"<html>mon secret"), "page web"),
        ((200, JSON, b"mon secret"), "autre chose que du JSON"),
        ((200, JSON, b"[" * 100_000), "autre chose que du JSON"),
        ((200, JSON, b"[]"), "ne répond pas comme"),
        ((200, JSON, b"{}"), "ne répond pas comme"),
        ((200, EVENTS, events({"choices": 3})), "ne répond pas comme"),
        ((200, EVENTS, events({"choices": [None]})), "ne répond pas comme"),
        ((200, EVENTS, b"data: mon secret\n\n"), "autre chose que du JSON"),
        ((200, EVENTS, b""), "a interrompu sa réponse"),
        ((200, EVENTS, events(piece("oui"), end=b'data: {"choi')), "a interrompu sa réponse"),
        ((200, EVENTS, events({"error": {"message": SECRET}})), "signalé une erreur"),
        ((200, EVENTS, b"data: " + b"a" * (2 << 20)), "sans fin"),
        ((200, EVENTS, events(*[piece("a" * 500_000)] * 20)), "sans fin"),
        ((200, JSON, b" " * (9 << 20)), "sans fin"),
    ],
    ids=lambda given: given if isinstance(given, str) else str(given)[:40],
)
def test_a_server_that_fails_is_one_sentence_with_its_mend_and_no_private_word(said, sentence):
    with serving(lambda body: said) as (url, _):
        engine = open_engine(f"{url}#petit")
        with pytest.raises(SosieError) as caught:
            complete(engine.stream(TALK, SAMPLING))
    assert sentence in caught.value.message and caught.value.mend.endswith(".")
    assert "secret" not in caught.value.message + caught.value.mend


def test_a_model_that_is_not_there_is_told_with_those_that_are():
    with serving(lambda body: (404, JSON, b"")) as (url, _), pytest.raises(SosieError) as caught:
        complete(open_engine(f"{url}#grand").stream(TALK, SAMPLING))
    assert caught.value.mend == "Il sert : petit."


def test_what_came_before_a_break_was_given():
    broken = events(piece("jusqu'"), piece("ici"), end=b"")
    with serving(lambda body: (200, EVENTS, broken)) as (url, _):
        heard = []
        with pytest.raises(SosieError, match="interrompu"):
            for text in open_engine(url).stream(TALK, SAMPLING):
                heard.append(text)
    assert heard == ["jusqu'", "ici"]


def test_a_server_that_is_off_slow_or_a_web_page_is_told_when_it_is_opened():
    with pytest.raises(SosieError, match="ne répond pas"):
        open_engine("http://127.0.0.1:9/v1#m")
    with serving(None, (200, HTML, b"<html>")) as (url, _), pytest.raises(SosieError, match="page web"):
        open_engine(url)
    with serving(None, (401, JSON, b"")) as (url, _), pytest.raises(SosieError, match="refuse la clé"):
        open_engine(f"{url}#m")
    with serving(lambda body: streamed("oui"), (404, JSON, b"")) as (url, _):
        assert complete(open_engine(f"{url}#m").stream(TALK, SAMPLING))[0] == "oui"
    with serving(lambda body: (200, EVENTS, slowly(2))) as (url, _), pytest.raises(SosieError) as caught:
        complete(open_remote(url, timeout=0.2).stream(TALK, SAMPLING))
    assert "met trop de temps" in caught.value.message


def test_closing_a_stream_hangs_up():
    left = []

    def endless():
        try:
            while True:
                yield events(piece("encore " * 100), end=b"")
        finally:
            left.append(True)

    with serving(lambda body: (200, EVENTS, endless())) as (url, _):
        stream = open_engine(url).stream(TALK, SAMPLING)
        next(stream)
        stream.close()
        end = time.monotonic() + 5
        while not left:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_an_answer_that_nobody_waits_for_any_more_ends_though_the_server_is_silent():
    interrupt, first = Interrupt(), Event()

    def talk(engine):
        with interrupt.heard_here():
            for _ in engine.stream([Turn("user", "a")], Sampling()):
                first.set()

    with serving(lambda body: (200, EVENTS, slowly(PATIENCE))) as (address, _):
        thread = Thread(target=talk, args=(open_remote(address),), daemon=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("threading.excepthook", lambda _: None)  # the stream says that it was cut
            thread.start()
            assert first.wait(PATIENCE)
            interrupt.now()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_an_empty_answer_is_one_sentence():
    with serving(lambda body: (200, EVENTS, b"")) as (address, _), pytest.raises(SosieError):
        complete(open_remote(address).stream([Turn("user", "a")], Sampling()))


def test_a_message_of_ten_megabytes_is_sent_or_refused_in_a_sentence():
    long = (Turn("user", "a" * (10 << 20)),)
    with serving(lambda body: streamed(str(len(body["messages"][0]["content"])))) as (url, _):
        assert complete(open_engine(url).stream(long, SAMPLING))[0] == str(10 << 20)


def test_another_machine_needs_a_word_of_the_user_and_is_told():
    for url in (
        "http://un-nom.example/v1#m",
        "https://10.0.0.3/v1#m",
        "HTTP://127.0.0.1@un-nom.example/v1#m",
    ):
        with pytest.raises(BadSettings, match="toute la conversation") as caught:
            open_engine(url)
        assert "--elsewhere" in caught.value.mend
    client = openai_client.OpenAIClient("http://un-nom.example/v1#m", elsewhere=True)
    assert "sans chiffrement" in client.warning and "un-nom.example" in client.warning


def test_an_address_has_its_own_engine():
    with pytest.raises(BadSettings, match="choisit le moteur"):
        open_engine("http://127.0.0.1:9/v1#m", "gguf")


def test_a_key_comes_from_the_environment_and_shows_nowhere(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "sk-tres-secret")
    with serving(lambda body: streamed("oui")) as (url, asked):
        engine = open_engine(url)
        assert complete(engine.stream(TALK, SAMPLING))[0] == "oui"
    assert asked[0][0]["Authorization"] == "Bearer sk-tres-secret"
    assert "tres-secret" not in repr(engine._client)
    for url, key in (("http://moi:clef@127.0.0.1/v1", ""), ("http://127.0.0.1/v1", "deux\nlignes")):
        with pytest.raises(BadSettings, match="clé"):
            open_remote(url, key)


def test_a_project_opens_an_address_and_a_named_engine(tmp_path):
    project = Project(tmp_path)
    with serving(lambda body: streamed("coucou")) as (url, _), project.open(f"{url}#petit") as model:
        assert model.answer("salut") == "coucou" and model.chat().say("et toi ?") == "coucou"
    with pytest.raises(UnknownModel, match="vroum"):
        project.open("mini", "vroum")


# The verb


def test_the_verb_talks_to_an_address_and_survives_its_server(tmp_path, capsys, monkeypatch):
    (tmp_path / "cle.txt").write_text("sk-1\n", encoding="utf-8")
    said = [streamed("coucou"), (200, EVENTS, events(piece("à moi"), end=b"")), streamed("encore là")]
    with serving(lambda body: said.pop(0)) as (url, asked):
        words = ["chat", "--double", f"{url}#petit", "--folder", str(tmp_path)]
        assert _run([*words, "--once", SECRET, "--key-file", str(tmp_path / "cle.txt")]) == 0
        assert "coucou" in capsys.readouterr().out
        lines = iter(["un", "deux"])
        monkeypatch.setattr("builtins.input", lambda *_: next(lines, None) or _end())
        assert _run(words) == 0
    shown = capsys.readouterr().out
    assert "à moi" in shown and "a interrompu sa réponse. Recommencez." in shown and "encore là" in shown
    assert asked[0][0]["Authorization"] == "Bearer sk-1"
    assert [turn["content"] for turn in asked[-1][1]["messages"]] == ["un", "à moi", "deux"]


def _end():
    raise EOFError


def test_the_verb_says_what_another_machine_would_read(tmp_path, capsys):
    words = ["chat", "--double", "http://un-nom.example/v1#m", "--once", "salut", "--folder", str(tmp_path)]
    assert _run(words) == 3
    assert "recevrait la consigne et toute la conversation" in " ".join(capsys.readouterr().err.split())


def test_the_engine_of_a_verb_is_the_one_that_is_asked_for(tmp_path, capsys):
    words = ["chat", "--double", "mini", "--engine", "vroum", "--once", "salut", "--folder", str(tmp_path)]
    assert _run(words) == 3
    assert "Il n'y a pas de moteur « vroum »" in capsys.readouterr().err
