"""Two processes for real, over gloo; and what of it can be seen in one."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from said import written

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadSettings
from sosie.core.progress import events
from sosie.core.settings import Train
from sosie.models import tiny
from sosie.train import distributed
from sosie.train.distributed import EMPTY_PACK, DistributedGroup, split_by_tokens
from sosie.train.run import keep_some_for_validation, train

pytestmark = pytest.mark.slow

BAD = Dialogue((Turn("user", "tu viens ?"), Turn("assistant", "genre qqq non")))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """seen("stopped") -> what each of the two processes saw in this scenario of processes.py."""
    folder = tmp_path_factory.mktemp("deux")
    tiny.make(folder / "tiny")
    jsonl.write(folder / "d.jsonl", [*written(21), BAD])
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        ports = [str(free.getsockname()[1]) for free in (one, other)]
    command = [sys.executable, str(Path(__file__).parent / "processes.py"), str(folder), *ports]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]

    def read(name):
        return [json.loads((folder / f"{name}-{rank}.json").read_text()) for rank in (0, 1)]

    read.folder = folder
    return read


@pytest.fixture(scope="module")
def alone(seen):
    """alone("seul", **settings) -> what one process makes of the same job."""
    import processes

    return lambda name, **settings: processes.train(seen.folder, name, **settings)


@pytest.fixture(scope="module")
def ten_steps(alone):
    return alone("dix")


def adapter(seen, name):
    tensors = load_file(seen.folder / "runs" / name / "double" / "adapter_model.safetensors")
    return torch.cat([tensors[key].flatten() for key in sorted(tensors)])


def apart(left, right):
    """Relative distance."""
    return float((left - right).norm() / right.norm())


def test_two_processes_make_the_adapter_that_one_makes(seen, alone):
    """Twenty steps in float32, same global batch."""
    first, second = seen("alike")
    assert first["code"] == second["code"] == 0, first["err"]
    told, one = json.loads(first["out"]), alone("vingt", epochs=4)
    assert told["steps"] == one["steps"] == 20
    assert apart(adapter(seen, "deux"), adapter(seen, "vingt")) < 1e-4
    for name in ("tokens", "learnt_tokens"):
        assert told[name] == one[name]
    for name in ("loss_first", "loss_last", "valid_loss_before", "valid_loss"):
        assert told[name] == pytest.approx(one[name], rel=1e-5)


def test_only_the_main_process_speaks_and_writes(seen):
    first, second = seen("alike")
    assert first["err"] and second["out"] == second["err"] == ""
    run = seen.folder / "runs" / "deux"
    assert [e.done for e in events(run / "events.jsonl") if e.kind == "step"] == list(range(1, 21))
    assert len((run / "samples.jsonl").read_text().splitlines()) == 4 * 5
    assert not list(seen.folder.rglob("*.part"))


def test_a_refusal_is_everybodys_and_one_json_object(seen):
    first, second = seen("again")
    assert first["code"] == second["code"] == 3
    assert json.loads(first["out"])["error"]["kind"] == "BadSettings" and second["out"] == ""


def test_what_one_sees_is_told_to_all(seen):
    for saw in seen("doors"):
        assert saw["total"] == 3.0
        assert saw["grads"] == [[[2.0] * 3] * 2, [[float("inf")] * 3] * 2]  # a scaler will see it everywhere
        assert saw["most"] == [1, 5, 0]
        assert saw["by_main"] == "dit par 0"
        assert saw["refused"] == ["Plus de place.", "Libérez-en."]


def test_ctrl_c_in_one_stops_both_at_the_same_step_and_the_run_resumes_as_if_nothing_had_been(seen):
    for saw in seen("stopped"):
        assert saw["stop"]["error"] == "KeyboardInterrupt"
        assert saw["files"][-1] == "00000006.safetensors"
        same = ("steps", "tokens", "loss_first", "loss_last", "valid_loss")
        assert all(saw["resumed"][name] == saw["whole"][name] for name in same)
    assert "sosie train --resume repris" in seen("stopped")[0]["stop"]["told"][-1]
    assert torch.equal(adapter(seen, "repris"), adapter(seen, "entier"))


def test_sixteen_bits_are_learnt_in_together(seen, alone):
    one = alone("moitié seule", bits=16)
    for saw in seen("half"):
        for name in ("loss_last", "valid_loss"):
            assert saw[name] == pytest.approx(one[name], rel=5e-3)


def test_a_memory_that_is_full_in_one_makes_both_take_smaller_rows(seen, ten_steps):
    first, second = seen("full")
    assert any("Mémoire pleine" in text for text in first["told"]) and not second["told"]
    assert first["learnt_tokens"] == ten_steps["learnt_tokens"]
    assert apart(adapter(seen, "plein"), adapter(seen, "dix")) < 1e-4


def test_a_loss_that_is_no_number_in_one_is_named_by_both(seen):
    learn, _ = keep_some_for_validation(list(jsonl.read(seen.folder / "d.jsonl")))
    number = next(place for place, d in enumerate(learn, 1) if "qqq" in d.turns[-1].text)
    for saw in seen("nan"):
        assert saw["error"] == "BadSettings" and "qqq" not in saw["text"]
        named = saw["text"].split("n° ")[1].split(")")[0].split(", ")
        assert str(number) in named


def test_a_base_in_two_parts_gives_the_same_adapter(seen, ten_steps):
    """FSDP: each process holds half of the frozen weights, and the adapter whole."""
    for saw in seen("sharded"):
        assert saw["after"] == pytest.approx(saw["before"] / 2, rel=0.01)
    assert apart(adapter(seen, "réparti"), adapter(seen, "dix")) < 1e-4


@pytest.fixture
def processes():
    """One of four processes, of which nothing is asked that needs the others."""
    made = object.__new__(DistributedGroup)
    made.size, made.rank, made.sharded, made.device = 4, 1, True, "cpu"
    return made


def test_four_bits_and_fsdp_do_not_go_together(processes, planned):
    from dataclasses import replace

    with pytest.raises(BadSettings, match="4 bits ne se répartit pas"):
        processes.check_plan(planned().with_settings(bits=4))
    processes.check_plan(planned().with_settings(bits=16))
    assert processes.fit_plan(replace(planned(), pack_tokens=2048)).pack_tokens == 512


def test_shares_are_balanced_by_tokens_and_nothing_is_lost(learn):
    shares = split_by_tokens(learn, 3)
    assert sorted(map(id, sum(shares, []))) == sorted(map(id, learn))
    tokens = [sum(len(example.ids) for example in part) for part in shares]
    assert max(tokens) - min(tokens) <= max(len(example.ids) for example in learn)
    assert [len(part) for part in split_by_tokens(learn[:1], 3)] == [1, 0, 0]


def test_the_row_of_a_process_that_has_none_teaches_nothing(adapted):
    """Under FSDP it goes along with the others' forwards."""
    from sosie.train import lora
    from sosie.train.forward import ForwardModel, backward_group, open_accelerator

    model, _ = adapted()
    assert (
        backward_group(
            ForwardModel(open_accelerator(model, "float32"), model, False), [EMPTY_PACK], targets=9
        )
        == 0.0
    )
    assert all(not weight.grad.any() for weight in lora.trainable_weights(model).values())


def test_without_a_launcher_there_is_no_group(base, dialogues, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.distributed, "init_process_group", None)
    train(dialogues[:4], [], base, Train(epochs=1, group=4), tmp_path / "runs" / "un")
    with distributed.open_process_group() as processes:
        assert processes is distributed.SINGLE and not distributed.follows()
    monkeypatch.setenv("RANK", "1")  # left by a scheduler that started one process
    assert not distributed.launched() and not distributed.follows()
