"""MLX is chosen on a Mac with an Apple chip, where it can do the same; whatever is decided says why."""

import pytest

from sosie.core.errors import BadSettings
from sosie.models.catalogue import MINI
from sosie.models.hardware import NAMED_MACHINES, hardware
from sosie.models.mlx.choice import asked_backend, choose_backend, config_in

MACS = [machine for machine in NAMED_MACHINES.values() if machine.mac]
LLAMA = {"model_type": "llama", "rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0}}


def chosen(machine, config, others=(), installed=True):
    return choose_backend(machine, lambda: config, others, installed)


@pytest.mark.parametrize("mac", MACS, ids=lambda mac: mac.name)
@pytest.mark.parametrize("config", [config_in(MINI), LLAMA], ids=["mini", "llama"])
def test_on_an_apple_chip_mlx_is_chosen_and_says_why(mac, config):
    backend = chosen(mac, config)
    assert backend.name == "mlx" and mac.accelerator in backend.reason


@pytest.mark.parametrize("name", ["cpu", "t4", "h200"])
def test_elsewhere_torch_without_a_word_and_no_config_is_read(name):
    backend = choose_backend(hardware(name), lambda: pytest.fail("read"), installed=True)
    assert (backend.name, backend.reason) == ("torch", "")


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"model_type": "gemma3_text"}, "« gemma3_text »"),
        ({"model_type": "nanochat"}, "« nanochat »"),
        ({}, "« None »"),
        ({**LLAMA, "rope_scaling": {"type": "yarn"}, "rope_parameters": None}, "« yarn »"),
        ({**LLAMA, "hidden_act": "gelu"}, "« gelu »"),
        ({**LLAMA, "sliding_window": 512}, "fenêtre"),
        ({**LLAMA, "quantization": {"bits": 4}}, "quantifiés"),
    ],
)
def test_a_model_that_mlx_computes_otherwise_goes_to_torch_and_one_sentence_says_so(config, why):
    backend = chosen(MACS[0], config)
    assert backend.name == "torch" and why in backend.reason and backend.reason.count(".") == 1


def test_without_mlx_torch_goes_on_and_tells_how_to_install_it():
    backend = chosen(MACS[0], LLAMA, installed=False)
    assert backend.name == "torch" and "[mlx]" in backend.reason


def test_an_obstacle_of_the_settings_is_told_before_the_config_is_read():
    backend = choose_backend(MACS[0], lambda: pytest.fail("read"), ["DoRA ne s'y apprend pas"], True)
    assert backend.name == "torch" and "DoRA" in backend.reason


def test_the_environment_may_ask_for_either_and_for_nothing_else(monkeypatch):
    for word, asked in (("torch", "torch"), ("mlx", "mlx"), ("", None)):
        monkeypatch.setenv("SOSIE_BACKEND", word)
        assert asked_backend() == asked
    monkeypatch.setenv("SOSIE_BACKEND", "jax")
    with pytest.raises(BadSettings, match="jax"):
        asked_backend()
