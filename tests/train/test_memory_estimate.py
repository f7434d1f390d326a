"""Is the memory that a plan foretells the memory that training takes? In a process of its own."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.hardware import GIB, NAMED_MACHINES, hardware
from sosie.train import memory_estimate, memory_meter
from sosie.train.plan import Counts
from sosie.train.planner import make_plan

GENEROUS = 0.25  # one small cell, on any machine; benchmarks/footprint.py holds the nine to 10 %
CELL = """
import json, sys
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.progress import silent
from sosie.core.settings import Train
from sosie.models.catalogue import find
from sosie.train import memory_meter, run
from sosie.train.checkpoint import Checkpoints
from sosie.train.loop import fit
from sosie.train.distributed import SINGLE
from sosie.train.inputs import make_inputs
from pathlib import Path
import torch
torch.set_num_threads(1)
model, bits, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
text = "ouais grave demain midi " * 4
learn = [Dialogue((Turn("user", text), Turn("assistant", text)))] * 6
options = Train(model=model, bits=bits, group=3, epochs=1, patience=0)
inputs = make_inputs(learn, [], find(model), options, None, silent, SINGLE)
plan, adapted = run.adapted_model(inputs, None)
fit(adapted, inputs.learn, [], plan, silent, Checkpoints(folder))
print(json.dumps([plan.peak_memory_bytes, memory_meter.peak(inputs.bytes_before)]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not memory_meter.STATUS.is_file(), reason="no /proc on this machine")
def test_the_peak_is_the_one_foretold(tmp_path):
    """In 16 bits, from a float32 file: loading, weights, adapter and a step all count."""
    shape = {"hidden_size": 640, "intermediate_size": 1280, "num_hidden_layers": 6}
    model = tiny.make(tmp_path / "model", vocabulary=8_000, max_position_embeddings=2048, **shape)
    asked = [sys.executable, "-c", CELL, str(model), "16", str(tmp_path / "run")]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    foretold, measured = json.loads(done.stdout)
    assert abs(foretold / measured - 1) < GENEROUS, (foretold, measured)


def test_a_file_of_another_dtype_counts_beside_the_weights_while_it_is_read():
    card, cpu = find("vigostral").card, hardware("cpu")
    same = memory_estimate.loading_bytes(card, cpu, 16)
    assert same == memory_estimate.weights_bytes(card, 16)
    assert memory_estimate.loading_bytes(card, cpu, 4) > card.bytes + memory_estimate.weights_bytes(card, 4)
    assert memory_estimate.loading_bytes(card, NAMED_MACHINES["t4"], 4) == memory_estimate.weights_bytes(
        card, 4
    )


def test_eight_bits_lie_between_4_and_16():
    card = find("vigostral").card
    sizes = [memory_estimate.weights_bytes(card, bits) for bits in (4, 8, 16, 32)]
    assert sizes == sorted(sizes)
    assert sizes[1] == pytest.approx(7.51e9, rel=0.01)


def test_checkpointing_keeps_less_and_dropout_more():
    card = find("vigostral").card

    def weighs(**told):
        usual = {"gpu": True, "dropout": False, "checkpointing": False, "learnt_share": 0.5}
        return memory_estimate.row_bytes(card, 100, 2, **{**usual, **told})

    assert weighs(checkpointing=True) < weighs() / 5 < weighs(dropout=True) / 5


def test_only_a_small_model_on_a_processor_pays_for_the_holes():
    mini, large, cpu = find("mini").card, find("vigostral").card, hardware("cpu")
    assert memory_estimate.fragmentation(mini, cpu) > memory_estimate.fragmentation(large, cpu) == 1.0
    assert memory_estimate.fragmentation(mini, NAMED_MACHINES["t4"]) == 1.0


def test_a_processor_keeps_freed_memory_for_the_next_step_only_where_there_is_plenty():
    counts = Counts(dialogues=300, replies=600, words=6000, lengths=(60,) * 300, learnt_tokens=9000)
    described = replace(hardware("cpu"), bf16=True)
    poor, rich = (
        make_plan(find("luth-0.6b"), replace(described, memory_bytes=gib * GIB), counts) for gib in (3, 32)
    )
    assert rich.keeps_memory and not poor.keeps_memory
    assert rich.dtype == poor.dtype == "bfloat16"
    assert not make_plan(find("luth-0.6b"), NAMED_MACHINES["t4"], counts).keeps_memory


def test_libraries_are_not_room_for_training():
    cpu = replace(hardware("cpu"), memory_bytes=100_000_000)
    assert memory_estimate.usable_bytes(cpu) == 0.0


def test_the_mark_forgets_what_was_before(tmp_path):
    if not memory_meter.CLEAR.exists():
        pytest.skip("no /proc on this machine")
    waste = bytearray(200_000_000)
    waste[::4096] = b"x" * len(waste[::4096])
    del waste
    since = memory_meter.start_mark()
    assert memory_meter.peak(since) < 20_000_000
    kept = bytearray(100_000_000)
    kept[::4096] = b"x" * len(kept[::4096])
    assert 90_000_000 < memory_meter.peak(since) < 130_000_000


HOLD = """
import sys, torch
from sosie.train import memory_meter
getattr(memory_meter, sys.argv[1] + "_freed_memory")()
blocks = [torch.ones(int(sys.argv[2]) // 4) for _ in range(200_000_000 // int(sys.argv[2]))]
before = memory_meter.proc_status("VmRSS")
del blocks
for way in sys.argv[3:]:
    getattr(memory_meter, way + "_freed_memory")()
print(before - memory_meter.proc_status("VmRSS"))
"""


@pytest.mark.skipif(not memory_meter.STATUS.is_file(), reason="no /proc on this machine")
@pytest.mark.parametrize(
    ("way", "block", "then", "given_back"),
    [
        ("keep", 20_000_000, [], 0),
        ("keep", 20_000_000, ["trim"], 2e8),
        ("keep", 200_000_000, [], 2e8),
        ("return", 20_000_000, [], 2e8),
    ],
)
def test_freed_memory_is_kept_where_there_is_room_but_for_large_blocks(way, block, then, given_back):
    told = [sys.executable, "-c", HOLD, way, str(block), *then]
    said = subprocess.run(told, capture_output=True, text=True, check=True)
    assert abs(int(said.stdout) - given_back) < 20_000_000
