"""Hardware: memory and speed of this machine, with how they are known, and of a few well-known machines.

    hardware("auto")  ->  Machine("auto", accelerator=None, memory_bytes=25_2.., cores=2, ...)
    hardware("t4")    ->  Machine("t4", accelerator="NVIDIA T4", gpu_memory_bytes=15_6.., bf16=False, ...)

Looks at /proc, `sysctl` and `nvidia-smi`; imports nothing heavy. AMD and Intel cards are not looked for.
"""

import os
import platform
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from sosie.core.settings import Hardware

GIB = 1024**3
CPU_FLOPS_PER_CORE = 7e10  # float32, what products reach in training steps, not the data sheet's figure
UNKNOWN_SPREAD = 3.0  # of a card that is not in the table
CPU_BF16_GAIN = 4.3  # of that rate, with units for bfloat16 (benchmarks/results/bf16-*.json)
CPU_BANDWIDTH = 1.6e10  # bytes a second, measured on a small server
BF16_UNITS = {"avx512_bf16", "amx_bf16"}  # flags of /proc/cpuinfo; without them bfloat16 is slow
SMALL_MODEL = 30_000_000  # parameters: below, neither time nor memory goes into the products of weights


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine. `flops` and `bandwidth` (bytes a second): sustained by a long job, on the GPU if any.

    `gpu_memory_bytes` is 0 without a GPU; on a Mac the GPU uses the machine's own memory and both figures are
    what it may take of it.
    """

    name: str
    accelerator: str | None
    memory_bytes: int
    gpu_memory_bytes: int
    bf16: bool
    cores: int
    flops: float
    bandwidth: float
    reason: str  # in French: how we know
    spread: float = 1.6  # the factor, up or down, by which a training step may miss `flops`

    @property
    def cuda(self) -> bool:
        return self.gpu_memory_bytes > 0 and not self.mac

    @property
    def mac(self) -> bool:
        return bool(self.accelerator) and str(self.accelerator).startswith("Apple")


def _gpu_machine(
    name: str, accelerator: str, gpu: float, flops: float, bandwidth: float, *, ram: float, bf16: bool = True
) -> Machine:
    """`gpu` and `ram` in GiB, `flops` in 1e12 a second, `bandwidth` in 1e9 bytes a second."""
    return Machine(
        name,
        accelerator,
        int(ram * GIB),
        int(gpu * GIB),
        bf16,
        cores=8,
        flops=flops * 1e12,
        bandwidth=bandwidth * 1e9,
        reason=f"{accelerator} : chiffres publiés",
    )


# GPU memory: what a program may use of the nominal figure. Memory and bandwidth: the makers' data sheets.
# Rates: the makers' dense 16-bit ones, except T4 and RTX 3060 (about 25, what they hold at their power) and
# H200 (790, measured). RAM is not the card's: free Colab's for the T4, an assumed 32 GiB elsewhere. Macs are
# sold with several sizes: 16 and 36 GiB are assumed, of which a GPU may take three quarters.
NAMED_MACHINES: dict[str, Machine] = {
    machine.name: machine
    for machine in (
        _gpu_machine("t4", "NVIDIA T4", 14.6, 25, 320, ram=12.7, bf16=False),
        _gpu_machine("rtx3060", "NVIDIA GeForce RTX 3060", 11.6, 25, 360, ram=32),
        _gpu_machine("rtx4090", "NVIDIA GeForce RTX 4090", 23.5, 165, 1008, ram=32),
        _gpu_machine("a100", "NVIDIA A100", 39.4, 312, 1555, ram=32),
        _gpu_machine("h100", "NVIDIA H100", 79.0, 989, 3350, ram=32),
        _gpu_machine("h200", "NVIDIA H200", 139.8, 790, 4800, ram=32),
        _gpu_machine("m2", "Apple M2", 12, 3.6, 100, ram=16),
        _gpu_machine("m3max", "Apple M3 Max", 27, 14, 400, ram=36),
    )
}


def hardware(name: Hardware | str = "auto") -> Machine:
    """The machine of this name; « auto » and « cpu » are this one, with and without its accelerator."""
    if name in NAMED_MACHINES:
        return NAMED_MACHINES[name]
    if name == "cpu":
        return this_processor("cpu", "le processeur de cette machine")
    here = this_processor("auto", "pas de carte graphique reconnue")
    return this_nvidia(here) or this_mac(here) or here


def this_processor(name: str, reason: str) -> Machine:
    """This machine without its accelerator."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(
        name,
        None,
        memory_bytes(),
        0,
        bf16=has_bf16_units(),
        cores=cores,
        flops=cores * CPU_FLOPS_PER_CORE,
        bandwidth=CPU_BANDWIDTH,
        reason=f"{reason} ; {cores} cœur{'s' * (cores > 1)}",
    )


def has_bf16_units(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor multiplies in bfloat16 itself, as far as Linux says."""
    found = re.search(r"^flags\s*:(.*)$", _read(cpuinfo), re.MULTILINE)
    return found is not None and not BF16_UNITS.isdisjoint(found[1].split())


def cpu_dtype(parameters: int, bf16: bool) -> str:
    """The dtype of a base's weights on a processor: where bfloat16 has its units, a step takes half the time
    and the weights half the room."""
    return "bfloat16" if bf16 and parameters >= SMALL_MODEL else "float32"


def this_nvidia(here: Machine) -> Machine | None:
    """This machine with the largest NVIDIA card that the driver reports."""
    output = _output_of(
        "nvidia-smi", "--query-gpu=name,memory.total,compute_cap", "--format=csv,noheader,nounits"
    )
    cards = [cells for line in output.splitlines() if len(cells := [c.strip() for c in line.split(",")]) == 3]
    usable = [cells for cells in cards if cells[1].isdigit() and re.fullmatch(r"\d+\.\d+", cells[2])]
    if not usable:
        return None
    name, memory, capability = max(usable, key=lambda cells: int(cells[1]))
    similar = _machine_named(name)
    return replace(
        here,
        accelerator=name,
        gpu_memory_bytes=int(memory) * 1024**2,
        bf16=float(capability) >= 8.0,  # Ampere and later
        flops=similar.flops if similar else 20e12,
        bandwidth=similar.bandwidth if similar else 300e9,
        spread=here.spread if similar else UNKNOWN_SPREAD,
        reason="vu par nvidia-smi" + ("" if similar else " ; vitesse supposée, carte inconnue de sosie"),
    )


def this_mac(here: Machine) -> Machine | None:
    """This machine with the GPU of an Apple chip, which shares its memory."""
    if platform.system() != "Darwin" or platform.machine() != "arm64":
        return None
    name = _output_of("sysctl", "-n", "machdep.cpu.brand_string").strip() or "Apple"
    similar = _machine_named(name) or NAMED_MACHINES["m2"]
    return replace(
        here,
        accelerator=name,
        gpu_memory_bytes=here.memory_bytes * 3 // 4,
        bf16=True,
        flops=similar.flops,
        bandwidth=similar.bandwidth,
        reason=f"puce Apple ; vitesse supposée : celle de {similar.accelerator}",
    )


def memory_bytes() -> int:
    """The RAM that this process may use: the machine's, or what a container was given of it."""
    sizes = [int(size) for size in _output_of("sysctl", "-n", "hw.memsize").split() if size.isdigit()]
    meminfo = _read(Path("/proc/meminfo"))
    sizes += [1024 * int(kib) for kib in re.findall(r"^MemTotal:\s+(\d+) kB", meminfo, re.MULTILINE)]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        sizes += [int(size) for size in _read(Path(limit)).split() if size.isdigit()]
    return min(sizes, default=0)


def _machine_named(name: str) -> Machine | None:
    """The known machine with this accelerator: « Tesla T4 », « NVIDIA H200 NVL »..."""
    for machine in sorted(NAMED_MACHINES.values(), key=lambda machine: -len(str(machine.accelerator))):
        words = str(machine.accelerator).split()[1:]
        if re.search(r"\b" + r"\s+".join(words) + r"\b", name):
            return machine
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _output_of(*command: str) -> str:
    """The output of a small program; empty if it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
