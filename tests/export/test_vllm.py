"""`sosie export vllm`: the adapter, its chat format, and commands that name no place of this machine."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from sosie.api import Project
from sosie.core.digests import sha256_of
from sosie.core.double import Double
from sosie.export.vllm import RANKS
from sosie.models.load_double import check_adapter


@pytest.fixture
def folder(work, whole):
    Project(work.folder).export("vllm")
    return work.out / "sosie-léa-vllm"


def command_in(page, program):
    return next(shlex.split(line) for line in page.splitlines() if line.strip().startswith(program))


def test_the_adapter_is_the_double_s_and_peft_opens_it(folder, whole):
    own = folder / "adaptateur"
    assert sha256_of(own / "adapter_model.safetensors") == whole.adapter_sha256
    check_adapter(Double.read(own), own)
    from peft import PeftConfig

    assert PeftConfig.from_pretrained(str(own)).r == 2


def test_the_command_names_the_double_its_rank_and_its_format(folder):
    words = command_in((folder / "LISEZMOI.txt").read_text("utf-8"), "vllm serve")
    after = dict(zip(words, words[1:], strict=False))
    assert "--enable-lora" in words and int(after["--max-lora-rank"]) in RANKS
    assert after["--lora-modules"] == "léa=adaptateur" and (folder / "adaptateur").is_dir()
    assert (folder / after["--chat-template"]).is_file()


def test_llama_cpp_s_command_loads_the_adapter_without_applying_it(folder):
    words = command_in((folder / "LISEZMOI.txt").read_text("utf-8"), "llama-server")
    assert "--lora-init-without-apply" in words and "sosie-léa-adaptateur.gguf" in words


def test_a_base_of_this_machine_is_named_without_its_path_but_in_the_terminal(work, folder):
    assert "vllm serve ./mini" in (folder / "LISEZMOI.txt").read_text("utf-8")
    told = []
    steps = Project(work.folder).export("vllm", report=lambda event: told.append(event.text)).steps
    assert "sosie/models/mini" in steps[-1] and any("emportez-le aussi" in text for text in told)


def test_a_base_of_the_hub_keeps_its_name_and_its_commit(work, whole, tmp_path, monkeypatch):
    from sosie.models import tiny

    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    tiny.make(tmp_path / "hub" / "hub" / "models--autrice--petit" / "snapshots" / "abc123", hidden_size=256)
    replace(whole, base="autrice/petit", revision="abc123").write(whole.folder)
    Project(work.folder).export("vllm")
    words = command_in((work.out / "sosie-léa-vllm" / "LISEZMOI.txt").read_text("utf-8"), "vllm serve")
    assert words[2:5] == ["autrice/petit", "--revision", "abc123"]
    config = json.loads((work.out / "sosie-léa-vllm" / "adaptateur" / "adapter_config.json").read_text())
    assert not Path(config.get("base_model_name_or_path", "")).is_absolute()
