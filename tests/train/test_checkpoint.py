import errno
import os
import random

import pytest
import torch

from sosie.core.errors import NoRoom
from sosie.train import checkpoint, lora
from sosie.train.checkpoint import Checkpoints, Progress, TrainingState


@pytest.fixture
def training(adapted):
    """An adapter that took two steps of AdamW."""
    model, _ = adapted()
    optimiser = torch.optim.AdamW(lora.trainable_weights(model).values(), lr=1e-3)
    for _ in range(2):
        for weight in lora.trainable_weights(model).values():
            weight.grad = torch.ones_like(weight)
        optimiser.step()
    best = {name: weight + 1 for name, weight in lora.copy_adapter(model).items()}
    return TrainingState(
        model, optimiser, None, Progress(step=2, seconds=1.5, loss_first=4.0, valid_best=3.0), best
    )


def step_on(training, step):
    """As if more was learnt."""
    with torch.no_grad():
        for weight in lora.trainable_weights(training.model).values():
            weight += 1.0
            training.optimiser.state[weight]["exp_avg"] += 1.0
    training.progress = Progress(step=step)
    training.best = {}
    torch.rand(3)


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_everything_that_changes_comes_back(training, tmp_path):
    torch.manual_seed(5)
    saved, progress = {n: t.clone() for n, t in training.tensors().items()}, training.progress
    Checkpoints(tmp_path).save(training)
    drawn = torch.rand(4)
    step_on(training, 3)
    assert not same(training.tensors(), saved)
    assert Checkpoints(tmp_path).resume(training)
    assert same(training.tensors(), saved) and training.progress == progress
    assert torch.equal(torch.rand(4), drawn)


def test_the_last_two_are_kept(training, tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for step in (2, 9, 10, 11):
        training.progress = Progress(step=step)
        checkpoints.save(training)
    assert [path.name for path in checkpoints.files()] == ["00000011.safetensors", "00000010.safetensors"]
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_checkpoint_nothing_is_touched(training, tmp_path):
    before = training.tensors()
    assert not Checkpoints(tmp_path / "none").resume(training)
    assert same(training.tensors(), before)


def test_a_file_that_cannot_be_read_costs_a_few_steps_only(training, tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(training)
    step_on(training, 3)
    checkpoints.save(training)
    newest = checkpoints.files()[0]
    blob = newest.read_bytes()
    for broken in (blob[: len(blob) // 2], b"", random.Random(1).randbytes(5000)):
        newest.write_bytes(broken)
        assert checkpoints.resume(training) and training.progress.step == 2


def test_a_half_written_draft_is_not_a_checkpoint(training, tmp_path):
    (tmp_path / "00000007.safetensors.part").write_bytes(b"half")
    assert not Checkpoints(tmp_path).resume(training)


def test_a_full_disk_is_a_sentence_and_the_earlier_checkpoints_stay(training, tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(training)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    step_on(training, 3)
    with pytest.raises(NoRoom):
        checkpoints.save(training)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_saving_takes_a_small_share_of_the_time(training, tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    checkpoints = Checkpoints(tmp_path, every_seconds=20)
    assert not checkpoints.due()
    clock[0] = 20.0
    assert checkpoints.due()
    monkeypatch.setattr(checkpoint.os, "fsync", lambda handle: clock.__setitem__(0, clock[0] + 3.0))
    checkpoints.save(training)  # took 3 s
    clock[0] += 100.0
    assert not checkpoints.due()
    clock[0] += 60.0
    assert checkpoints.due()


def test_the_best_is_remembered_and_patience_counts_what_is_not_better():
    progress = Progress(step=4).validated(2.0)
    assert (progress.valid_best, progress.best_step, progress.stale) == (2.0, 4, 0)
    worse = progress.stepped(1.0, 10, 5, 2.0).validated(2.5).validated(2.0)
    assert (worse.valid_best, worse.best_step, worse.stale) == (2.0, 4, 2)
    assert worse.validated(1.9).stale == 0
