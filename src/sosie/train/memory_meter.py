"""Peak memory of a training: measured from a mark to the end, freed memory returned to the machine.

 libraries imported | mark | weights loaded, adapter, steps ... | peak
                    |<------------ what is measured ----------->|

memory_estimate.py predicts the same figure, `Plan.peak_memory_bytes`. On a GPU it is what torch allocated
there. If the process trained before, Linux is asked to reset its peak.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from sosie.core.extras import need
from sosie.models.hardware import SMALL_MODEL

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RUN_LIBRARIES = ("transformers.modeling_utils", "peft", "accelerate")  # what a run imports sooner or later
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt(3)
MMAP_BYTES = 256 * 1024
KEPT_BYTES = 32 * 1024**2  # glibc's most: logits are larger, and their holes would fit no other step
NEVER = (1 << 31) - 1


def begin(parameters: int, bits: int, keep: bool = False) -> int:
    """Import the libraries of a run, then the bytes that this process holds: where its memory begins.

    `keep`: freed memory is kept for the next step, where there is room to spare (`Plan.keeps_memory`).
    """
    for name in RUN_LIBRARIES:
        need(name.partition(".")[0], extra="train")
        import_module(name)
    if bits in (4, 8):
        need("bitsandbytes", extra="qlora")
    if parameters >= SMALL_MODEL:
        keep_freed_memory() if keep else return_freed_memory()
    return start_mark()


def keep_freed_memory() -> None:
    """Make glibc keep freed blocks for the next step, but the largest: the kernel then clears few pages anew.

    Measured on SmolLM2 (benchmarks/results/bf16-*.json): 6 % of the CPU in the kernel and not 45, half the
    time, a third more memory at the peak. With the largest too, an epoch of Qwen 0.5B took 7.8 GB, not 5.8.
    """
    _set_allocator((MMAP_THRESHOLD, KEPT_BYTES), (TRIM_THRESHOLD, NEVER))


def return_freed_memory() -> None:
    """Make glibc return large freed blocks to the machine at once: otherwise it keeps them, fragmented.

    Measured on 50 M parameters: a third less at the peak, for 0 to 16 % more time. A smaller model would lose
    more time than that, and memory is not what it lacks.
    """
    _set_allocator((MMAP_THRESHOLD, MMAP_BYTES))


def trim_freed_memory() -> None:
    """Return to the machine, this once, all that is free: what comes next is of other sizes."""
    if hasattr(libc := _libc(), "malloc_trim"):
        libc.malloc_trim(0)


def _set_allocator(*settings: tuple[int, int]) -> None:
    if hasattr(libc := _libc(), "mallopt"):
        for setting in settings:
            libc.mallopt(*setting)


def _libc() -> Any:
    """glibc's functions; none on another system."""
    import ctypes

    return ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def start_mark() -> int:
    """The bytes that this process holds now; its peak is reset where the system allows it."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        CLEAR.write_text("5", encoding="ascii")  # proc(5): the peak is set to the present value
    except OSError:
        return process_peak()
    return proc_status("VmRSS") or process_peak()


def peak(since: int) -> int:
    """The peak memory since the mark, in bytes."""
    import torch

    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return int(torch.cuda.max_memory_allocated())
    return max(0, process_peak() - since)


def process_peak() -> int:
    """The peak memory of this process, in bytes."""
    if peak_bytes := proc_status("VmHWM"):
        return peak_bytes
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def proc_status(name: str) -> int:
    """The value of a line of /proc/self/status, in bytes; 0 if there is none."""
    try:
        lines = STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
