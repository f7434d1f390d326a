"""The memory that training takes: given back when let go, and measured from one mark to the end.

 libraries imported | mark | weights loaded, adapter, steps ... | peak
                    |<------------ what is measured ----------->|

The same thing is predicted by footprint.py and told by `Plan.peak_memory_bytes`. On a GPU it is what torch
allocated there. Where the process had trained before, Linux is asked to forget that peak.
"""

import sys
from importlib import import_module
from pathlib import Path

from sosie.core.extras import need
from sosie.train.memory_estimate import STEADY_PARAMETERS

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
LATER = ("transformers.modeling_utils", "peft", "accelerate")  # what a run imports sooner or later
MMAP_THRESHOLD = -3  # mallopt(3), M_MMAP_THRESHOLD
PIECE_BYTES = 256 * 1024


def begin(parameters: int, bits: int) -> int:
    """Import what a run needs, and mark where its memory begins: the bytes that this process holds now."""
    for name in LATER:
        need(name.partition(".")[0], extra="train")
        import_module(name)
    if bits in (4, 8):
        need("bitsandbytes", extra="qlora")
    if parameters >= STEADY_PARAMETERS:
        give_back()
    return mark()


def give_back() -> None:
    """Large pieces of memory go back to the machine at once: glibc keeps them otherwise, with holes between.

    Measured on 50 M parameters: a third less at the peak, for 0 to 16 % more time. A smaller model would lose
    more time than that, and memory is not what it lacks.
    """
    import ctypes

    if sys.platform.startswith("linux") and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(MMAP_THRESHOLD, PIECE_BYTES)


def mark() -> int:
    """What this process holds now, the peak of what it did before forgotten where the system allows it."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        CLEAR.write_text("5", encoding="ascii")  # proc(5): the peak is set to the present value
    except OSError:
        return highest()
    return said("VmRSS") or highest()


def peak(since: int) -> int:
    """The most that was taken beyond the mark."""
    import torch

    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return int(torch.cuda.max_memory_allocated())
    return max(0, highest() - since)


def highest() -> int:
    """The most that this process ever held."""
    if told := said("VmHWM"):
        return told
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def said(name: str) -> int:
    """A line of /proc/self/status, in bytes; 0 where there is none."""
    try:
        lines = STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
