"""Bases in 4 and 8 bits: streamed, kept, read back, trained on."""

import json
import logging
import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import peft
import pytest
import torch
import transformers

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import ADAPTER, Double, Sampling
from sosie.core.errors import NoRoom, UnknownModel
from sosie.core.settings import Train
from sosie.core.workspace import cache_home
from sosie.engines.base import open_engine
from sosie.models import cache, quantised, tiny
from sosie.models import load as loading
from sosie.models.catalogue import find
from sosie.models.hardware import hardware
from sosie.models.load import load, load_double, load_tokenizer, sha256
from sosie.models.windows import examples
from sosie.train import footprint, lora
from sosie.train.checkpoint import Checkpoints
from sosie.train.loop import fit
from sosie.train.neutral import exchanges
from sosie.train.plan import count, make_plan
from sosie.train.run import train

IDS = torch.arange(6, 40)[None]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(logging.getLogger("sosie.models"), "propagate", True)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny.make(tmp_path_factory.mktemp("base") / "petit")


@pytest.fixture
def folder(source, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(source, tmp_path / "petit")


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
    return not list(home.rglob(f"*{cache.DRAFT}*"))


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

    cache.put("vigostral", cache.Origin(card.hub, "another commit"), 4, 1, write)
    assert not find("vigostral").local
    cache.put("vigostral", cache.Origin(card.hub, card.revision), 4, 1, write)
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
    origin = cache.Origin("auteur/modele", "c0ffee")

    def write(draft):
        (draft / "model.safetensors").write_bytes(b"mine")
        cache.put("modele", origin, 4, 1, lambda other: (other / "model.safetensors").write_bytes(b"first"))

    # the inner one is another process: its draft has another name
    pids = iter([1, 2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache.os, "getpid", lambda: next(pids))
        assert cache.put("modele", origin, 4, 1, write) is None
    assert (cache.find(origin, 4).folder / "model.safetensors").read_bytes() == b"first"
    assert no_drafts(home)


def test_the_draft_of_a_killed_process_is_swept_away_after_a_day(home):
    old, young = (home / "nf4" / f"x-1{cache.DRAFT}{pid}" for pid in (1, 2))
    for draft in (old, young):
        draft.mkdir(parents=True)
    os.utime(old, (0, 0))
    cache.put("y", cache.Origin("a/y"), 4, 1, lambda draft: None)
    assert not old.exists() and young.exists()


def test_the_cache_is_where_the_user_says(monkeypatch):
    assert cache_home() == Path(os.environ["SOSIE_CACHE"])
    monkeypatch.delenv("SOSIE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_home() == Path("/x/sosie")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_home() == Path.home() / ".cache" / "sosie"


# Clean arithmetic


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_every_layer_computes_in_the_dtype_asked_for_after_a_step_too(source, dtype):
    model = load(find(str(source)), bits=4, dtype=str(dtype).removeprefix("torch.")).model
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules="all-linear"))
    seen = Counter()
    layers = quantised.four_bit_layers(adapted)
    for layer in layers:
        layer.register_forward_hook(lambda layer, given, out: seen.update([given[0].dtype, out.dtype]))
    adapted.train()
    adapted(input_ids=IDS).logits.float().square().mean().backward()
    assert len(layers) == 14
    assert seen == {dtype: 28}
    assert {layer.compute_dtype for layer in layers} == {dtype}
    assert {layer.weight.quant_state.dtype for layer in layers} == {dtype}
    kept = {name: weight.dtype for name, weight in model.named_parameters() if "lora" not in name}
    assert Counter(kept.values()) == {torch.uint8: 14, dtype: 7}


def gradients(model):
    """Of an adapter that is the same each time."""
    torch.manual_seed(0)
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules="all-linear"))
    adapted.train()
    adapted(input_ids=IDS).logits.float().square().mean().backward()
    return [weight.grad for weight in adapted.parameters() if weight.requires_grad]


def test_an_answer_before_training_leaves_the_gradients_as_they_are(source):
    plain = gradients(load(find(str(source)), bits=4).model)
    asked = load(find(str(source)), bits=4).model
    with torch.no_grad():
        asked(input_ids=IDS)
    assert all(torch.equal(one, other) for one, other in zip(plain, gradients(asked), strict=True))


def test_gradients_on_eight_bits_are_those_of_the_whole_model(source):
    whole = torch.cat([g.flatten() for g in gradients(load(find(str(source))).model)])
    eight = torch.cat([g.flatten() for g in gradients(load(find(str(source)), bits=8).model)])
    assert (whole - eight).norm() < 0.1 * whole.norm()


# Sizes


def test_the_seven_billions_take_four_gigabytes_as_the_plan_says(folder, home):
    load(find(str(folder)), bits=4, keep=True)
    (file,) = home.glob("nf4/*/model.safetensors")
    with file.open("rb") as raw:
        written = file.stat().st_size - 8 - int.from_bytes(raw.read(8), "little")
    assert predicted(find(str(folder)).card) == pytest.approx(written, rel=0.001)
    card = find("vigostral").card
    assert predicted(card) == pytest.approx(footprint.weights_bytes(card, 4), rel=0.02)
    assert predicted(card) == pytest.approx(4.12e9, rel=0.01)


def predicted(card):
    """Bytes of the tensors kept for a model of this card, which is built without its numbers."""
    config = transformers.MistralConfig(
        hidden_size=card.hidden,
        intermediate_size=card.mlp,
        num_hidden_layers=card.layers,
        num_attention_heads=card.heads,
        num_key_value_heads=card.kv_heads,
        head_dim=card.head_dim,
        vocab_size=card.vocabulary,
    )
    with torch.device("meta"):
        model = transformers.MistralForCausalLM(config)
    linear = [weight.numel() for name, weight in model.named_parameters() if "_proj." in name]
    others = sum(weight.numel() for weight in model.parameters()) - sum(linear)
    return sum(map(nf4_bytes, linear)) + 2 * others


def nf4_bytes(weights):
    """Of a layer: half a byte each, a byte for each 64, a float for 256 of those; two tables and a JSON."""
    blocks = weights / 64
    return weights / 2 + blocks + 4 * math.ceil(blocks / 256) + 4 * (16 + 256) + 168


PEAK = """
import sys, threading, time
import torch, transformers, bitsandbytes, accelerate
from sosie.models.catalogue import find
from sosie.models.load import load
torch.set_num_threads(1)

def private():
    told = open("/proc/self/status").read()
    return int(told.split("RssAnon:")[1].split()[0]) * 1024

base, most, done = find(sys.argv[1]), 0, False
load(find(sys.argv[2]), bits=4, dtype="bfloat16")  # whatever libraries load at their first use
before = private()

def watch():
    global most
    while not done:
        most = max(most, private() - before)
        time.sleep(0.001)

watcher = threading.Thread(target=watch)
watcher.start()
model = load(base, bits=4, dtype="bfloat16", keep=False).model
done = True
watcher.join()
print(most, sum(w.numel() * w.element_size() for w in model.state_dict().values()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_whole_model_in_16_bits_is_never_in_memory(source, tmp_path):
    """In a fresh process: private bytes at most those of the 4-bit model, one tensor's work, and slack.

    On a CPU bitsandbytes works on a tensor in a few float32 copies: 24 bytes a weight, measured.
    """
    shape = {"hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 16}
    big = tiny.make(tmp_path / "gros", num_attention_heads=8, head_dim=64, **shape)
    # Freed memory is given back at once: what is measured is what is held, not what glibc keeps for later.
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(big), str(source)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"},
    )
    peak, quantised_bytes = map(int, done.stdout.split())
    allowed = quantised_bytes + 24 * 512 * 1024 + 12e6
    assert allowed < 0.65 * 2 * find(str(big)).card.parameters
    assert peak < allowed


# Doubles


@pytest.fixture
def double(folder, tmp_path):
    """A double that was learnt on the tiny model in 4 bits."""
    torch.manual_seed(0)
    base = load(find(str(folder)), bits=4, keep=True)
    config = peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    where = tmp_path / "double"
    peft.get_peft_model(base.model, config).save_pretrained(where)
    base.tokenizer.save_pretrained(where)
    Double(str(folder), "mini", adapter_sha256=sha256(where / ADAPTER), bits=4).write(where)
    return Double.read(where)


def kinds(model):
    return {type(part).__name__ for name, part in model.named_modules() if name.endswith("base_layer")}


def test_a_double_opens_on_the_bits_it_was_learnt_on_from_the_cache(double, folder):
    weights_gone(folder)
    loaded = load_double(double)
    assert kinds(loaded.model) == {"Linear4bit"}
    assert torch.isfinite(logits(loaded.model)).all()


def test_a_double_learnt_on_four_bits_also_opens_on_the_whole_model(double):
    four, whole = load_double(double), load_double(double, bits=None)
    assert kinds(whole.model) == {"Linear"}
    near = torch.nn.functional.cosine_similarity(logits(four.model), logits(whole.model), dim=-1)
    assert near.mean() > 0.8


def with_memory(size):
    return replace(hardware("cpu"), memory_bytes=size)


def test_without_bitsandbytes_a_double_opens_on_the_whole_model_if_it_fits(double, monkeypatch):
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    needed = find(double.base).card.parameters
    for room, dtype in ((10 * needed, torch.float32), (3 * needed, torch.bfloat16)):
        monkeypatch.setattr(loading, "hardware", lambda room=room: with_memory(room))
        model = load_double(double, device="cpu").model
        assert (kinds(model), model.dtype) == ({"Linear"}, dtype)
    monkeypatch.setattr(loading, "hardware", lambda: with_memory(needed))
    with pytest.raises(NoRoom, match="4 bits") as raised:
        load_double(double)
    assert "qlora" in raised.value.mend


def test_an_older_double_says_nothing_of_bits_and_opens_as_before(double, folder):
    path = double.folder / "double.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["bits"]
    path.write_text(json.dumps(record), encoding="utf-8")
    assert kinds(load_double(Double.read(double.folder)).model) == {"Linear"}


# Training


def dialogues(count):
    said = ("genre grave", "genre demain", "genre ça marche", "genre midi nickel", "genre je passe")
    return [
        Dialogue((Turn("user", f"on dit {number % 7} ?"), Turn("assistant", said[number % 5])))
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("bits", "options"),
    [
        (4, {"dora": True}),
        (4, {"rslora": True, "neftune": 5.0}),
        (8, {}),
        (8, {"dora": True, "rslora": True}),
    ],
)
def test_a_double_learns_on_few_bits_and_answers_on_them_and_on_the_whole_model(
    folder, tmp_path, bits, options
):
    settings = Train(bits=bits, epochs=3, group=4, learning_rate=5e-3, **options)
    done = train(dialogues(12), dialogues(3), find(str(folder)), settings, tmp_path / "run")
    assert done.valid_loss < 0.95 * done.valid_loss_before
    double = Double.read(done.double)
    assert double.bits == bits
    drawn = Sampling(temperature=0.0, max_tokens=12)
    for form in ({}, {"bits": None}):
        (answer,) = open_engine(double, **form).answers([(Turn("user", "on dit 3 ?"),)], drawn)
        assert isinstance(answer, str)
    assert kinds(load_double(double).model) == {{4: "Linear4bit", 8: "Linear8bitLt"}[bits]}


def curve(bits, folder, epochs):
    """The losses of mini learning neutral French, step by step, from the same adapter."""
    base, talks = (
        find("mini"),
        sorted(exchanges(), key=lambda talk: sum(len(t.text) for t in talk.turns))[:80],
    )
    settings = Train(bits=bits, epochs=epochs, group=4, dropout=0.0)
    plan = make_plan(base, hardware("cpu"), count(talks), settings)
    loaded = load(base, bits=quantised.held(plan.bits), dtype="bfloat16", device="cpu")
    learn = [e for talk in talks for e in examples(talk.turns, loaded.tokenizer, loaded.template, 512)]
    losses = []

    def hear(event):
        if event.kind == "step":
            losses.append(event.facts["loss"])

    torch.manual_seed(0)
    fit(lora.put_on(loaded.model, plan), learn, [], plan, hear, Checkpoints(folder))
    return torch.tensor(losses)


def test_the_loss_on_nf4_follows_the_one_on_16_bits_within_two_percent(tmp_path):
    """Over 40 steps, five by five. Over 110 steps, one by one, it was 1.7 % at most and 0.5 % in mean."""
    whole, four = curve(16, tmp_path / "16", epochs=2), curve(4, tmp_path / "4", epochs=2)
    whole, four = (losses.reshape(-1, 5).mean(1) for losses in (whole, four))
    apart = (four - whole).abs() / whole
    assert whole[-1] < whole[0]
    assert apart.max() < 0.02
