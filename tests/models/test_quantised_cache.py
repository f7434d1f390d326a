"""Bases in 4 and 8 bits are kept as they were read, and read back without the original."""

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import transformers

from sosie.core.errors import UnknownModel
from sosie.core.workspace import cache_home
from sosie.core.writing import in_cache
from sosie.models import quantised, quantised_cache, tiny
from sosie.models.catalogue import find
from sosie.models.load import load, load_tokenizer

IDS = torch.arange(6, 40)[None]

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def hub(source, tmp_path, monkeypatch):
    """The tiny model in the hub's cache, at a commit."""
    kept = tmp_path / "hub" / "models--auteur--modele"
    shutil.copytree(source, kept / "snapshots" / "c0ffee")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("c0ffee", encoding="utf-8")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return kept


def logits(model):
    with torch.inference_mode():
        return model(input_ids=IDS).logits


def entries(home):
    return sorted(path.parent.name for path in home.glob("*/*/made.json"))


def no_drafts(home):
    return not list(home.rglob(f"*{quantised_cache.DRAFT_MARK}*"))


def weights_gone(folder):
    (folder / "model.safetensors").unlink()


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_was_kept_is_read_back_bit_for_bit_without_the_original(folder, home, bits, dtype):
    first = load(find(str(folder)), bits=bits, dtype=dtype, keep=True)
    weights_gone(folder)
    base = find(str(folder))
    again = load(base, bits=bits, dtype=dtype)
    assert base.local and base.card.layers == 2
    assert torch.equal(logits(first.model), logits(again.model))
    assert len(entries(home)) == 1 and no_drafts(home)


@pytest.mark.parametrize("family", ["gemma", "qwen3"])
def test_a_tied_head_and_weights_in_several_files_are_kept_too(tmp_path, home, monkeypatch, family):
    monkeypatch.setattr(quantised, "SHARD", "20KB")
    folder = tiny.make(tmp_path / "lie", family=family, tie_word_embeddings=True)
    first = load(find(str(folder)), bits=4, keep=True)
    weights_gone(folder)
    again = load(find(str(folder)), bits=4).model
    assert len(list(home.glob("nf4/*/*.safetensors"))) > 3
    assert again.lm_head.weight is again.model.embed_tokens.weight
    assert torch.equal(logits(first.model), logits(again))


def test_one_entry_serves_every_dtype(folder, home):
    load(find(str(folder)), bits=4, dtype="bfloat16", keep=True)
    weights_gone(folder)
    assert load(find(str(folder)), bits=4, dtype="float16").model.dtype == torch.float16
    assert load(find(str(folder)), bits=4, dtype="float32").model.dtype == torch.float32
    assert len(entries(home)) == 1


def test_a_model_of_the_hub_is_kept_with_its_commit_and_tokenizer(hub, home):
    first = load(find("auteur/modele"), bits=4, keep=True)
    shutil.rmtree(hub)
    base = find("auteur/modele")
    assert base.local and base.card.bytes > 300_000
    again = load(base, bits=4, revision="c0ffee")
    assert (again.revision, again.template, again.sampling) == (
        "c0ffee",
        first.template,
        first.sampling,
    )
    assert again.tokenizer.encode("salut") == first.tokenizer.encode("salut")
    assert load_tokenizer(base)[0].encode("salut") == first.tokenizer.encode("salut")
    with pytest.raises(UnknownModel, match="ne sont pas sur cette machine"):
        load(base, bits=4, revision="badcafe")
    with pytest.raises(UnknownModel, match="ne sont pas sur cette machine"):
        load(base)


def test_a_catalogue_model_that_only_the_cache_has_is_here(home, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    card = find("vigostral").card
    assert not find("vigostral").local

    def write(draft):
        (draft / "model.safetensors").write_bytes(b"x")

    quantised_cache.write_entry("vigostral", quantised_cache.Origin(card.hub, "another commit"), 4, 1, write)
    assert not find("vigostral").local
    quantised_cache.write_entry("vigostral", quantised_cache.Origin(card.hub, card.revision), 4, 1, write)
    assert find("vigostral").local


def test_a_folder_that_is_gone_is_known_by_its_path(folder):
    first = load(find(str(folder)), bits=4, keep=True)
    shutil.rmtree(folder)
    base = find(str(folder))
    assert (base.name, base.local) == ("petit", True)
    assert torch.equal(logits(first.model), logits(load(base, bits=4).model))


def test_a_changed_original_makes_a_new_entry(folder, home):
    first = load(find(str(folder)), bits=4, keep=True)
    tiny.make(folder, seed=1)
    second = load(find(str(folder)), bits=4, keep=True)
    assert (logits(first.model) - logits(second.model)).abs().max() > 0.01
    assert len(entries(home)) == 2
    weights_gone(folder)
    assert torch.equal(logits(second.model), logits(load(find(str(folder)), bits=4).model))


def test_a_small_model_is_not_kept_unless_asked(folder, home, monkeypatch):
    load(find(str(folder)), bits=4)
    assert entries(home) == []
    monkeypatch.setattr(quantised, "WORTH_BYTES", 1000)
    load(find(str(folder)), bits=4)
    assert len(entries(home)) == 1


def cut(path):
    os.truncate(path, path.stat().st_size - 1)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("model.safetensors", cut),
        ("model.safetensors", Path.unlink),
        ("model.safetensors", lambda path: path.write_bytes(b"\0" * path.stat().st_size)),
        ("config.json", lambda path: path.write_bytes(b"{" * path.stat().st_size)),
        ("tokenizer.json", cut),
        ("made.json", cut),
        ("made.json", lambda path: path.write_text("[]", encoding="utf-8")),
        ("made.json", Path.unlink),
    ],
)
def test_a_damaged_entry_is_made_again(folder, home, name, spoil):
    first = load(find(str(folder)), bits=4, keep=True)
    (entry,) = (path.parent for path in home.glob("*/*/made.json"))
    spoil(entry / name)
    assert torch.equal(logits(first.model), logits(load(find(str(folder)), bits=4, keep=True).model))
    weights_gone(folder)
    assert torch.equal(logits(first.model), logits(load(find(str(folder)), bits=4).model))
    assert no_drafts(home)


def test_an_entry_that_does_not_open_stays_where_the_original_cannot_be_read_either(
    folder, home, monkeypatch
):
    """A library that is broken today is no reason to throw away what was made."""
    first = load(find(str(folder)), bits=4, keep=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", full)
        with pytest.raises(UnknownModel):
            load(find(str(folder)), bits=4)
    weights_gone(folder)
    assert torch.equal(logits(first.model), logits(load(find(str(folder)), bits=4).model))


def full(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_full_disk_does_not_stop_the_run(folder, home, monkeypatch, caplog):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    assert torch.isfinite(logits(load(find(str(folder)), bits=4, keep=True).model)).all()
    monkeypatch.undo()
    monkeypatch.setenv("SOSIE_CACHE", str(home))
    monkeypatch.setattr(shutil, "copyfile", full)
    assert torch.isfinite(logits(load(find(str(folder)), bits=4, keep=True).model)).all()
    assert caplog.text.count("n'est pas gardé en cache (disque plein)") == 2
    assert entries(home) == [] and no_drafts(home)


def test_a_cache_that_cannot_be_written_does_not_stop_the_run(folder, home, caplog):
    home.write_text("a file where a folder should be", encoding="utf-8")
    assert torch.isfinite(logits(load(find(str(folder)), bits=4, keep=True).model)).all()
    assert "ne peut pas être écrit" in caplog.text


def test_authors_whose_way_of_drawing_words_transformers_refuses_to_write_are_kept_too(folder):
    told = {"do_sample": False, "temperature": 0.6, "top_p": 0.9}
    (folder / "generation_config.json").write_text(json.dumps(told), encoding="utf-8")
    first = load(find(str(folder)), bits=4, keep=True)
    weights_gone(folder)
    assert load(find(str(folder)), bits=4).sampling == first.sampling
    assert first.sampling.temperature == 0.6


def test_of_two_processes_at_once_the_second_finds_the_first_one_s_entry(home):
    origin = quantised_cache.Origin("auteur/modele", "c0ffee")

    def write(draft):
        (draft / "model.safetensors").write_bytes(b"mine")
        quantised_cache.write_entry(
            "modele", origin, 4, 1, lambda other: (other / "model.safetensors").write_bytes(b"first")
        )

    # the inner one is another process: its draft has another name
    pids = iter([1, 2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantised_cache.os, "getpid", lambda: next(pids))
        assert quantised_cache.write_entry("modele", origin, 4, 1, write) is None
    assert (quantised_cache.find_entry(origin, 4).folder / "model.safetensors").read_bytes() == b"first"
    assert no_drafts(home)


def test_the_draft_of_a_killed_process_is_swept_away_after_a_day(home):
    old, young = (home / "nf4" / f"x-1{quantised_cache.DRAFT_MARK}{pid}" for pid in (1, 2))
    with in_cache("nf4"):  # somebody seems to be there, as always on a disk without locks
        for draft in (old, young):
            draft.mkdir(parents=True)
        os.utime(old, (0, 0))
        quantised_cache.write_entry("y", quantised_cache.Origin("a/y"), 4, 1, lambda draft: None)
    assert not old.exists() and young.exists()


def test_the_cache_is_where_the_user_says(monkeypatch):
    assert cache_home() == Path(os.environ["SOSIE_CACHE"])
    monkeypatch.delenv("SOSIE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_home() == Path("/x/sosie")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_home() == Path.home() / ".cache" / "sosie"
