"""Beside nanochat itself: NC_HEAD and NC_UI name two checkouts (92d63d4 and 21a7774), never ours to keep.

NC_HEAD=... NC_UI=... pytest tests/nanochat/test_nanochat_checkouts.py, with tiktoken, rustbpe and fastapi.
"""

import importlib
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from tiny_nanochat import TEXTS, tiny_vocabulary

from sosie.core.dialogue import Turn
from sosie.core.sampling import changed
from sosie.engines.base import complete, open_engine
from sosie.engines.calculator import calculate
from sosie.engines.stepwise import Stepwise
from sosie.models.chat_formats import TEMPLATES
from sosie.models.nanochat.checkpoint import build, read_checkpoint
from sosie.models.nanochat.era import NanochatConfig, tensor_shapes
from sosie.models.nanochat.tokenizer import tokenizer_of
from sosie.models.nanochat.vocabulary import read_vocabulary, train_vocabulary
from sosie.models.nanochat.writer import write_checkpoint
from sosie.models.template import prompt, render
from sosie.models.token_encoder import encoder_of
from sosie.nanochat.chat_adapter import AdapterModel, AdapterTokenizer
from sosie.nanochat.launcher import blob_hash

NEEDED = ("tiktoken", "rustbpe", "filelock")
HERE = all(map(importlib.util.find_spec, NEEDED)) and {"NC_HEAD", "NC_UI"} <= os.environ.keys()
pytestmark = pytest.mark.skipif(not HERE, reason="nanochat's checkouts are not here")
QUESTIONS = ["Salut, ça va ?", "Tu fais quoi ce soir ? Moi j'sais pas 😀", "et demain, l'été ?"]
ISSUE = NanochatConfig(256, 1024, 4, 4, 2, 128, "SSSL")
ODD = NanochatConfig(300, 333, 5, 6, 2, 96, "SL")


@pytest.fixture(scope="session")
def head():
    """A module of HEAD by its name; nothing compiled is left in the checkout."""
    sys.path.insert(0, os.environ["NC_HEAD"])
    sys.dont_write_bytecode = True
    yield lambda name: importlib.import_module(f"nanochat.{name}")
    sys.path.remove(os.environ["NC_HEAD"])


def words(random):
    syllables = ["ba", "co", "fé", "ga", "lu", "j'", "l'", "qu'", " ", ", ", "\n", "😀", "12", "<|bos|>", "ï"]
    return "".join(random.choice(syllables) for _ in range(random.randrange(1, 25)))


@pytest.fixture(scope="session")
def vocabulary():
    random = Random(3)
    return train_vocabulary([*TEXTS, *(words(random) for _ in range(3000))], 1024)


def noise(config):
    """Random weights of every kind, none of them zero."""
    torch.manual_seed(7)
    scales = {"wte": 0.8, "lm_head": 0.2, "c_proj": 0.06, "lambda": 0.3, "gate": 0.5, "value_embeds": 0.1}
    state = {}
    for name, shape in tensor_shapes(config).items():
        scale = next((scale for part, scale in scales.items() if part in name), config.n_embd**-0.5)
        state[name] = torch.randn(shape) * scale + (1.0 if name == "resid_lambdas" else 0.0)
    return state


@pytest.fixture(params=[ISSUE, ODD], ids=["even", "odd"])
def both(request, head, vocabulary, tmp_path, monkeypatch):
    """One checkpoint that we wrote, opened by them, strictly, and by us."""
    known = vocabulary if request.param is ISSUE else tiny_vocabulary()
    config = replace(request.param, vocab_size=known.size)
    write_checkpoint(tmp_path, config, noise(config), known)
    monkeypatch.setenv("NANOCHAT_BASE_DIR", str(tmp_path))
    theirs, tokenizer, _ = head("checkpoint_manager").load_model("sft", torch.device("cpu"), phase="eval")
    return theirs, tokenizer, build(read_checkpoint(tmp_path)), read_checkpoint(tmp_path)


def test_logits_are_theirs(both):
    theirs, _, ours, found = both
    ids = torch.randint(0, found.config.vocab_size, (2, 2 * found.config.sequence_len + 50))
    with torch.inference_mode():
        expected, logits = theirs(ids), ours.forward(ids)
    assert (expected - logits).abs().max() <= 5e-5


def test_cached_greedy_decoding_is_theirs_past_the_windows_and_the_context(both, head):
    theirs, tokenizer, ours, found = both
    start = torch.randint(0, found.config.vocab_size, (found.config.sequence_len - 50,)).tolist()
    columns = head("engine").Engine(theirs, tokenizer).generate(start, max_tokens=200, temperature=0.0)
    expected = [column[0] for column, _ in columns]
    cache, new, said = ours.new_cache(), start, []
    with torch.inference_mode():
        for _ in expected:
            said.append(int(ours.forward(torch.tensor([new]), cache)[0, -1].argmax()))
            new = said[-1:]
    assert said == expected


def test_their_vocabulary_is_read_and_ours_is_theirs(head, tmp_path, vocabulary):
    random = Random(5)
    texts = [words(random) for _ in range(2000)]
    made = head("tokenizer").RustBPETokenizer.train_from_iterator(iter(texts), 700)
    made.save(str(tmp_path))
    encoder = encoder_of(tokenizer_of(read_vocabulary(tmp_path / "tokenizer.pkl")))
    assert all(made.encode(text) == encoder.encode_text(text) for text in texts)
    assert encoder.special_tokens["<|bos|>"] == made.get_bos_token_id()


def test_a_thousand_conversations_are_rendered_as_theirs(both):
    _, theirs, _, found = both
    tokenizer, random, template = tokenizer_of(found.vocabulary), Random(9), TEMPLATES["nanochat"]
    for _ in range(1000):
        roles = ["user", "assistant"] * random.randrange(1, 4)
        turns = [Turn(role, words(random)) for role in roles]
        if random.random() < 0.3:
            turns.insert(0, Turn("system", words(random).strip() or "Tu es Léa."))
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        ids, mask = theirs.render_conversation({"messages": messages}, max_tokens=10**6)
        example = render(turns, tokenizer, template)
        assert list(example.ids) == ids and [int(learn) for learn in example.learn] == mask
        asked = theirs.render_for_completion({"messages": messages})
        assert prompt(turns[:-1], tokenizer, template) == asked


def test_the_calculator_says_what_theirs_says(head):
    random, theirs = Random(2), head("engine").use_calculator
    for _ in range(3000):
        text = "".join(random.choice("0123456789*+-/.(), ") for _ in range(random.randrange(1, 14)))
        result = theirs(text)
        if "()" not in text.replace(" ", ""):  # theirs gives an empty tuple
            assert calculate(text) == (None if result is None else str(result)), text
    for text in ("'fraise'.count('r')", "'été'.count('é')", '"Aa".lower().count("a")', "'a'.count(2)"):
        result = theirs(text)
        assert calculate(text) == (None if result is None else str(result)), text


def test_in_a_thread_theirs_says_nothing_and_ours_does(head):
    found = []
    asked = [head("engine").use_calculator, calculate]
    thread = threading.Thread(target=lambda: found.extend(one("2+2") for one in asked))
    thread.start()
    thread.join()
    assert found == [None, "4"]


def test_their_engine_makes_a_batch_with_our_model(head):
    tokenizer = AdapterTokenizer(Stepwise(open_engine("mini")))
    engine = head("engine").Engine(AdapterModel(tokenizer), tokenizer)
    start = [
        tokenizer.get_bos_token_id(),
        tokenizer.encode_special("<|user_start|>"),
        *tokenizer.encode(QUESTIONS[0]),
        tokenizer.encode_special("<|user_end|>"),
        tokenizer.encode_special("<|assistant_start|>"),
    ]
    rows, _ = engine.generate_batch(start, num_samples=3, max_tokens=60, temperature=0.0)
    assert [tokenizer.text(row[len(start) :]) for row in rows] == [answers()[0]] * 3
    warm = [
        engine.generate_batch(start, num_samples=3, max_tokens=60, temperature=0.8, seed=seed)[0]
        for seed in (1, 1, 2)
    ]
    assert warm[0] == warm[1] != warm[2] and len({tuple(row) for row in warm[0]}) > 1


def test_their_engine_calculates_what_our_model_writes(head):
    """A model that is told what to write, to see their forced tokens come back."""
    tokenizer = AdapterTokenizer(Stepwise(open_engine("mini")))
    script = [*tokenizer.ours.encode("Ça fait <<12,5*2>>")]

    class Told(AdapterModel):
        def forward(self, ids, kv_cache):
            logits = super().forward(ids, kv_cache)
            row = kv_cache.prev_embedding.rows[0]
            said = len(row.answer.ids)
            if said < len(script) and not row.forced:
                logits[0, 0] = -torch.inf
                logits[0, 0, script[said]] = 0.0
            elif not row.forced:
                logits[0, 0] = -torch.inf
                logits[0, 0, tokenizer.encode_special("<|assistant_end|>")] = 0.0
            return logits

    engine = head("engine").Engine(Told(tokenizer, calculator=True), tokenizer)
    start = [tokenizer.get_bos_token_id(), tokenizer.encode_special("<|user_start|>")]
    start += [*tokenizer.encode("12,5 fois 2 ?"), tokenizer.encode_special("<|user_end|>")]
    start.append(tokenizer.encode_special("<|assistant_start|>"))
    rows, masks = engine.generate_batch(start, max_tokens=80, temperature=0.0)
    assert tokenizer.text(rows[0][len(start) :]) == "Ça fait <<12,5*2>>25.0"
    assert masks[0].count(0) == len(start) + 2 + len("25.0")


def answers():
    """What `sosie chat` says to the questions in turn, the likeliest each time."""
    engine, turns, said = open_engine("mini"), [], []
    for text in QUESTIONS:
        turns.append(Turn("user", text))
        said.append(complete(engine.stream(turns, changed(engine.sampling, temperature=0.0)))[0])
        turns.append(Turn("assistant", said[-1]))
    return said


def launched(script, checkout, *words):
    command = [sys.executable, "-m", "sosie", "nanochat", "run", script, "--checkout", checkout]
    return [*command, "--double", "mini", "--", "--device-type", "cpu", *words]


def tree(checkout):
    return {path: blob_hash(path) for path in Path(checkout).rglob("*") if path.is_file()}


@pytest.mark.parametrize("checkout", ["NC_HEAD", "NC_UI"])
def test_their_terminal_says_what_ours_says(checkout):
    before = tree(os.environ[checkout])
    said = "\n".join([*QUESTIONS, "clear", QUESTIONS[0], "quit", ""])
    done = subprocess.run(
        launched("chat_cli", os.environ[checkout], "-t", "0"), input=said, capture_output=True, text=True
    )
    found = re.findall(r"Assistant: (.*?)<\|assistant_end\|>", done.stdout, re.DOTALL)
    assert found == [*answers(), answers()[0]], done.stderr
    assert tree(os.environ[checkout]) == before


def test_their_page_and_server_say_what_ours_says():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    before, address = tree(os.environ["NC_UI"]), f"http://127.0.0.1:{port}"
    server = subprocess.Popen(launched("chat_web", os.environ["NC_UI"], "-p", str(port)))
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/health").close()
                break
            except OSError:
                time.sleep(0.2)
        with urllib.request.urlopen(address) as page:
            assert len(page.read()) == 19_113
        messages = []
        for text, expected in zip(QUESTIONS, answers(), strict=True):
            messages.append({"role": "user", "content": text})
            body = json.dumps({"messages": messages, "temperature": 0, "max_tokens": 256}).encode()
            asked = urllib.request.Request(
                f"{address}/chat/completions", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(asked) as reply:
                events = [json.loads(line[6:]) for line in reply.read().decode().split("\n\n") if line]
            assert "".join(event.get("token", "") for event in events) == expected
            assert events[-1] == {"done": True} and len(events) > 3
            messages.append({"role": "assistant", "content": expected})
    finally:
        server.terminate()
        server.wait()
    assert tree(os.environ["NC_UI"]) == before
