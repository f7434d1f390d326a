"""sosie's own road on the job: models/load, train/lora, train/loop.fit, checkpoints included."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import accelerate  # noqa: F401  (here so that imports are timed together)
import bitsandbytes  # noqa: F401
import peft  # noqa: F401
import torch
import transformers  # noqa: F401

from benchmarks.gpu.meter import Meter, wait
from benchmarks.gpu.setting import ALPHA, GROUP, RANK, RATE, SEED, Ground
from benchmarks.gpu.variants import Variant
from sosie.core.progress import Event
from sosie.core.settings import Train
from sosie.models.catalogue import find
from sosie.models.hardware import hardware
from sosie.models.load import load
from sosie.models.template import Example
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints
from sosie.train.forward import ForwardModel, backward_group, open_accelerator
from sosie.train.loop import fit
from sosie.train.pack import groups, pack
from sosie.train.plan import Counts, Plan, count_examples
from sosie.train.planner import make_plan


def run(variant: Variant, ground: Ground) -> dict[str, Any]:
    if variant.name == "check":
        return check(variant, ground)
    plan, made = planned(variant, ground), examples(ground)
    marks = [time.perf_counter()]

    def mark() -> None:
        wait()
        marks.append(time.perf_counter())

    bits: Any = 4 if plan.settings.bits == 4 else None
    loaded = load(find(str(ground.work / "model")), device=ground.device, dtype=plan.dtype, bits=bits)
    mark()
    torch.manual_seed(1)
    model = lora.add_adapter(loaded.model, plan)
    mark()
    first = groups(len(made), plan.settings.group, SEED, 0)[0]
    tokens = ground.size.epochs * sum(len(example.ids) for example in made)
    meter = Meter(plan.steps, tokens, sum(len(made[number].ids) for number in first))
    meter.watch(model)

    def hear(event: Event) -> None:
        if event.kind == "step":
            meter.step(event.facts["loss"])

    with tempfile.TemporaryDirectory() as folder:
        meter.start()
        fit(model, made, [], plan, hear, Checkpoints(Path(folder)))
        told, ended = meter.read(), time.perf_counter()
        lora.write_adapter(model, Path(folder), "benchmark", plan.dtype)
        saved = time.perf_counter() - ended
    return {
        **told,
        "load_seconds": marks[1] - marks[0],
        "attach_seconds": marks[2] - marks[1],
        "save_seconds": saved,
        "planned_seconds": plan.train_seconds,
        "planned_peak_bytes": plan.peak_memory_bytes,
    }


def examples(ground: Ground) -> list[Example]:
    """The dialogues by number: the first epoch's order, undone."""
    order = [number for group in groups(ground.size.dialogues, GROUP, SEED, 0) for number in group]
    made: dict[int, Example] = {}
    for number, (ids, learnt) in zip(order, ground.epochs[0], strict=True):
        learn = (False,) * (len(ids) - learnt) + (True,) * learnt
        made[number] = Example(tuple(ids), learn, len(ids) - learnt)
    return [made[number] for number in range(len(made))]


def planned(variant: Variant, ground: Ground) -> Plan:
    """The planner's own, except for what the variant says."""
    made = examples(ground)
    counts = count_examples(Counts(len(made), len(made), 0, (), 0), made)
    options = Train(
        epochs=ground.size.epochs,
        group=ground.size.large_group if variant.large else GROUP,
        rank=RANK,
        alpha=ALPHA,
        learning_rate=RATE,
        dropout=0.0,
        patience=0,
        seed=SEED,
    )
    plan = make_plan(
        find(str(ground.work / "model")),
        hardware("auto" if ground.device == "cuda" else "cpu"),
        counts,
        options,
    )
    dtype = variant.dtype if ground.device == "cuda" else "float32"
    plan = plan.with_settings(bits=variant.bits)
    return replace(plan, dtype=dtype, targets=variant.targets, checkpointing=False)


def check(variant: Variant, ground: Ground) -> dict[str, Any]:
    """The relative difference of a first step's gradients: packed in 16 bits, and one by one in 32."""
    plan = planned(variant, ground)
    group = examples(ground)[:GROUP]

    def gradients(dtype: str, length: int) -> torch.Tensor:
        loaded = load(find(str(ground.work / "two")), device=ground.device, dtype=dtype)
        torch.manual_seed(1)
        model = lora.add_adapter(loaded.model, replace(plan, dtype=dtype))
        with torch.no_grad():
            for weight in lora.trainable_weights(model).values():
                weight.copy_(torch.empty(weight.shape).normal_(0, 0.02))
        net = ForwardModel(open_accelerator(model, dtype), model, False)
        scaler = net.accelerator.scaler
        if scaler is not None:  # it begins far too high, and finds its scale by failing
            scaler.load_state_dict({**scaler.state_dict(), "scale": 1024.0})
        backward_group(net, pack(group, length))
        scale = float(scaler.get_scale()) if scaler is not None else 1.0
        found = [weight.grad.float().flatten() / scale for weight in lora.trainable_weights(model).values()]
        return torch.cat(found).cpu()

    wanted = gradients("float32", 1)
    found = gradients(plan.dtype, 10**6)
    return {"gradient_difference": float((found - wanted).norm() / wanted.norm()), "dtype": plan.dtype}
