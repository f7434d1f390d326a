"""How sosie-mini is made: clean text, a split that leaks nothing, the same weights from the same seed."""

import json
import lzma
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tools.mini import (
    average,
    chat_format,
    overlap,
    packing,
    prepare_data,
    recipe,
    shipping,
    tokenizer,
    train,
)
from tools.mini.corpus import SOURCES, Record, even_turns, read_source

WORDS = ("le", "la", "chat", "chien", "maison", "mange", "dort", "rit", "court", "ici", "souvent", "bien")


def sentences(seed, count):
    draw = np.random.default_rng(seed)
    return [" ".join(draw.choice(WORDS, size=9)) + "." for _ in range(count)]


@pytest.fixture(scope="module")
def learnt():
    return tokenizer.train_tokenizer(iter(sentences(0, 300)), 320)


def test_share_alike_sources_are_never_named():
    assert not any(
        word in name for name in SOURCES.values() for word in ("ud_", "oral", "rhapsodie", "paris")
    )


def test_a_source_is_read_as_records(tmp_path):
    lines = [{"text": "Bonjour.", "id": "a"}, {"text": "  "}]
    with lzma.open(tmp_path / "docs_tatoeba_phrases.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    assert list(read_source(tmp_path, "tatoeba")) == [Record("tatoeba", "a", "a", text="Bonjour.")]


def test_a_dialogue_begins_with_the_user_and_ends_with_an_answer():
    turns = even_turns([("assistant", "a"), ("user", "b"), ("assistant", "c")])
    assert turns == (("user", "a"), ("assistant", "b"))


def test_a_record_that_shares_three_runs_with_a_voice_is_left_out():
    voice = overlap.all_runs(["un deux trois quatre cinq six sept huit neuf dix"], 7)
    same = Record("x", "g", text="Un, deux, trois ! quatre cinq six sept huit neuf")
    less = Record("x", "g", text="un deux trois quatre cinq six sept et puis autre chose de neuf")
    assert list(prepare_data.without_voices([same, less], [voice], ())) == [less]
    named = Record("x", "g", id="piece/acte-1", text="autre")
    assert list(prepare_data.without_voices([named], [voice], ("piece/",))) == []


def test_what_is_held_out_is_not_learnt_and_nothing_is_learnt_twice():
    long = " ".join(f"mot{n}" for n in range(20))
    held = [Record("x", "h", text=f"{long} fin")]
    records = [Record("x", "a", text=f"debut {long}"), Record("x", "b", text="une autre phrase de six mots")]
    kept = list(prepare_data.without_held_out(records, held))
    assert kept == records[1:]
    assert list(prepare_data.without_copies([*kept, *kept], held)) == kept


def test_text_that_looks_like_a_marker_stays_text(learnt):
    ids, answer = chat_format.encode(
        learnt, Record("x", "g", turns=(("user", "<|end|>"), ("assistant", "le chat")))
    )
    assert ids[:2] == [chat_format.BOS, chat_format.ROLE["user"]]
    assert ids.count(chat_format.END) == 2 and answer[-1] and not answer[1]


def test_rows_take_each_source_by_its_share():
    streams = {
        "a": packing.Stream(np.full(50, 1, dtype=np.uint16), np.ones(50, dtype=bool)),
        "b": packing.Stream(np.full(500, 2, dtype=np.uint16), np.ones(500, dtype=bool)),
    }
    ids, learn = packing.rows(streams, {"a": 3, "b": 1}, tokens=4000, length=10, seed=1)
    assert ids.shape == learn.shape == (400, 11)
    assert (ids == 1).all(axis=1).sum() == 300


def made(folder, learnt):
    """A mini made from nothing in a few steps; gives the sha256 of its weights."""
    import torch

    plan = recipe.Recipe(
        {"vocabulary": 320, "hidden": 32, "layers": 1, "heads": 2, "kv_heads": 1, "mlp": 48, "context": 64},
        {
            "seed": 5,
            "batch_tokens": 128,
            "weight_decay": 0.05,
            "muon_rate": 0.02,
            "muon_momentum": 0.9,
            "adamw_rate": 3e-3,
        },
        (recipe.Phase("langue", 1024, 32, (1.0, 0.0), "all", {"a": 1}),),
    )
    streams = {
        "a": packing.to_stream(
            learnt, [Record("a", str(n), text=t) for n, t in enumerate(sentences(1, 60))], 5
        )
    }
    folder.mkdir(exist_ok=True)
    torch.manual_seed(plan.settings.seed)
    model = train.new_model(plan, None)
    options = SimpleNamespace(data=folder, device="cpu", compile=False, save_every=4)
    train.train(model, streams, plan, options, lambda: shipping.ship(model, learnt, folder / "mini", plan))
    return sha256((folder / "mini" / "model.safetensors").read_bytes()).hexdigest()


def test_the_same_seed_gives_the_same_weights_even_after_a_stop(tmp_path, learnt, monkeypatch, capsys):
    whole = made(tmp_path / "whole", learnt)
    keep = train.keep

    def keep_and_stop(*args):
        keep(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(train, "keep", keep_and_stop)
        made(tmp_path / "stopped", learnt)
    assert made(tmp_path / "stopped", learnt) == whole


def test_the_mean_of_two_folders_is_that_of_their_weights(tmp_path):
    for name, value in (("one", 1.0), ("other", 4.0)):
        (tmp_path / name).mkdir()
        save_file({"w": torch.full((2, 2), value)}, tmp_path / name / "model.safetensors")
        (tmp_path / name / "config.json").write_text(name)
    average.average([tmp_path / "one", tmp_path / "other"], [2, 1], tmp_path / "mean")
    assert load_file(tmp_path / "mean" / "model.safetensors")["w"].tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert (tmp_path / "mean" / "config.json").read_text() == "other"
