"""`sosie doctor` speaks of MLX where there is an Apple chip, and nowhere else."""

import pytest
from rich.console import Console

from sosie.cli.doctor import EXTRAS, draw_doctor


@pytest.mark.parametrize("here", [True, False])
@pytest.mark.parametrize("accelerator", ["Apple M2", "NVIDIA T4", None])
def test_mlx_is_told_of_on_an_apple_chip_alone(accelerator, here):
    found = {"python": "3.11", "memory_bytes": 1 << 34, "accelerator": accelerator, "model_cache": None}
    console = Console(record=True, width=200)
    draw_doctor(console, {**found, "extras": dict.fromkeys(EXTRAS, here)})
    told = console.export_text()
    assert ("MLX" in told) == (accelerator == "Apple M2") and "llama.cpp" in told
