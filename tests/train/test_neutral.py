"""The mix-in: our own French, learnt beside the person's words, counted apart, and shared with no measure."""

import re
from collections import Counter

import pytest
import torch

from sosie.core.double import Double
from sosie.core.progress import events
from sosie.core.settings import Train
from sosie.evaluate.forgetting import minitests, neutral
from sosie.models.windows import examples
from sosie.train import lora
from sosie.train.net import PULL, Net, learn_group, open_accelerator
from sosie.train.neutral import exchanges, mix_in
from sosie.train.pack import collate, learnt, pack, steps_an_epoch
from sosie.train.run import train

RUN = 6  # words in a row that no measure may share with what is learnt


@pytest.fixture
def plain(loaded):
    return [e for d in exchanges() for e in examples(d.turns, loaded.tokenizer, loaded.template, 512)]


def runs(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def texts():
    return [turn.text for dialogue in exchanges() for turn in dialogue.turns]


def test_no_measure_of_forgetting_shares_six_words_in_a_row_with_it():
    tests = minitests()
    measured = [*neutral(), *(test["asks"] for test in tests["instructions"])]
    measured += [side for pairs in tests["pairs"].values() for pair in pairs for side in pair]
    ours = {run for text in texts() for run in runs(text)}
    assert len(ours) > 2000
    assert not [run for text in measured for run in runs(text) if run in ours]
    assert not set(texts()) & set(measured)


def test_it_is_many_short_whole_exchanges_in_written_french():
    assert 150 <= len(exchanges()) <= 200
    for dialogue in exchanges():
        assert [turn.role for turn in dialogue.turns] == ["user", "assistant"] * (len(dialogue.turns) // 2)
    assert not [text for text in texts() if not re.fullmatch(r"[A-ZÀÉÊŒÇ].*[.?!]", text)]
    assert not [text for text in texts() if re.search(r"\s[.,]|[^\s][?!;:]|\s\s|’|\b(ouais|mdr|lol)\b", text)]
    assert max(Counter(texts()).values()) == 1


def test_both_ways_of_saying_you_are_there():
    said = " ".join(texts()).lower()
    assert min(len(re.findall(rf"\b{word}\b", said)) for word in ("tu", "vous")) >= 30


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_over_the_epochs_its_share_of_the_learnt_tokens_is_the_one_asked_for(share, learn, plain, planned):
    own = learn * 20
    plan = planned(neutral=share, group=8)
    mixed, epochs = mix_in(own, plain, plan), 4
    steps = epochs * steps_an_epoch(len(own), plan.group)
    each = [mixed.beside(step) for step in range(steps)]
    ours = sum(len(learnt(example)) for beside in each for example in beside)
    theirs = epochs * sum(len(learnt(example)) for example in own)
    assert ours / (ours + theirs) == pytest.approx(share, abs=0.03)
    sizes = [len(beside) for beside in each]
    assert max(sizes) - min(sizes) <= 1


def test_the_seed_chooses_and_all_are_read_before_any_comes_again(learn, plain, planned):
    one, same, other = (
        mix_in(learn * 50, plain, planned(neutral=0.5, seed=seed, group=8)) for seed in (7, 7, 8)
    )
    drawn = [[e for step in range(60) for e in mix.beside(step)] for mix in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) > len(plain) and len({e.ids for e in drawn[0][: len(plain)]}) == len(plain)


def test_no_share_means_nothing_is_mixed_in(learn, plain, planned):
    assert mix_in(learn, plain, planned()).beside(0) == []
    assert mix_in(learn, [], planned(neutral=0.2)).beside(3) == []


def test_a_run_counts_it_apart_and_never_validates_on_it(base, dialogues, tmp_path):
    told, done = {}, {}
    for share in (0.0, 0.4):
        options = Train(epochs=2, group=4, learning_rate=5e-3, neutral=share)
        folder = tmp_path / "runs" / str(share)
        done[share] = train(dialogues[:10], dialogues[10:], base, options, folder)
        told[share] = [event for event in events(folder / "events.jsonl") if event.kind == "step"]
    plain, mixed = (Double.read(done[share].double).data for share in (0.0, 0.4))
    assert mixed["neutral"] > plain["neutral"] == 0
    assert {**mixed, "neutral": 0} == plain
    assert sum(event.facts["neutral"] for event in told[0.4]) == 2 * mixed["neutral"]
    assert not any("neutral" in event.facts for event in told[0.0])
    assert done[0.4].valid_loss_before == done[0.0].valid_loss_before
    assert done[0.4].learnt_tokens == done[0.0].learnt_tokens and done[0.4].steps == done[0.0].steps
    assert done[0.4].double.joinpath("adapter_model.safetensors").read_bytes() != (
        done[0.0].double.joinpath("adapter_model.safetensors").read_bytes()
    )


@pytest.fixture
def net(adapted):
    """The tiny model with an adapter that already says something."""
    model, _ = adapted()
    return Net(open_accelerator(model, "float32"), model, apart=False)


def test_it_is_held_to_what_the_base_would_have_said(net, plain):
    """Against the sum written out: surprise, and PULL times the divergence from the base."""
    row = pack(plain[:3], 512)[0]
    batch = collate(row)
    now = net.scores(batch).detach().double().log_softmax(-1)
    with net.model.disable_adapter():
        before = net.scores(batch).detach().double().log_softmax(-1)
    moved = (before.exp() * (before - now)).sum()
    surprise = -now[range(len(row.targets)), batch.wanted].sum()
    assert moved > 1
    assert net.held_back(row).item() == pytest.approx(float(surprise + PULL * moved), rel=1e-4)
    assert net.nats(row).item() == pytest.approx(float(surprise), rel=1e-4)


def test_it_brings_an_adapter_back_towards_the_base(net, plain):
    """On the same rows learnt the usual way, the base's French is left further behind."""

    def moved(how):
        adapter = lora.copy(net.model)
        weights = list(lora.learnt_weights(net.model).values())
        optimiser = torch.optim.SGD(weights, lr=1e-3)
        row = pack(plain[:8], 4096)[0]
        for _ in range(10):
            how(row).backward()
            optimiser.step()
            optimiser.zero_grad()
        with torch.no_grad():
            after = float(net.held_back(row) - net.nats(row))
        lora.put_back(net.model, adapter)
        return after

    assert moved(net.held_back) < 0.9 * moved(net.nats)


def test_the_loss_told_is_of_the_persons_words_alone_and_the_gradients_are_of_both(net, learn, plain):
    own, ours = pack(learn[:4], 512), pack(plain[:3], 512)
    weights = lora.learnt_weights(net.model)

    def gradients(beside):
        for weight in weights.values():
            weight.grad = None
        loss = learn_group(net, own, beside)
        return loss, torch.cat([weight.grad.flatten() for weight in weights.values()])

    (alone, without), (told, both) = gradients([]), gradients(ours)
    assert told == pytest.approx(alone, rel=1e-6)
    targets = sum(len(row.targets) for row in own)
    for weight in weights.values():
        weight.grad = None
    for row in ours:
        (net.held_back(row) / targets).backward()
    beside = torch.cat([weight.grad.flatten() for weight in weights.values()])
    assert torch.allclose(both, without + beside, atol=1e-5) and beside.norm() > 0.01 * without.norm()
