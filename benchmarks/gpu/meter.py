"""What is read off a variant while it trains: times, memory, counters of the first step, kernels of the last.

 step 1               watched by hooks: forwards, passes over a weight, tokens in, rows of scores
 2 ... n-5            timed
 n-4 ... n            under the profiler where there is a GPU: launches, and the time the device was busy

`loop_seconds` is the whole job: the steps that were timed, and for those under the profiler the median.
"""

import resource
import statistics
import time
from collections import Counter
from typing import Any

import torch

PROFILED = 5
CAP_BYTES = int(14.6 * 2**30)  # what a T4 gives a program


def play_t4() -> None:
    """A T4's memory and attention kernels on a larger card; not its speed."""
    if not torch.cuda.is_available():
        return
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, CAP_BYTES / whole))
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)


def wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


class Meter:
    """Told of each optimiser step as it ends."""

    def __init__(self, steps: int, tokens: int, first_tokens: int) -> None:
        self.steps, self.tokens, self.first_tokens = steps, tokens, first_tokens
        self.losses: list[float] = []
        self._marks: list[float] = []
        self._counts: Counter[str] = Counter()
        self._hooks: list[Any] = []
        self._profiler: Any = None

    def watch(self, model: Any) -> None:
        """Hooks for the first step, on the last q_proj, the embeddings and the head."""
        layers = {name: part for name, part in model.named_modules() if name.endswith("q_proj")}
        last = layers[max(layers, key=lambda name: int(name.split("layers.")[1].split(".")[0]))]
        last = getattr(last, "base_layer", last)
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._hooks = [
            last.register_forward_hook(self._passed),
            base.get_input_embeddings().register_forward_hook(self._read),
            base.get_output_embeddings().register_forward_hook(self._scored),
        ]

    def _passed(self, part: Any, given: Any, out: Any) -> None:
        self._counts["weight_passes"] += 1
        if out.requires_grad:
            out.register_hook(self._came_back)

    def _came_back(self, gradient: Any) -> None:
        self._counts["weight_passes"] += 1

    def _read(self, part: Any, given: Any, out: Any) -> None:
        self._counts["forwards"] += 1
        self._counts["tokens_in"] += out.shape[:-1].numel()

    def _scored(self, part: Any, given: Any, out: Any) -> None:
        self._counts["logits_rows"] += out.shape[:-1].numel()

    def start(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        wait()
        self._marks = [time.perf_counter()]

    def step(self, loss: float) -> None:
        wait()
        self._marks.append(time.perf_counter())
        self.losses.append(loss)
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        if torch.cuda.is_available() and len(self.losses) == self.steps - PROFILED:
            both = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
            self._profiler = torch.profiler.profile(activities=both)
            self._profiler.__enter__()
            self._marks[-1] = time.perf_counter()  # what it takes to start is not the step's

    def read(self) -> dict[str, Any]:
        """Everything, once the last step is done."""
        seconds = [after - before for before, after in zip(self._marks, self._marks[1:], strict=False)]
        plain = seconds[: len(seconds) - PROFILED] if self._profiler else seconds
        median = statistics.median(plain[1:] or plain)
        loop = sum(plain) + median * (len(seconds) - len(plain))
        return {
            "steps": len(seconds),
            "first_step_seconds": seconds[0],
            "step_seconds": median,
            "loop_seconds": loop,
            "tokens_per_second": self.tokens / loop,
            "counters": self._read_counters(),
            "losses": [round(loss, 5) for loss in self.losses],
            "finite": all(loss == loss and abs(loss) < float("inf") for loss in self.losses),
            **memory(),
            **(self._read_profile(median) if self._profiler else {}),
        }

    def _read_counters(self) -> dict[str, int | None]:
        """Of the first step. A library that replaces the layers' own forward passes unseen: None."""
        told: dict[str, int | None] = {
            name: self._counts[name] or None
            for name in ("forwards", "weight_passes", "tokens_in", "logits_rows")
        }
        seen = told["tokens_in"]
        return {**told, "padding": None if seen is None else seen - self.first_tokens}

    def _read_profile(self, median: float) -> dict[str, float]:
        """Busy: kernels' own time, a step. Its share of a step forecasts cards whose kernels are longer."""
        self._profiler.__exit__(None, None, None)
        kernels = [e for e in self._profiler.events() if e.device_type == torch.autograd.DeviceType.CUDA]
        busy = sum(event.self_device_time_total for event in kernels) / 1e6 / PROFILED
        return {
            "kernels_a_step": len(kernels) / PROFILED,
            "busy_seconds_a_step": busy,
            "busy_share": busy / median,
        }


def memory() -> dict[str, int]:
    if torch.cuda.is_available():
        allocated, reserved = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
        return {"peak_allocated_bytes": allocated, "peak_reserved_bytes": reserved}
    return {"peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
