import json
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from beeper_fake import TOKEN as BEEPER_TOKEN
from beeper_fake import BeeperFake
from loopback import serving
from telegram_fake import TOKEN, TelegramFake

from sosie.cli.main import _run

PATIENCE = 60.0  # seconds


def error_of(capsys):
    told = capsys.readouterr().err
    assert TOKEN not in told and BEEPER_TOKEN not in told
    return " ".join(told.split())


@pytest.fixture
def token(tmp_path):
    file = tmp_path / "jeton"
    file.write_text(TOKEN)
    return str(file)


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "moi")


def test_telegram_needs_an_agreement_in_so_many_words(folder, token, capsys):
    words = ["brouillons", "telegram", "--telegram-contacts", "502", "--token-file", token]
    assert _run([*words, "--folder", folder]) == 3
    told = error_of(capsys)
    assert "votre bot les recevra en plus" in told and "--elsewhere" in told


def test_an_empty_list_is_told_before_anything_is_asked(folder, token, capsys):
    words = ["brouillons", "telegram", "--elsewhere", "--telegram-server", "http://127.0.0.1:9"]
    assert _run([*words, "--token-file", token, "--folder", folder]) == 3
    assert "Aucun contact n'est sur la liste" in error_of(capsys)
    assert _run(["brouillons", "beeper", "--token-file", token, "--folder", folder]) == 3
    assert "sosie brouillons beeper --list" in error_of(capsys)


def test_without_a_token_it_says_where_to_give_one(folder, capsys):
    assert _run(["brouillons", "beeper", "--beeper-contacts", "!a", "--folder", folder]) == 3
    assert "--token-file" in error_of(capsys)


def test_a_token_that_is_kept_is_used_and_closed(folder, tmp_path, capsys):
    private = tmp_path / "moi" / "private"
    private.mkdir(parents=True)
    (private / "beeper-token").write_text(BEEPER_TOKEN + "\n")
    (private / "beeper-token").chmod(0o644)
    fake = BeeperFake(time.time)
    fake.add_chat("!lea:beeper.local")
    with serving(fake.answer) as port:
        words = ["brouillons", "beeper", "--list", "--beeper-port", str(port), "--folder", folder]
        assert _run(words) == 0
    assert "!lea:beeper.local   Titre !lea:beeper.local (Signal)" in capsys.readouterr().out
    assert stat.S_IMODE((private / "beeper-token").stat().st_mode) == 0o600


def test_beeper_that_is_off_is_one_sentence(folder, token, capsys):
    with serving(lambda *_: (200, {}, {})) as port:
        pass
    words = ["brouillons", "beeper", "--beeper-contacts", "!a", "--beeper-port", str(port)]
    assert _run([*words, "--token-file", token, "--folder", folder]) == 3
    assert "Beeper Desktop ne répond pas" in error_of(capsys)


def begin(folder, token, port):
    words = ["brouillons", "telegram", "--elsewhere", "--telegram-server", f"http://127.0.0.1:{port}"]
    words += ["--telegram-contacts", "502", "--double", "echo", "--quiet-seconds", "0"]
    return subprocess.Popen(
        [sys.executable, "-m", "sosie", *words, "--token-file", token, "--folder", folder],
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_killed_for_good_and_started_again_it_drafts_each_message_once(folder, token):
    fake = TelegramFake()
    with ExitStack() as stack:
        port = stack.enter_context(serving(fake.answer))
        process = begin(folder, token, port)
        stack.callback(process.kill)
        code = ""
        while not code:
            line = process.stdout.readline()
            assert line, process.wait()
            code = line.rpartition(" : ")[2].strip() if "écrivez-lui" in line else ""
        fake.write_to_bot(code)
        fake.say(502, "premier")
        until(lambda: any("premier" in text for _, text in fake.offered))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        fake.say(502, "second")
        process = begin(folder, token, port)
        stack.callback(process.kill)
        until(lambda: any("second" in text for _, text in fake.offered))
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        told = process.stdout.read()
        process.stdout.close()
    assert len(fake.offered) == 2 and fake.sent == []
    assert TOKEN not in told and "premier" not in told and "second" not in json.dumps(told)
