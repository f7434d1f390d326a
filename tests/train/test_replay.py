"""The mix-in: our own French, learnt beside the person's words, counted apart, and shared with no measure."""

import re
from collections import Counter

import pytest
import torch

from sosie.core.double import Double
from sosie.core.progress import events
from sosie.core.settings import Train
from sosie.evaluate.measures.forgetting import minitests, neutral
from sosie.models.truncation import make_examples
from sosie.train import lora
from sosie.train.forward import KL_WEIGHT, ForwardModel, backward_group, open_accelerator
from sosie.train.pack import collate, pack, steps_per_epoch, target_positions
from sosie.train.replay import (
    LOOKAHEAD_STEPS,
    BaseReference,
    lookahead_steps,
    plan_replay,
    replay_dialogues,
)
from sosie.train.run import train

RUN = 6  # words in a row that no measure may share with what is learnt


@pytest.fixture
def plain(loaded):
    return [
        e for d in replay_dialogues() for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)
    ]


def runs(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def texts():
    return [turn.text for dialogue in replay_dialogues() for turn in dialogue.turns]


def test_no_measure_of_forgetting_shares_six_words_in_a_row_with_it():
    tests = minitests()
    measured = [*neutral(), *(test["asks"] for test in tests["instructions"])]
    measured += [side for pairs in tests["pairs"].values() for pair in pairs for side in pair]
    ours = {run for text in texts() for run in runs(text)}
    assert len(ours) > 2000
    assert not [run for text in measured for run in runs(text) if run in ours]
    assert not set(texts()) & set(measured)


def test_it_is_many_short_whole_exchanges_in_written_french():
    assert 150 <= len(replay_dialogues()) <= 200
    for dialogue in replay_dialogues():
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
    mixed, epochs = plan_replay(own, plain, plan), 4
    steps = epochs * steps_per_epoch(len(own), plan.settings.group)
    each = [mixed.at_step(step) for step in range(steps)]
    ours = sum(len(target_positions(example)) for beside in each for example in beside)
    theirs = epochs * sum(len(target_positions(example)) for example in own)
    assert ours / (ours + theirs) == pytest.approx(share, abs=0.03)
    sizes = [len(beside) for beside in each]
    assert max(sizes) - min(sizes) <= 1


def test_the_seed_chooses_and_all_are_read_before_any_comes_again(learn, plain, planned):
    one, same, other = (
        plan_replay(learn * 50, plain, planned(neutral=0.5, seed=seed, group=8)) for seed in (7, 7, 8)
    )
    drawn = [[e for step in range(60) for e in mix.at_step(step)] for mix in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) > len(plain) and len({e.ids for e in drawn[0][: len(plain)]}) == len(plain)


def test_no_share_means_nothing_is_mixed_in(learn, plain, planned):
    assert not any(plan_replay(learn, plain, planned(neutral=0)).at_step(step) for step in range(50))
    assert plan_replay(learn, [], planned(neutral=0.2)).at_step(3) == []


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
    return ForwardModel(open_accelerator(model, "float32"), model, per_dialogue=False)


def apart(net, row):
    """Of a row, written out: its summed surprise, and the summed divergence from what the base says."""
    batch = collate(row)
    with torch.no_grad(), net.model.disable_adapter():
        before = net.outputs(batch).log_softmax(-1)
    now = net.outputs(batch).log_softmax(-1)
    surprise = -now[range(len(row.targets)), batch.target_ids].sum()
    return surprise, (before.exp() * (before - now)).sum()


def gradients(net, learn):
    """What `learn` gives, and the adapter's gradients by name."""
    net.model.zero_grad()
    told = learn()
    return told, {name: weight.grad.clone() for name, weight in lora.trainable_weights(net.model).items()}


@pytest.mark.parametrize("length", [120, 100_000], ids=["several rows", "one row"])
def test_neutral_french_in_the_persons_rows_is_held_to_the_base_and_their_words_are_not(
    net, learn, plain, length
):
    """Loss and gradients are those of the sum written out, each row alone."""
    own, ours = learn[:4], plain[:5]
    targets = sum(len(target_positions(example)) for example in own)

    def written_out():
        for row in pack(own, 1):
            (apart(net, row)[0] / targets).backward()
        for row in pack(ours, 1):
            surprise, moved = apart(net, row)
            assert moved > 1
            ((surprise + KL_WEIGHT * moved) / targets).backward()

    joined, alone = pack([*own, *ours], length), pack(ours, length)
    assert (len(joined) == 1) == (length > 1000)
    _, wanted = gradients(net, written_out)
    told, found = gradients(net, lambda: backward_group(net, joined, net.base_reference(alone)))
    assert told == pytest.approx(backward_group(net, pack(own, length)), rel=1e-5)
    assert all((found[name] - wanted[name]).norm() < 1e-5 * wanted[name].norm() for name in wanted)
    _, unheld = gradients(net, lambda: backward_group(net, joined, targets=targets))
    assert all((unheld[name] - wanted[name]).norm() > 1e-3 * wanted[name].norm() for name in wanted)


def test_it_brings_an_adapter_back_towards_the_base(net, plain):
    """On the same rows learnt the usual way, the base's French is left further behind."""
    rows = pack(plain[:8], 4096)

    def moved(said):
        adapter = lora.copy_adapter(net.model)
        optimiser = torch.optim.SGD(lora.trainable_weights(net.model).values(), lr=1e-3)
        for _ in range(10):
            backward_group(net, rows, said, targets=1)
            optimiser.step()
            optimiser.zero_grad()
        after = float(apart(net, rows[0])[1].detach())
        lora.set_adapter(net.model, adapter)
        return after

    assert moved(net.base_reference(rows)) < 0.9 * moved([])


def test_the_base_is_asked_for_several_steps_at_once_and_each_step_gets_its_own(net, learn, plain, planned):
    mixed = plan_replay(learn * 10, plain, planned(neutral=0.5, group=8))
    asked = []

    def ask(some):
        asked.append(list(some))
        return net.base_reference(pack(some, 4096))

    steps = LOOKAHEAD_STEPS + LOOKAHEAD_STEPS // 2
    said = BaseReference(mixed, lambda some: some[::2], ask, steps, LOOKAHEAD_STEPS)
    each = [said.at_step(step) for step in range(steps)]
    wanted = [mixed.at_step(step)[::2] for step in range(steps)]
    assert asked == [sum(wanted[:LOOKAHEAD_STEPS], []), sum(wanted[LOOKAHEAD_STEPS:], [])] and all(asked)
    for got, some in zip(each, wanted, strict=True):
        alone = net.base_reference(pack(some, 4096))
        assert len(got) == len(alone) > 0
        assert all(torch.allclose(one, other, atol=1e-4) for one, other in zip(got, alone, strict=True))
    late = BaseReference(mixed, lambda some: some[::2], ask, steps, LOOKAHEAD_STEPS).at_step(
        LOOKAHEAD_STEPS - 1
    )  # of a run taken up again
    assert all(torch.equal(one, other) for one, other in zip(late, each[LOOKAHEAD_STEPS - 1], strict=True))


def test_a_large_vocabulary_is_read_for_fewer_steps_at_once():
    """150,000 logits for each of 100 targets take 61 MB a step, in float32."""
    assert [lookahead_steps(100, words) for words in (8_000, 32_000, 151_936, 1_000_000)] == [8, 8, 2, 1]
    assert lookahead_steps(0, 32_000) == LOOKAHEAD_STEPS


def test_nothing_is_asked_of_a_step_without_neutral_french(learn, planned):
    said = BaseReference(
        plan_replay(learn, [], planned(neutral=0.2)), list, lambda some: [*some], 5, LOOKAHEAD_STEPS
    )
    assert [said.at_step(step) for step in range(5)] == [[]] * 5
