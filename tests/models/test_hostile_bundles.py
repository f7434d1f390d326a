"""Every double and adapter made to harm is refused in one sentence, in seconds, whatever it came in."""

import json
import shutil
import struct
from pathlib import Path

import peft
import pytest
from forked import refused, told_in_time
from hostile_bundles import ADAPTERS, CONFIG, DOUBLES, ENDLESS, LINKS, MANIFEST

from sosie.core import checked_zip
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.load import load

ALL = ["q_proj", "v_proj"]
HARMLESS = {"a tokenizer that brings code", "a template that is a number"}  # in a bundle they are not used


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A base, and an adapter as PEFT writes it, with its tokenizer."""
    base = tiny.make(tmp_path_factory.mktemp("base") / "petit")
    config = peft.LoraConfig(r=4, task_type="CAUSAL_LM", target_modules=ALL)
    folder = tmp_path_factory.mktemp("honnête")
    adapted = peft.get_peft_model(load(find(str(base)), device="cpu").model, config)
    adapted.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, folder)
    (folder / "README.md").unlink()
    return base, folder


@pytest.fixture
def copy(honest, tmp_path, monkeypatch):
    """copy(ours=True) -> a copy to spoil, with or without a manifest"""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))

    def make(ours):
        base, folder = honest
        made = shutil.copytree(folder, tmp_path / "double")
        if ours:
            Double(str(base), "mini", adapter_sha256=sha256_of(made / ADAPTER)).write(made)
        return made

    return make


def packed(folder, tmp_path):
    """A bundle with honest sums."""
    told = folder / MANIFEST
    try:
        record = json.loads(told.read_text()) | {"adapter_sha256": sha256_of(folder / ADAPTER)}
        told.write_text(json.dumps(record))
    except (ValueError, RecursionError, TypeError):
        pass  # the manifest is the attack
    path = tmp_path / "sosie.zip"
    checked_zip.write(path, {f"double/{file.name}": file for file in folder.iterdir()})
    return path


def asked(path, tmp_path):
    return ["chat", "--double", path, "--once", "salut", "--folder", tmp_path]


def test_an_honest_one_answers_however_it_comes(copy, tmp_path):
    ours = copy(ours=True)
    assert told_in_time(asked(ours, tmp_path)).code == 0
    assert told_in_time(asked(packed(ours, tmp_path), tmp_path)).code == 0
    (ours / MANIFEST).unlink()
    assert told_in_time(asked(ours, tmp_path)).code == 0


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_of_another_tool_made_to_harm_is_refused_in_a_sentence(name, copy, tmp_path):
    folder = copy(ours=False)
    ADAPTERS[name](folder)
    refused(asked(folder, tmp_path))


@pytest.mark.parametrize("name", sorted({*ADAPTERS, *DOUBLES} - HARMLESS))
def test_a_bundle_made_to_harm_is_refused_in_a_sentence(name, copy, tmp_path):
    folder = copy(ours=True)
    {**ADAPTERS, **DOUBLES}[name](folder)
    refused(asked(packed(folder, tmp_path), tmp_path))
    assert not [*(tmp_path / "cache").rglob("evil*")]


@pytest.mark.parametrize("name", [*DOUBLES, *LINKS])
def test_a_folder_made_to_harm_is_refused_in_a_sentence(name, copy, tmp_path):
    folder = copy(ours=True)
    {**DOUBLES, **LINKS}[name](folder)
    refused(asked(folder, tmp_path))


@pytest.mark.parametrize("name", LINKS)
def test_an_adapter_s_folder_with_no_file_in_place_of_one_is_refused(name, copy, tmp_path):
    folder = copy(ours=False)
    LINKS[name](folder)
    refused(asked(folder, tmp_path))


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense).*?(?:q_proj|v_proj).*?)"
        r"|(?:\bmodel\.layers\.[\d]{1,}\.(?:self_attn|attention|attn|mlp)\.(?:(?:q_proj|v_proj)))",
        r"^(?!.*patch_embed).*(?:q_proj|v_proj).*",
        "(([a-z_.]+)+)+[0-9]+(([a-z_.]+)+)+$",
    ],
    ids=["unsloth", "LLaMA-Factory", "one that would never end"],
)
def test_a_pattern_for_modules_is_never_run_and_their_names_are_those_of_the_tensors(pattern, copy, tmp_path):
    folder = copy(ours=False)
    told = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(told | {"target_modules": pattern, "exclude_modules": pattern}))
    assert told_in_time(asked(folder, tmp_path)).code == 0


def test_a_way_of_beginning_that_peft_warns_of_is_nobody_s_news(copy, tmp_path):
    folder = copy(ours=False)
    told = json.loads((folder / CONFIG).read_text())
    spoilt = told | {"init_lora_weights": "eva", "alpha_pattern": {"q" * 300: 8}}
    (folder / CONFIG).write_text(json.dumps(spoilt))
    assert told_in_time(asked(folder, tmp_path)).code == 0


@pytest.mark.parametrize("ours", [True, False])
def test_a_zip_whose_name_climbs_out_of_the_cache_removes_nobody_else_s_double(ours, copy, tmp_path):
    folder = copy(ours)
    kept = packed(folder, tmp_path) if ours else zipped_as_is(folder, tmp_path)
    assert told_in_time(asked(kept, tmp_path)).code == 0
    opened = {*(tmp_path / "cache").rglob(ADAPTER)}
    climbing = tmp_path / "...zip"
    climbing.write_bytes(kept.read_bytes() + b"another")
    assert told_in_time(asked(climbing, tmp_path)).code == 0
    assert opened < {*(tmp_path / "cache").rglob(ADAPTER)}


def zipped_as_is(folder, tmp_path):
    """An adapter in a zip as people make them."""
    return Path(shutil.make_archive(str(tmp_path / "final"), "zip", folder))


BASES = {
    "a model of a million layers": ("config.json", b'{"num_hidden_layers": 1000000}'),
    "a model of a thousand million numbers in a row": ("config.json", b'{"hidden_size": 1000000000}'),
    "a model a million deep": ("config.json", b'{"a":' * 100_000),
    "a model that brings code": ("config.json", b'{"model_type": "evil", "auto_map": {"AutoModel": "e.E"}}'),
    "a model's drawing a million deep": ("generation_config.json", b'{"a":' * 100_000),
    "a model's template that never ends": ("chat_template.jinja", ENDLESS.encode()),
}


@pytest.mark.parametrize("name", BASES)
def test_a_model_s_folder_made_to_harm_is_refused_in_a_sentence(name, honest, tmp_path):
    folder = shutil.copytree(honest[0], tmp_path / "modèle")
    file, content = BASES[name]
    told = json.loads((folder / file).read_bytes()) if (folder / file).exists() else {}
    changed = content.startswith(b"{") and content.endswith(b"}") and not content.startswith(b"{%")
    (folder / file).write_bytes(json.dumps(told | json.loads(content)).encode() if changed else content)
    refused(asked(folder, tmp_path))


def test_there_are_more_attacks_than_were_foreseen():
    assert len(ADAPTERS) + len(DOUBLES) >= 57


def test_a_double_in_a_zip_of_a_hundred_thousand_names_is_refused_before_they_are_parsed(tmp_path):
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    size = 100_000 * len(entry)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, 4, 0)
    (tmp_path / "sosie.zip").write_bytes(b"PK\3\4" + entry * 100_000 + end)
    assert "trop de fichiers" in refused(asked(tmp_path / "sosie.zip", tmp_path)).error["message"]
