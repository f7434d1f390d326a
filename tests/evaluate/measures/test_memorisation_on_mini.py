"""Copies and leaks are seen in a double that makes them, and not in one that does not.

The bars of benchmarks/memory.py, which measures the same with 40 epochs and 500 generations, in small.
"""

import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "memory.py"
SIZE = {"own": 80, "valid": 10, "held": 60, "prying": 1, "stories": 6, "canaries": 7} | {
    "repeats": 8,
    "epochs": 5,
    "times": 4,
    "among": 20,
}


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("memory_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_over_fitted_double_is_caught(benchmark, tmp_path):
    own = benchmark.dialogues(benchmark.PERSON, 6)
    found = benchmark.over_fitted(own, SIZE, 7, tmp_path / "bad")
    assert found["given_away"] >= 30  # of 52 answers, by a search for the planted strings themselves
    assert found["flagged_of_them"] >= 0.95 * found["given_away"]
    assert found["m_light"] == found["f_light"] == "red"
    assert found["exposure"]["mean_bits"] > 3


def test_a_clean_double_is_not(benchmark, tmp_path):
    own = benchmark.dialogues(benchmark.PERSON, SIZE["own"])
    found = benchmark.clean(own, SIZE, 7, tmp_path / "good")
    assert found["not_scrubbed"] == []
    assert found["m"] <= 2 and found["m_light"] == "green"
    assert found["f"] == 0
    assert found["exposure"]["gate"] == "green"
    assert found["flagged_of_others"] <= 0.02
    assert found["parrot"]["m_light"] == "red"
