"""A training through MLX learns what torch's learns: the same losses, files, checkpoints and refusals."""

import pytest
import torch

from sosie.core.double import Double
from sosie.core.errors import BadSettings
from sosie.core.progress import events
from sosie.core.sampling import Sampling
from sosie.core.settings import Train
from sosie.engines.base import complete, open_engine
from sosie.models.hardware import NAMED_MACHINES
from sosie.models.load import load
from sosie.models.mlx.lora import adapter_of, to_mlx, to_torch
from sosie.models.truncation import make_examples
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints
from sosie.train.distributed import SINGLE
from sosie.train.forward import backward_group, count_targets, open_accelerator, open_forward
from sosie.train.inputs import backend_of
from sosie.train.loop import fit
from sosie.train.oom_fallback import is_out_of_memory
from sosie.train.pack import pack
from sosie.train.replay import replay_dialogues
from sosie.train.run import train

pytest.importorskip("mlx_lm", reason="mlx is not installed")

GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=16)
QUICK = {"epochs": 2, "group": 4, "learning_rate": 5e-3, "patience": 0}


@pytest.fixture
def ready(base, planned):
    """ready("mlx", **settings) -> (model with an adapter that already says something, plan)."""

    def make(backend, **settings):
        plan = planned(**settings)
        torch.manual_seed(3)
        model = lora.add_adapter(load(base, device="cpu", dtype="float32", backend=backend).model, plan)
        with torch.no_grad():
            for weight in lora.trainable_weights(model).values():
                weight.normal_(0, 0.05)
        return model, plan

    return make


def gradients(model, rows, reference=(), targets=None):
    forward = open_forward(open_accelerator(model, "float32"), model, per_dialogue=False)
    loss = backward_group(forward, rows, reference and forward.base_reference(reference), targets)
    weights = lora.trainable_weights(model)
    found = {name: weight.grad.clone() for name, weight in weights.items()}
    model.zero_grad()
    return loss, found


def same(told, expected):
    assert told[0] == pytest.approx(expected[0], abs=1e-5)
    for name, gradient in expected[1].items():
        assert torch.allclose(told[1][name], gradient, atol=1e-5 + 1e-4 * gradient.abs().max()), name


def test_weights_and_their_scale_are_the_same_there_and_back(ready):
    for settings in ({"rank": 4, "alpha": 6.0}, {"rank": 4, "alpha": 6.0, "rslora": True}):
        model, _ = ready("mlx", **settings)
        for path, learnt in (adapter := adapter_of(model)).learnt.items():
            layer = dict(adapter.model.named_modules())[path]
            for weight, array in ((learnt.lora_A, layer.lora_a), (learnt.lora_B, layer.lora_b)):
                assert torch.equal(to_torch(array), weight["default"].weight)
                assert torch.equal(to_torch(to_mlx(to_torch(array))), weight["default"].weight)
            assert layer.scale == learnt.scaling["default"] == 6.0 / (2 if settings.get("rslora") else 4)


def test_gradients_are_those_of_torch_packed_or_one_by_one_and_with_replay(ready, learn, unseen):
    (there, _), (here, _) = ready("mlx"), ready("torch")
    for length in (1, 2048):
        same(gradients(there, pack(learn[:5], length)), gradients(here, pack(learn[:5], length)))
    rows, alone = pack([*learn[:3], *unseen[:2]], 2048), pack(unseen[:2], 2048)
    targets = count_targets(learn[:3])
    same(gradients(there, rows, alone, targets), gradients(here, rows, alone, targets))


def test_gradients_stay_the_same_when_activations_are_recomputed_and_the_rank_is_reduced(ready, learn):
    (there, _), (here, _) = ready("mlx"), ready("torch")
    rows = pack(learn[:3], 2048)
    before = gradients(there, rows)
    lora.enable_checkpointing(there)
    same(gradients(there, rows), before)
    smaller = lora.reduce_rank(lora.copy_adapter(here), 4)
    for model in (there, here):
        lora.set_adapter(model, smaller)
    same(gradients(there, rows), gradients(here, rows))


def test_losses_are_those_of_torch_at_each_step_and_on_replies_never_seen(
    ready, loaded, learn, unseen, tmp_path
):
    replay = [
        example
        for dialogue in replay_dialogues()[:20]
        for example in make_examples(dialogue.turns, loaded.tokenizer, loaded.template, 512)
    ]
    told = []
    for backend in ("torch", "mlx"):
        model, plan = ready(backend, **QUICK, neutral=0.15)
        losses = []

        def report(event, losses=losses):
            losses += [value for name, value in event.facts.items() if name in ("loss", "valid_loss")]

        fit(model, learn, unseen, plan, report, Checkpoints(tmp_path / backend), replay_examples=replay)
        told.append(losses)
    assert len(told[0]) > 8 and told[1] == pytest.approx(told[0], abs=1e-4)


def test_a_run_leaves_the_same_double_folder_which_peft_reads_and_says_the_same(
    base, dialogues, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOSIE_BACKEND", "mlx")
    done = train(dialogues[:10], dialogues[10:], base, Train(**QUICK), tmp_path / "lea")
    double = Double.read(done.double)
    assert done.valid_loss < done.valid_loss_before and double.versions["mlx"]
    local, mlx = (open_engine(double, kind) for kind in ("local", "mlx"))
    for dialogue in dialogues[:3]:
        turns = dialogue.turns[:1]
        assert (
            complete(mlx.stream(turns, GREEDY))[0]
            == complete(local.stream(turns, GREEDY))[0]
            != complete(local.base.stream(turns, GREEDY))[0]
        )
    assert {"plan", "step", "epoch", "done"} <= {
        event.kind for event in events(tmp_path / "lea" / "events.jsonl")
    }
    assert (tmp_path / "lea" / "samples.jsonl").is_file()


def test_a_run_that_dies_goes_on_as_if_nothing_had_happened(ready, learn, unseen, tmp_path):
    def run(folder, dies=False):
        model, plan = ready("mlx", **QUICK, dropout=0.1)

        def report(event):
            if dies and event.kind == "step" and event.done == 3:
                raise OSError("killed")

        fit(model, learn, unseen, plan, report, Checkpoints(folder, every_seconds=0))
        return lora.copy_adapter(model)

    whole = run(tmp_path / "whole")
    with pytest.raises(OSError):
        run(tmp_path / "cut", dies=True)
    resumed = run(tmp_path / "cut")
    assert all(torch.equal(resumed[name], weight) for name, weight in whole.items())


@pytest.mark.parametrize(
    "said",
    [
        "[malloc] Unable to allocate 8 bytes.",
        "[metal::malloc] Attempting to allocate 8 bytes which is greater than the maximum allowed",
        "[METAL] Command buffer execution failed: Insufficient Memory",
    ],
)
def test_memory_that_mlx_does_not_get_is_seen_as_such(said):
    assert is_out_of_memory(RuntimeError(said))


@pytest.mark.parametrize("settings", [{"dora": True}, {"neftune": 5.0}, {"bits": 4}])
def test_what_mlx_cannot_learn_is_refused_where_it_was_asked_for_and_else_torch_goes_on(
    base, planned, settings, monkeypatch
):
    plan = planned(**settings)
    backend = backend_of(plan, base, NAMED_MACHINES["m2"], SINGLE)
    assert backend.name == "torch" and backend.reason
    assert backend_of(planned(), base, NAMED_MACHINES["t4"], SINGLE).name == "torch"
    monkeypatch.setenv("SOSIE_BACKEND", "mlx")
    with pytest.raises(BadSettings, match="MLX ne convient pas"):
        backend_of(plan, base, NAMED_MACHINES["m2"], SINGLE)


def test_on_an_apple_chip_a_training_goes_by_mlx_and_says_why(base, planned):
    backend = backend_of(planned(), base, NAMED_MACHINES["m2"], SINGLE)
    assert backend.name == "mlx" and "M2" in backend.reason
