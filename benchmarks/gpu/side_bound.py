"""What no loop can beat: the card's peak, the bare products, and one fixed row without Python in between."""

import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.gpu.meter import memory, wait
from benchmarks.gpu.setting import Ground
from benchmarks.gpu.variants import Variant


def run(variant: Variant, ground: Ground) -> dict[str, Any]:
    made = {"peak": peak, "H": fixed_row, "I": products}[variant.name](variant, ground)
    return {**made, **memory()}


def timed(work: Callable[[], Any], rounds: int = 10) -> float:
    """Seconds, of the best of some rounds after a first one: a bound is what nothing disturbed."""
    found = []
    for _ in range(rounds + 1):
        wait()
        started = time.perf_counter()
        work()
        wait()
        found.append(time.perf_counter() - started)
    return min(found[1:])


def peak(variant: Variant, ground: Ground) -> dict[str, Any]:
    """Operations a second of one large product, on random numbers: zeros go faster."""
    side, kind = (8192, torch.bfloat16) if ground.device == "cuda" else (1024, torch.float32)
    a, b = (torch.randn(side, side, device=ground.device, dtype=kind) for _ in range(2))
    return {"side": side, "dtype": str(kind), "flops": 2 * side**3 / timed(lambda: a @ b)}


def products(variant: Variant, ground: Ground) -> dict[str, Any]:
    """Every layer's products, forward and input gradient, each with weights of its own."""
    kind = torch.bfloat16 if ground.device == "cuda" else torch.float32
    shapes = ground.size.linears * ground.size.layers
    weights = [torch.randn(out, into, device=ground.device, dtype=kind) * 0.02 for into, out in shapes]
    found: dict[str, Any] = {"products": len(weights)}
    for tokens in ground.size.bound_tokens:
        rows = {
            width: torch.randn(tokens, width, device=ground.device, dtype=kind)
            for width in {side for shape in shapes for side in shape}
        }

        def both_ways(rows: dict[int, torch.Tensor] = rows) -> None:
            for weight in weights:
                rows[weight.shape[1]] @ weight.T
            for weight in reversed(weights):
                rows[weight.shape[0]] @ weight

        found[f"tokens_per_second_{tokens}"] = tokens / timed(both_ways)
    best = max(value for name, value in found.items() if name.startswith("tokens_"))
    operations = 4 * sum(weight.numel() for weight in weights)  # no head here
    return {**found, "tokens_per_second": best, "operations_a_token": operations}


def fixed_row(variant: Variant, ground: Ground) -> dict[str, Any]:
    """Forward and backward of our model on one row of random ids and targets, replayed as a CUDA graph."""
    from benchmarks.gpu.side_ours import planned
    from sosie.models.catalogue import find
    from sosie.models.load import load
    from sosie.train import lora
    from sosie.train.packed_attention import attend_by_dialogue

    plan, tokens = planned(variant, ground), ground.size.bound_tokens[1]
    loaded = load(find(str(ground.work / "model")), device=ground.device, dtype=plan.dtype)
    model = lora.add_adapter(loaded.model, plan).train()
    ids, wanted = torch.randint(3, ground.size.vocabulary, (2, 1, tokens), device=ground.device)
    kind = getattr(torch, plan.dtype)

    def both_ways() -> None:
        with torch.autocast(ground.device, kind, enabled=kind != torch.float32, cache_enabled=False):
            told = {"lengths": (tokens,)} if apart else {}
            scores = model(input_ids=ids, use_cache=False, **told).logits[0]
            torch.nn.functional.cross_entropy(scores.float(), wanted[0]).backward()

    with attend_by_dialogue(model, tokens) as apart:
        both_ways()  # gradients get their places before any graph is drawn
        work, note = graphed(both_ways) if ground.device == "cuda" else (both_ways, "no CUDA graph on a CPU")
        seconds = timed(work)
    return {"tokens_per_second": tokens / seconds, "step_seconds": seconds, "note": note}


def graphed(work: Callable[[], None]) -> tuple[Callable[[], None], str]:
    """The work as a CUDA graph, or as it is where it cannot be drawn."""
    try:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                work()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            work()
    except RuntimeError as error:
        torch.cuda.synchronize()
        return work, f"not as a graph: {str(error).splitlines()[0]}"
    return graph.replay, ""
