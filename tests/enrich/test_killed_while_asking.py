"""Killed twenty times while it asks: no answer that was kept is paid twice, and all are there at the end."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from asked_server import asks, serving, text_in
from said_alone import monologue, prepared

from sosie.prepare.generated import read_generated

COUNT, KILLS = 120, 20


def kept_texts(project):
    path = project.workspace.private / "enrich" / "answers.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    return len(lines)


@pytest.mark.slow
def test_no_kept_answer_is_paid_twice(tmp_path):
    texts = [monologue(n) for n in range(COUNT)]
    project = prepared(tmp_path, texts)
    chance = random.Random(7)
    with serving(lambda body: (time.sleep(0.03), asks(body))[1]) as (url, log):
        words = [
            sys.executable,
            "-m",
            "sosie",
            "enrich",
            "--server",
            url,
            "--folder",
            str(project.workspace.folder),
        ]
        for _ in range(KILLS):
            before, asked = kept_texts(project), len(log)
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and kept_texts(project) == before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert len(log) - asked <= kept_texts(project) - before + 1  # one was on its way
        project.enrich(server=url)
    paid = Counter(text_in(json.loads(body)) for body in log)
    assert len(paid) == COUNT and sum(paid.values()) <= COUNT + KILLS
    assert len(read_generated(project.workspace)) > COUNT / 2
    assert kept_texts(project) == COUNT


def test_what_was_half_written_is_asked_again_and_the_rest_is_not(tmp_path):
    project = prepared(tmp_path, [monologue(n) for n in range(4)])
    with serving() as (url, log):
        project.enrich(server=url)
        path = project.workspace.private / "enrich" / "answers.jsonl"
        os.truncate(path, path.stat().st_size - 20)
        assert project.enrich(server=url).dialogues == 4
    assert len(log) == 5 and kept_texts(project) == 4
