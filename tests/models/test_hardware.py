"""This machine, and the named ones."""

from typing import get_args

import pytest

from sosie.core.settings import Hardware
from sosie.models import hardware as room
from sosie.models.hardware import GIB, cpu_dtype, hardware, has_bf16_units

SMI = "NVIDIA H100 80GB HBM3, 81559, 9.0\n"


@pytest.fixture
def programs(monkeypatch):
    """What the small programs print."""
    said = {}
    monkeypatch.setattr(room, "_output_of", lambda *command: said.get(command[0], ""))
    return said


def test_every_name_that_a_user_may_give_is_known(programs):
    for name in get_args(Hardware):
        machine = hardware(name)
        assert machine.name == name
        assert machine.reason
        assert machine.flops > 0
        assert machine.memory_bytes > 0


def test_without_a_card_this_machine_is_its_processor(programs):
    machine = hardware("auto")
    assert machine.accelerator is None
    assert machine.gpu_memory_bytes == 0
    assert machine.cores >= 1


@pytest.mark.parametrize(
    "flags,known", [("fpu avx2 avx512_bf16 sse", True), ("fpu amx_bf16", True), ("fpu avx2 avx512f", False)]
)
def test_a_processor_s_bfloat16_is_read_from_its_flags(flags, known, tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n")
    assert has_bf16_units(told) is known
    assert not has_bf16_units(tmp_path / "nowhere")


def test_only_a_model_that_is_not_small_is_held_in_bfloat16_on_a_processor():
    assert cpu_dtype(135_000_000, bf16=True) == "bfloat16"
    assert cpu_dtype(135_000_000, bf16=False) == cpu_dtype(6_500_000, bf16=True) == "float32"


def test_a_card_that_the_driver_tells_of_is_seen(programs):
    programs["nvidia-smi"] = "Tesla T4, 15360, 7.5\n" + SMI
    machine = hardware("auto")
    assert machine.accelerator == "NVIDIA H100 80GB HBM3"
    assert machine.gpu_memory_bytes == 81559 * 1024**2
    assert machine.bf16
    assert machine.cuda
    assert machine.flops == hardware("h100").flops


def test_a_t4_has_no_bf16(programs):
    programs["nvidia-smi"] = "Tesla T4, 15360, 7.5\n"
    assert not hardware("auto").bf16
    assert hardware("auto").flops == hardware("t4").flops
    assert not hardware("t4").bf16


def test_a_card_of_an_unknown_name_says_that_its_speed_is_supposed(programs):
    programs["nvidia-smi"] = "NVIDIA Quelque Chose, 8192, 8.6\n"
    assert "supposée" in hardware("auto").reason


@pytest.mark.parametrize("said", ["", "No devices were found\n", "X, [N/A], 8.0\n", "a, b\n"])
def test_a_driver_that_says_nothing_useful_means_no_card(programs, said):
    programs["nvidia-smi"] = said
    assert hardware("auto").accelerator is None


def test_a_mac_lends_its_memory_to_its_gpu(programs, monkeypatch):
    monkeypatch.setattr(room.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(room.platform, "machine", lambda: "arm64")
    programs["sysctl"] = "Apple M3 Max"
    machine = hardware("auto")
    assert machine.accelerator == "Apple M3 Max"
    assert machine.mac
    assert not machine.cuda
    assert 0 < machine.gpu_memory_bytes < machine.memory_bytes


def test_a_container_s_limit_is_the_memory_there_is(programs, monkeypatch):
    said = {"/proc/meminfo": "MemTotal:  33554432 kB\n", "/sys/fs/cgroup/memory.max": "2147483648\n"}
    monkeypatch.setattr(room, "_read", lambda path: said.get(str(path), ""))
    assert room.memory_bytes() == 2 * GIB
    said["/sys/fs/cgroup/memory.max"] = "max\n"
    assert room.memory_bytes() == 32 * GIB


def test_a_program_that_is_not_there_says_nothing():
    assert room._output_of("sosie-no-such-program") == ""
    assert room._output_of("false") == ""
