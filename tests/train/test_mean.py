"""The mean of the last steps' adapters: what it is, and that it is what is measured and kept."""

import pytest
import torch

from sosie.core.progress import silent
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints, TrainingState
from sosie.train.loop import fit


@pytest.fixture
def training(adapted):
    model, _ = adapted()
    return TrainingState(model, torch.optim.AdamW(lora.trainable_weights(model).values()))


def filled(training, value):
    """As if a step had made every weight this."""
    with torch.no_grad():
        for weight in lora.trainable_weights(training.model).values():
            weight.fill_(value)


def values(tensors):
    return {round(number, 6) for tensor in tensors.values() for number in tensor.unique().tolist()}


def test_it_is_the_plain_mean_until_its_memory_is_full_and_forgets_little_by_little_then(training):
    for value, mean in ((3.0, 3.0), (5.0, 4.0), (7.0, 5.0), (9.0, 6.0), (12.0, 7.5)):
        filled(training, value)
        training.average(most=4)  # 6 + (12 - 6) / 4
        assert values(training.mean) == {mean} and values(lora.copy_adapter(training.model)) == {value}
    assert training.progress.averaged == 4


@pytest.mark.parametrize("most", [0, 1])
def test_a_memory_of_one_step_is_the_last_step(training, most):
    for value in (3.0, 5.0):
        filled(training, value)
        training.average(most)
    assert values(training.mean) == {5.0}


def test_the_model_has_it_for_a_while_and_then_its_own_weights_again(training):
    for value in (3.0, 5.0):
        filled(training, value)
        training.average(most=9)
    weights = list(lora.trainable_weights(training.model).values())
    with pytest.raises(RuntimeError, match="planted"), training.with_mean_weights():
        assert values(lora.copy_adapter(training.model)) == {4.0} and values(training.mean) == {5.0}
        raise RuntimeError("planted")
    assert values(lora.copy_adapter(training.model)) == {5.0} and values(training.mean) == {4.0}
    assert all(a is b for a, b in zip(weights, lora.trainable_weights(training.model).values(), strict=True))


def test_after_a_smaller_rank_it_begins_anew_even_while_the_model_has_it(training):
    """The columns of a smaller adapter are others: a mean with the earlier ones would be of nothing."""
    training.average(most=9)
    with training.with_mean_weights():
        training.shrink_rank(4)
    assert lora.adapter_rank(training.model) == 4 and training.progress.averaged == 0
    training.average(most=9)
    now = lora.copy_adapter(training.model)
    assert all(torch.equal(training.mean[name], now[name]) for name in now)


def test_the_adapter_that_is_kept_is_the_mean_of_the_last_two_epochs(adapted, learn, tmp_path):
    """Two steps an epoch, three epochs, nothing to validate on: the exponential mean of six, by hand."""
    model, plan = adapted(epochs=3, group=len(learn) // 2)
    seen = []

    def hear(event):
        if event.kind == "step":
            seen.append(lora.copy_adapter(model))

    fit(model, learn, [], plan, hear, Checkpoints(tmp_path / "checkpoints"))
    mean = seen[0]
    for step, adapter in enumerate(seen[1:], 2):
        mean = {name: mean[name] + (adapter[name] - mean[name]) / min(step, 4) for name in mean}
    kept = lora.copy_adapter(model)
    assert len(seen) == 6
    assert all(torch.allclose(kept[name], mean[name], atol=1e-6) for name in mean)
    assert not all(torch.allclose(kept[name], seen[-1][name], atol=1e-6) for name in mean)


def test_what_is_heard_after_an_epoch_is_what_would_be_kept(adapted, learn, tmp_path):
    model, plan = adapted(epochs=2, group=2)
    heard = []

    def listen(epoch):
        heard.append(lora.copy_adapter(model))

    fit(model, learn, [], plan, silent, Checkpoints(tmp_path / "checkpoints"), listen)
    kept = lora.copy_adapter(model)
    assert len(heard) == 2 and all(torch.equal(heard[-1][name], kept[name]) for name in kept)
