"""The GPU benchmark in small, on a CPU: its job, counters and checks, and what it says of a missing tool."""

import importlib
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench():
    """bench("setting") -> the module; gone from sys.modules afterwards."""
    sys.path.insert(0, str(ROOT))
    yield lambda name: importlib.import_module(f"benchmarks.gpu.{name}")
    sys.path.remove(str(ROOT))
    for name in [name for name in sys.modules if name.startswith("benchmarks")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def ground(bench, tmp_path_factory):
    setting = bench("setting")
    work = tmp_path_factory.mktemp("gpu") / "tiny"
    setting.make(work, setting.SIZES["tiny"], "cpu")
    return setting.Ground(work, "cpu", setting.SIZES["tiny"])


def variant(bench, name):
    return next(one for one in bench("variants").VARIANTS if one.name == name)


def test_the_job_is_the_same_each_time_and_all_loops_have_the_same_groups(bench, ground):
    size, group = ground.size, bench("setting").GROUP
    assert json.loads(json.dumps(bench("setting").draw_job(size))) == json.loads(
        (ground.work / "job.json").read_text()
    )
    assert all(big.dialogues % group == 0 for big in bench("setting").SIZES.values())
    made = bench("side_ours").examples(ground)
    first = bench("side_ours").groups(size.dialogues, group, bench("setting").SEED, 1)[0]
    assert [list(made[number].ids) for number in first] == [ids for ids, _ in ground.epochs[1][:group]]


def test_n_is_what_the_model_multiplies_with(bench):
    assert bench("setting").SIZES["mistral-7b"].multiplied == pytest.approx(7.11e9, rel=1e-3)


def test_our_variant_is_counted_timed_and_has_no_padding(bench, ground):
    told = bench("side_ours").run(variant(bench, "G"), ground)
    assert told["steps"] == 12 and told["finite"] and len(told["losses"]) == 12
    assert told["counters"]["forwards"] == 1 and told["counters"]["weight_passes"] == 2
    assert told["counters"]["padding"] == 0
    assert told["counters"]["logits_rows"] == sum(learnt for _, learnt in ground.epochs[0][:4])
    assert told["loop_seconds"] > 0 and told["planned_peak_bytes"] > 0


def test_packed_gradients_are_those_of_one_by_one(bench, ground):
    told = bench("side_ours").run(variant(bench, "check"), ground)
    assert told["gradient_difference"] < 1e-5  # in 32 bits here


def test_what_is_missing_is_n_a_and_what_was_predicted_stands_beside(bench):
    report, setting = bench("report"), bench("setting")
    rows = {
        "peak": {"flops": 8e14},
        "A": {"tokens_per_second": 900.0, "losses": [2.0, 1.0], "finite": True, "counters": {}},
        "C": {"n/a": "ModuleNotFoundError: No module named 'unsloth'"},
        "E": {"tokens_per_second": 9000.0, "losses": [2.0, 1.05], "finite": True, "counters": {}},
    }
    made = report.whole(rows, setting.SIZES["mistral-7b"], "cpu", 1.0)
    assert made["variants"]["E"]["times_A"] == pytest.approx(10)
    assert made["variants"]["E"]["peak_share"] == pytest.approx(4 * 7.11e9 * 9000 / 8e14, rel=1e-3)
    assert made["checks"]["curve_difference"] == pytest.approx(0.05) and not made["checks"]["curve_ok"]
    assert "n/a: ModuleNotFoundError" in report.table(made)
    assert bench("variants").predicted("NVIDIA H200", "A again") == 61
    assert bench("variants").predicted("NVIDIA L4", "A") is None
