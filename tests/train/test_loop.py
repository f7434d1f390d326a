import os
import signal
from dataclasses import replace

import pytest
import torch

from sosie.core.errors import BadSettings
from sosie.core.progress import silent
from sosie.models.load import load
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints, Progress
from sosie.train.forward import ForwardModel, open_accelerator
from sosie.train.loop import fit, is_over, mean_loss
from sosie.train.oom_fallback import OomFallback
from sosie.train.pack import steps_per_epoch, target_positions


@pytest.fixture
def fitted(adapted, learn, tmp_path):
    """fitted(**settings) -> (Fitted, events, model)"""

    def run(report=None, valid=None, learn=learn, **settings):
        model, plan = adapted(**settings)
        events = []
        heard = report or events.append
        valid = learn[:3] if valid is None else valid
        return fit(model, learn, valid, plan, heard, Checkpoints(tmp_path / "checkpoints")), events, model

    return run


def test_one_forward_a_group_no_padding_and_scores_of_learnt_tokens_only(adapted, learn, tmp_path):
    """The counters that need no clock."""
    model, plan = adapted(epochs=1, group=5)
    forwards, linear_rows, score_rows = [], set(), []
    inner = model.get_base_model()
    inner.model.register_forward_pre_hook(
        lambda module, given, named: forwards.append(named["input_ids"].shape), with_kwargs=True
    )
    inner.model.layers[0].mlp.up_proj.register_forward_hook(
        lambda module, given, out: linear_rows.add((len(forwards), out.shape[0] * out.shape[1]))
    )
    inner.lm_head.register_forward_hook(lambda module, given, out: score_rows.append(out.shape[-2]))
    fit(model, learn, [], plan, silent, Checkpoints(tmp_path))
    assert len(forwards) == steps_per_epoch(len(learn), 5) == plan.steps
    assert all(shape[0] == 1 for shape in forwards)
    assert sum(rows for _, rows in linear_rows) == sum(len(example.ids) for example in learn)
    assert sum(score_rows) == sum(len(target_positions(example)) for example in learn)


def test_it_learns_and_tells_how_it_goes(fitted, learn):
    done, events, _ = fitted(epochs=4, group=4, learning_rate=5e-3)
    progress = done.progress
    assert progress.valid_best < 0.9 * progress.valid_before
    assert progress.loss_last < progress.loss_first
    assert progress.tokens == 4 * sum(len(example.ids) for example in learn)
    assert progress.learnt_tokens == 4 * sum(len(target_positions(example)) for example in learn)
    steps = [event for event in events if event.kind == "step"]
    assert [event.done for event in steps] == list(range(1, progress.step + 1))
    assert all({"loss", "tokens_per_second", "seconds_left"} <= set(event.facts) for event in steps)
    assert steps[-1].facts["seconds_left"] == 0
    epochs = [event for event in events if event.kind == "epoch"]
    assert [(event.done, event.total) for event in epochs] == [(n, 4) for n in (1, 2, 3, 4)]
    assert all(event.facts["valid_loss"] < progress.valid_before for event in epochs)


def test_the_best_adapter_is_the_one_that_is_kept(fitted, learn, unseen, planned):
    """Six dialogues learnt by heart: others get harder, the run stops, and the best epoch's adapter stays."""
    told = []

    def hear(event):
        if event.kind == "epoch":
            told.append(event.facts["valid_loss"])

    done, _, model = fitted(
        hear, valid=unseen, learn=learn[:6], epochs=40, group=2, learning_rate=2e-2, patience=2
    )
    assert done.stopped_early and 3 <= len(told) < 40
    assert done.progress.valid_best == min(told) == told[-3]
    net = ForwardModel(open_accelerator(model, "float32"), model, False)
    kept = mean_loss(net, unseen, OomFallback(model, planned(), silent), silent)
    assert kept == pytest.approx(done.progress.valid_best, rel=1e-4)


def test_without_patience_all_steps_are_done(fitted):
    done, _, _ = fitted(epochs=12, group=8, learning_rate=0.3, patience=0)
    assert not done.stopped_early


def test_without_validation_all_steps_are_done_and_the_last_adapter_is_kept(fitted):
    done, events, _ = fitted(valid=[], epochs=2.5, group=8)
    assert not done.stopped_early and done.progress.valid_best is None
    assert [event.done for event in events if event.kind == "epoch"] == [1, 2, 3]


def test_over_counts_epochs_without_progress(planned):
    plan = planned(patience=2)
    assert not is_over(Progress(step=1, stale=1), plan)
    assert is_over(Progress(step=1, stale=2), plan)
    assert is_over(Progress(step=plan.steps), plan)
    assert not is_over(Progress(step=1, stale=9), plan.with_settings(patience=0))


def test_a_loss_that_is_no_number_names_the_group_and_quotes_nothing(adapted, learn, tmp_path):
    model, plan = adapted(epochs=2, group=2)
    with torch.no_grad():
        next(iter(lora.trainable_weights(model).values())).fill_(float("nan"))
    with pytest.raises(BadSettings) as error:
        fit(model, learn, [], plan, silent, Checkpoints(tmp_path))
    assert "au pas 1 " in error.value.message and "n° " in error.value.message
    assert "genre" not in error.value.message
    assert not list(tmp_path.iterdir())


def test_ctrl_c_ends_the_step_and_saves_it(adapted, learn, tmp_path):
    model, plan = adapted(epochs=5, group=2)
    checkpoints = Checkpoints(tmp_path)
    usual = signal.getsignal(signal.SIGINT)

    def hear(event):
        if event.kind == "step" and event.done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit(model, learn, learn[:2], plan, hear, checkpoints)
    assert checkpoints.files()[0].name == "00000003.safetensors"
    assert signal.getsignal(signal.SIGINT) is usual


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_recomputed_activations_give_the_same_run(loaded, planned, learn, tmp_path, dtype):
    """Gradient checkpointing, and 16-bit arithmetic on the CPU."""
    losses = {}
    for checkpointing in (False, True):
        model = load(loaded.base, device="cpu", dtype=dtype).model
        plan = replace(planned(epochs=1, group=4), dtype=dtype, checkpointing=checkpointing)
        torch.manual_seed(1)
        folder = tmp_path / f"{checkpointing}"
        done = fit(lora.add_adapter(model, plan), learn, learn[:3], plan, silent, Checkpoints(folder))
        losses[checkpointing] = (done.progress.loss_last, done.progress.valid_best)
    assert losses[True] == pytest.approx(losses[False], rel=1e-5 if dtype == "float32" else 1e-2)


def test_a_base_in_four_bits_learns_too(loaded, planned, learn, tmp_path):
    """The QLoRA path, on a CPU: frozen NF4 weights, the adapter in float32."""
    model = load(loaded.base, device="cpu", dtype="bfloat16", bits=4).model
    plan = replace(planned(epochs=4, group=4, learning_rate=5e-3), dtype="bfloat16").with_settings(bits=4)
    torch.manual_seed(1)
    adapted = lora.add_adapter(model, plan)
    assert {weight.dtype for weight in lora.trainable_weights(adapted).values()} == {torch.float32}
    done = fit(adapted, learn, learn[:3], plan, silent, Checkpoints(tmp_path))
    assert done.progress.valid_best < 0.9 * done.progress.valid_before


def test_a_planted_loss_that_is_no_number_names_its_group(adapted, learn, tmp_path, monkeypatch):
    """The ninth example, wherever the shuffle has put it."""
    model, plan = adapted(epochs=2, group=3)
    scores, bad = ForwardModel.outputs, str(learn[8].ids)[1:-1]

    def broken(net, batch):
        return scores(net, batch) * (float("nan") if bad in str(batch.ids.tolist()) else 1.0)

    monkeypatch.setattr(ForwardModel, "outputs", broken)
    with pytest.raises(BadSettings) as error:
        fit(model, learn, [], plan, silent, Checkpoints(tmp_path))
    named = error.value.message.split("n° ")[1].split(")")[0].split(", ")
    assert "9" in named and len(named) <= 3
