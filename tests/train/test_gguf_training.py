"""Every verb takes a .gguf by `--model`: planned, learnt on, talked to, alone and under the double."""

import json

import pytest
from said import written

from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.double import Double
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.gguf.files import write_model
from sosie.models.load import load_tokenizer

pytest.importorskip("gguf")
pytest.importorskip("xllamacpp")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    source = tiny.make(tmp_path_factory.mktemp("gguf") / "petit")
    write_model(source, *load_tokenizer(find(str(source))), source.with_suffix(".gguf"), "q8_0")
    return source.with_suffix(".gguf")


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))

    def run(*words):
        code = _run([*words, "--folder", str(tmp_path / "moi"), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out), err

    return run


def test_a_gguf_is_a_model_for_every_verb(model, say, tmp_path):
    code, plan, _ = say("plan", "--model", str(model))
    assert code == 0 and plan["model"] == "petit" and plan["fits"]
    code, seen, _ = say("doctor", "--model", str(model))
    assert code == 0 and seen["ladder"][0]["model"] == "petit" and "français" in seen["ladder"][0]["why"]
    assert say("chat", "--model", str(model), "--once", "salut", "--seed", "1")[1]["tokens"] > 0

    data = tmp_path / "dits.jsonl"
    jsonl.write(data, written(14))
    code, done, told = say("train", str(data), "--model", str(model), "--name", "lea", "--epochs", "1")
    assert code == 0 and "déquantifié" in told
    double = Double.read(tmp_path / "moi" / "runs" / "lea" / "double")
    config = json.loads((double.folder / "adapter_config.json").read_text())
    assert find(double.base).where == str(model)
    assert config["base_model_name_or_path"] == "petit"  # no path of this machine
    assert done["peak_memory_bytes"] > 0
    for engine in ("local", "gguf"):
        code, answer, _ = say("chat", "--model", "lea", "--once", "salut", "--engine", engine, "--seed", "1")
        assert code == 0 and answer["tokens"] > 0, answer
    assert not [*(tmp_path / "cache").rglob("*.gguf")]  # llama.cpp opens the file itself


def test_a_file_that_is_not_there_is_one_sentence_for_every_verb(say, tmp_path):
    jsonl.write(tmp_path / "d.jsonl", written(3))
    for words in (("plan",), ("doctor",), ("train", str(tmp_path / "d.jsonl")), ("chat", "--once", "salut")):
        code, told, _ = say(*words, "--model", "/nulle/part/m.gguf")
        assert code == 3 and told["error"]["message"] == "Il n'y a pas de fichier « m.gguf »."
