"""A device that refuses rows above a budget: the run goes on, more slowly, and learns the same tokens."""

import json

import pytest
import torch

from sosie.core.double import Double
from sosie.core.errors import NoRoom
from sosie.core.progress import events
from sosie.core.settings import Train
from sosie.models.load import load
from sosie.models.load_double import load_double
from sosie.train import checkpoint, lora
from sosie.train.checkpoint import Checkpoints, Progress, TrainingState
from sosie.train.forward import ForwardModel
from sosie.train.loop import fit
from sosie.train.oom_fallback import is_out_of_memory
from sosie.train.pack import target_positions
from sosie.train.run import train

QUICK = {"epochs": 2, "group": 6, "learning_rate": 5e-3}


@pytest.fixture
def device(monkeypatch):
    """device(budget, after, rank): after a while it refuses rows of more tokens, of twice as many where
    recomputed, and adapters of a larger rank."""

    def refuse(budget, after=0, rank=256):
        forwards = []
        scores = ForwardModel.outputs

        def fussy(net, batch):
            tokens = batch.ids.shape[1]
            forwards.append(tokens)
            room = budget * (2 if net.model.get_base_model().is_gradient_checkpointing else 1)
            full = tokens > room or lora.adapter_rank(net.model) > rank
            if full and len(forwards) > after:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return scores(net, batch)

        monkeypatch.setattr(ForwardModel, "outputs", fussy)

    return refuse


@pytest.fixture
def fitted(base, planned, learn, tmp_path):
    def run(name):
        plan = planned(epochs=2, group=6, dropout=0.1)
        torch.manual_seed(3)
        model = lora.add_adapter(load(base, device="cpu", dtype="float32").model, plan)
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
    assert rows and rows == sorted(rows, reverse=True)  # rows that fit no `device` would not have ended
    assert all(later <= earlier / 2 for earlier, later in zip(rows, rows[1:], strict=False))
    assert not any(event.facts["checkpointing"] for event in told)
    assert done.progress.learnt_tokens == 2 * sum(len(target_positions(example)) for example in learn)
    assert done.progress.tokens == 2 * sum(len(example.ids) for example in learn)


def test_then_activations_are_recomputed(fitted, device, learn):
    most = max(len(example.ids) for example in learn)
    device(most * 0.6)
    done, told, model = fitted("plus petit")
    assert [event.facts["checkpointing"] for event in told] == [False] * (len(told) - 1) + [True]
    assert model.get_base_model().is_gradient_checkpointing
    assert done.progress.learnt_tokens == 2 * sum(len(target_positions(example)) for example in learn)


def test_what_is_learnt_is_what_a_larger_memory_would_have_learnt(fitted, device, learn, monkeypatch):
    """Without dropout: its draws depend on how rows are made."""
    monkeypatch.setattr("sosie.train.dropout.numpy_dropout", lambda part, given: given)
    whole = adapter(fitted("entier")[2]).clone()
    device(max(len(example.ids) for example in learn))
    done, told, model = fitted("petit")
    assert told and torch.allclose(adapter(model), whole, atol=1e-5)


@pytest.mark.slow
def test_then_the_rank_is_halved_and_the_same_tokens_are_learnt(fitted, device, learn):
    whole = lora.count_trainable(fitted("entier")[2])
    device(10_000, after=6, rank=4)  # in the second epoch: there is a best adapter by then
    done, told, model = fitted("moins fin")
    assert [event.facts["rank"] for event in told] == [16] * (len(told) - 2) + [8, 4]
    assert all(event.facts["checkpointing"] for event in told[-3:])
    assert "rang de LoRA ramené de 8 à 4" in told[-1].text
    assert lora.adapter_rank(model) == 4 and lora.count_trainable(model) == whole / 4
    assert done.progress.learnt_tokens == 2 * sum(len(target_positions(example)) for example in learn)


@pytest.mark.slow
def test_where_one_dialogue_is_too_much_it_is_a_sentence(fitted, device):
    device(2)
    with pytest.raises(NoRoom, match="mémoire"):
        fitted("rien")


@pytest.mark.parametrize("variant", [{}, {"rslora": True}, {"dora": True}])
def test_a_smaller_rank_keeps_the_nearest_product(adapted, variant):
    """Against torch's cut of the whole product; what multiplies it is the same, and so are DoRA's norms."""
    model, _ = adapted(rank=12, **variant)
    before = lora.copy_adapter(model)
    (layer, *_) = (m for m in model.modules() if "default" in getattr(m, "lora_A", ()))
    scale, (a, b) = layer.scaling["default"], factors(layer)
    u, sizes, v = torch.linalg.svd(b @ a)
    nearest = (u[:, :6] * sizes[:6]) @ v[:6]
    TrainingState(model, torch.optim.AdamW(lora.trainable_weights(model).values())).shrink_rank(6)
    a, b = factors(layer)
    assert a.shape[0] == b.shape[1] == 6 == lora.adapter_rank(model)
    assert torch.allclose(b @ a, nearest, atol=1e-5)
    settings = model.peft_config["default"]
    assert layer.scaling["default"] == scale
    assert settings.lora_alpha / (6**0.5 if variant.get("rslora") else 6) == pytest.approx(scale)
    norms = {name: tensor for name, tensor in lora.copy_adapter(model).items() if "magnitude" in name}
    assert bool(norms) == bool(variant.get("dora"))
    assert all(torch.equal(tensor, before[name]) for name, tensor in norms.items())
    assert torch.isfinite(model(input_ids=torch.arange(40)[None]).logits).all()


def factors(layer):
    return (getattr(layer, side)["default"].weight.detach().clone() for side in ("lora_A", "lora_B"))


def test_what_was_of_a_low_rank_already_is_kept_whole(adapted, loaded):
    """Rank 12 whose lower half is zero, with a best adapter of the same kind; then AdamW starts anew."""
    model, _ = adapted(rank=12)
    weights = lora.trainable_weights(model)
    with torch.no_grad():
        for name, weight in weights.items():
            (weight[6:] if ".lora_A." in name else weight[:, 6:]).zero_()
    optimiser = torch.optim.AdamW(weights.values())
    training = TrainingState(model, optimiser, best=lora.copy_adapter(model))
    ids = torch.arange(40)[None]
    with torch.no_grad():
        said = model(input_ids=ids).logits
    model(input_ids=ids).logits.sum().backward()
    optimiser.step()
    training.shrink_rank(6)
    assert not optimiser.state and all(weight.grad is None for weight in weights.values())
    lora.set_adapter(model, training.best)
    with torch.no_grad():
        assert torch.allclose(model(input_ids=ids).logits, said, atol=1e-4)
    assert all(weight is lora.trainable_weights(model)[name] for name, weight in weights.items())


def test_an_adapter_that_learnt_nothing_yet_can_still_learn_at_a_smaller_rank(loaded, planned):
    model = lora.add_adapter(loaded.model, planned())
    training = TrainingState(model, torch.optim.AdamW(lora.trainable_weights(model).values()))
    training.shrink_rank(8)
    for name, weight in lora.trainable_weights(model).items():
        assert (weight.abs().sum(dim=1) > 0.1).all() if ".lora_A." in name else not weight.any()


def test_a_layer_narrower_than_the_rank_is_no_obstacle(adapted):
    model, _ = adapted(rank=80)  # the tiny model is 64 wide, its keys 32
    ids = torch.arange(40)[None]
    with torch.no_grad():
        said = model(input_ids=ids).logits
        TrainingState(model, torch.optim.AdamW(lora.trainable_weights(model).values())).shrink_rank(64)
        assert torch.allclose(model(input_ids=ids).logits, said, atol=1e-3)


def test_a_checkpoint_of_a_smaller_rank_comes_back_as_it_was(adapted, tmp_path, loaded, base):
    def fresh(model):
        weights = lora.trainable_weights(model).values()
        return TrainingState(model, torch.optim.AdamW(weights, lr=1e-3), best=lora.copy_adapter(model))

    model, plan = adapted(rank=12)
    training = fresh(model)
    training.shrink_rank(6)
    for weight in lora.trainable_weights(model).values():
        weight.grad = torch.ones_like(weight)
    training.optimiser.step()
    training.progress = Progress(step=3)
    Checkpoints(tmp_path).save(training)
    other = fresh(
        lora.add_adapter(load(base, device="cpu", dtype="float32").model, plan.with_settings(rank=12))
    )
    assert Checkpoints(tmp_path).resume(other) and lora.adapter_rank(other.model) == 6
    kept, back = training.tensors(), other.tensors()
    assert kept.keys() == back.keys() and all(torch.equal(kept[name], back[name]) for name in kept)


@pytest.mark.slow
def test_a_run_killed_after_the_rank_fell_resumes_there_and_its_double_says_so(
    base, dialogues, device, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    folder, data = tmp_path / "runs" / "un", (dialogues[:10], dialogues[10:])

    def kill(event):
        if event.kind == "step" and event.done == 3:
            raise SystemExit

    usual = ForwardModel.outputs
    device(10_000, rank=8)
    with pytest.raises(SystemExit):
        train(*data, base, Train(**QUICK), folder, kill)
    monkeypatch.setattr(
        ForwardModel, "outputs", usual
    )  # room again: only the checkpoint knows the smaller rank
    done = train(*data, base, Train(**QUICK), folder, resume="un")
    told = [event.facts["rank"] for event in events(folder / "events.jsonl") if "rank" in event.facts]
    assert told[-1] == 8 and done.steps == 4
    config = json.loads((done.double / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (8, 32)
    plan = json.loads((folder / "plan.json").read_text())
    file = done.double / "adapter_model.safetensors"
    assert (plan["rank"], plan["alpha"], plan["adapter_bytes"]) == (8, 32, file.stat().st_size)
    model = load_double(Double.read(done.double)).model
    assert lora.adapter_rank(model) == 8
    assert plan["trainable_parameters"] == sum(w.numel() for n, w in model.named_parameters() if "lora_" in n)


def test_another_fault_is_not_taken_for_a_full_memory():
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
