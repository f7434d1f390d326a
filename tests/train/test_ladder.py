"""A device that refuses rows above a budget: the run goes on, more slowly, and learns the same tokens."""

import pytest
import torch

from sosie.core.errors import NoRoom
from sosie.models.load import load
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints
from sosie.train.ladder import memory_is_full
from sosie.train.loop import Net, fit
from sosie.train.pack import learnt


@pytest.fixture
def device(monkeypatch):
    """device(budget): rows of more tokens are refused after a while, of twice as many where recomputed."""

    def refuse(budget, after=0):
        forwards = []
        nats = Net.nats

        def fussy(net, row):
            forwards.append(len(row.ids))
            room = budget * (2 if net.model.get_base_model().is_gradient_checkpointing else 1)
            if len(row.ids) > room and len(forwards) > after:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return nats(net, row)

        monkeypatch.setattr(Net, "nats", fussy)

    return refuse


@pytest.fixture
def fitted(base, planned, learn, tmp_path):
    def run(name):
        plan = planned(epochs=2, group=6, dropout=0.1)
        torch.manual_seed(3)
        model = lora.put_on(load(base, device="cpu", dtype="float32").model, plan)
        events = []
        done = fit(model, learn, learn[:3], plan, events.append, Checkpoints(tmp_path / name))
        return done, [event for event in events if event.kind == "warning"], model

    return run


def adapter(model):
    return torch.cat([weight.detach().flatten() for weight in model.parameters() if weight.requires_grad])


def test_rows_are_halved_until_they_fit_and_the_same_tokens_are_learnt(fitted, device, learn):
    most = max(len(example.ids) for example in learn)
    device(most + 40, after=6)
    done, told, _ = fitted("petit")
    rows = [event.facts["pack_tokens"] for event in told]
    assert rows == sorted(rows, reverse=True) and rows[-1] <= most + 40
    assert all(later <= earlier / 2 for earlier, later in zip(rows, rows[1:], strict=False))
    assert not any(event.facts["checkpointing"] for event in told)
    assert done.progress.learnt_tokens == 2 * sum(len(learnt(example)) for example in learn)
    assert done.progress.tokens == 2 * sum(len(example.ids) for example in learn)


def test_then_activations_are_recomputed(fitted, device, learn):
    most = max(len(example.ids) for example in learn)
    device(most * 0.6)
    done, told, model = fitted("plus petit")
    assert [event.facts["checkpointing"] for event in told] == [False] * (len(told) - 1) + [True]
    assert model.get_base_model().is_gradient_checkpointing
    assert done.progress.learnt_tokens == 2 * sum(len(learnt(example)) for example in learn)


def test_what_is_learnt_is_what_a_larger_memory_would_have_learnt(fitted, device, learn, monkeypatch):
    """Without dropout: its draws depend on how rows are made."""
    monkeypatch.setattr("torch.nn.Dropout.forward", lambda module, given: given)
    whole = adapter(fitted("entier")[2]).clone()
    device(max(len(example.ids) for example in learn))
    done, told, model = fitted("petit")
    assert told and torch.allclose(adapter(model), whole, atol=1e-5)


def test_where_one_dialogue_is_too_much_it_is_a_sentence(fitted, device):
    device(2)
    with pytest.raises(NoRoom, match="mémoire"):
        fitted("rien")


def test_another_fault_is_not_taken_for_a_full_memory():
    assert memory_is_full(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert memory_is_full(MemoryError())
    assert not memory_is_full(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
