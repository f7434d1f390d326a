import itertools
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sosie.core.progress import silent
from sosie.models import catalogue, tiny
from sosie.models.load import load
from sosie.models.template import Example
from sosie.train import lora
from sosie.train.forward import ForwardModel, backward_group, open_accelerator
from sosie.train.loop import mean_loss
from sosie.train.oom_fallback import OomFallback
from sosie.train.pack import collate, count_windows, groups, pack, steps_per_epoch, target_positions
from sosie.train.packed_attention import ATTENTION_NAME, attend_by_dialogue, causal_products, leaks

example = st.lists(st.tuples(st.integers(0, 99), st.booleans()), min_size=1, max_size=30).map(
    lambda pairs: Example(tuple(i for i, _ in pairs), tuple(learn for _, learn in pairs), 0)
)


@given(st.lists(example, max_size=12), st.integers(1, 60))
def test_nothing_is_lost_doubled_or_padded(examples, length):
    rows = pack(examples, length)
    numbers = [number for row in rows for number in row.numbers]
    assert sorted(numbers) == list(range(len(examples)))
    for row in rows:
        assert row.targets_each == tuple(len(target_positions(examples[n])) for n in row.numbers)
        assert row.ids == tuple(itertools.chain.from_iterable(examples[n].ids for n in row.numbers))
        assert row.lengths == tuple(len(examples[n].ids) for n in row.numbers)
        assert row.positions == tuple(place for size in row.lengths for place in range(size))
        assert len(row.ids) <= length or len(row.numbers) == 1
    sizes, longest = [len(row.ids) for row in rows], max((len(each.ids) for each in examples), default=0)
    assert not rows or max(sizes) - min(sizes) <= longest, "rows are even: the longest sets the peak"


@given(st.lists(example, min_size=1, max_size=12))
def test_targets_are_the_learnt_tokens_but_never_a_first_one(examples):
    [row] = pack(examples, 10_000)
    wanted = [examples[n].ids[place] for n in row.numbers for place in target_positions(examples[n])]
    batch = collate(row)
    assert batch.target_ids.tolist() == wanted
    assert all(row.positions[place + 1] == row.positions[place] + 1 for place in batch.predicting.tolist())


@given(st.integers(1, 200), st.integers(1, 16), st.integers(0, 5))
def test_groups_hold_every_example_once_and_have_one_size(count, size, epoch):
    made = groups(count, size, 7, epoch)
    assert sorted(itertools.chain.from_iterable(made)) == list(range(count))
    assert len(made) == steps_per_epoch(count, size)
    assert max(map(len, made)) - min(map(len, made)) <= 1 and max(map(len, made)) <= size


def test_the_order_is_a_function_of_seed_and_epoch():
    assert groups(50, 8, 7, 1) == groups(50, 8, 7, 1)
    assert groups(50, 8, 7, 1) != groups(50, 8, 7, 2)
    assert groups(50, 8, 7, 1) != groups(50, 8, 8, 1)


def test_windows_guesses_how_many_examples_long_dialogues_make():
    assert count_windows([10, 100], 100) == 2
    assert count_windows([101], 100) == 2
    assert count_windows([400], 100) == 7


def gradients(model, rows, apart):
    """{name: gradient} of a group, and its loss."""
    net = ForwardModel(open_accelerator(model, "float32"), model, apart)
    loss = backward_group(net, rows)
    weights = lora.trainable_weights(model)
    found = {name: weight.grad.clone() for name, weight in weights.items()}
    for weight in weights.values():
        weight.grad = None
    return found, loss


def distance(found, wanted):
    """The largest relative difference over the adapter's matrices."""
    return max(float((found[name] - wanted[name]).norm() / wanted[name].norm()) for name in wanted)


@pytest.mark.parametrize("own_way", [True, False], ids=["by dialogue", "as transformers does"])
@pytest.mark.parametrize("length", [120, 100_000], ids=["several rows", "one row"])
def test_packed_gradients_are_those_of_one_by_one(adapted, learn, length, own_way):
    model, _ = adapted()
    group = learn[:6]
    alone, loss_alone = gradients(model, pack(group, 1), apart=False)
    rows = pack(group, length)
    assert len(rows) < 6
    if own_way:
        with attend_by_dialogue(model, 512) as apart:
            assert apart
            packed, loss = gradients(model, rows, apart)
    else:
        packed, loss = gradients(model, rows, apart=False)
    assert distance(packed, alone) < 1e-5
    assert loss == pytest.approx(loss_alone, rel=1e-5)


def test_positions_that_do_not_restart_would_leak(adapted, learn):
    """The test above can fail, and `leaks` sees it."""
    model, _ = adapted()
    [row] = pack(learn[:3], 100_000)
    joined = replace(row, positions=tuple(range(len(row.ids))))
    alone, _ = gradients(model, pack(learn[:3], 1), apart=False)
    mixed, _ = gradients(model, [joined], apart=False)
    assert distance(mixed, alone) > 1e-2
    assert leaks(model, joined, "float32") and not leaks(model, row, "float32")


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma"])
def test_other_families_keep_dialogues_apart_too(tmp_path, family):
    base = catalogue.find(str(tiny.make(tmp_path / family, family=family)))
    model = load(base, device="cpu", dtype="float32").model
    rows = [Example(tuple(range(20, 20 + size)), (True,) * size, 0) for size in (70, 90, 40)]
    [row] = pack(rows, 1000)
    assert not leaks(model, row, "float32")
    with attend_by_dialogue(model, 90) as apart:
        assert apart == (family != "gemma")  # its window of 64 is not plain
        if apart:
            batch = collate(row)
            given = {"input_ids": batch.ids, "position_ids": batch.positions, "use_cache": False}
            with torch.no_grad():
                ours = model(**given, lengths=batch.lengths).logits
    if apart:
        with torch.no_grad():
            assert torch.allclose(ours, model(**given).logits, atol=1e-4)
    assert model.config._attn_implementation != ATTENTION_NAME


def test_a_group_weighs_each_learnt_token_alike(adapted, learn, planned):
    """The loss of a group is its summed nats over its learnt tokens, however its rows are cut."""
    model, _ = adapted()
    net = ForwardModel(open_accelerator(model, "float32"), model, False)
    model.eval()
    sums = [(net.loss_sum(row), len(row.targets)) for row in pack(learn[:5], 1)]
    wanted = sum(nats for nats, _ in sums) / sum(targets for _, targets in sums)
    for length in (1, 120, 100_000):
        assert backward_group(net, pack(learn[:5], length)) == pytest.approx(wanted, rel=1e-5)
    told = []
    assert mean_loss(net, learn[:5], OomFallback(net.model, planned(), silent), told.append) == pytest.approx(
        wanted, rel=1e-5
    )
    assert told[-1].kind == "measure" and told[-1].done == told[-1].total
    assert mean_loss(net, [], OomFallback(net.model, planned(), silent), told.append) is None


def test_plain_products_are_torchs_attention_and_closer_to_it_with_what_keys_share_taken_away():
    """In float32 the same, gradients too; in bfloat16 large keys that are alike cost nothing."""
    torch.manual_seed(4)
    states = [torch.randn(1, heads, 50, 16) for heads in (6, 2, 2)]
    states[1] += 20 * torch.randn(1, 2, 1, 16)  # as a large bias of the keys
    for dtype, most in ((torch.float32, 1e-5), (torch.bfloat16, 0.02)):
        told = []
        for attention in (causal_products, wide_attention):
            query, key, value = (one.to(dtype).detach().requires_grad_() for one in states)
            made = attention(query, key, value, 0.25)
            made.float().square().sum().backward()
            told.append([made, query.grad, value.grad])
        for found, wanted in zip(*told, strict=True):
            assert (found.float() - wanted).norm() <= most * wanted.norm()


def wide_attention(query, key, value, scale):
    """In float32, whatever is given."""
    key, value = (one.float().repeat_interleave(3, 1) for one in (key, value))
    return torch.nn.functional.scaled_dot_product_attention(
        query.float(), key, value, is_causal=True, scale=scale
    )
