"""A nanochat taught here: from nothing or from a base, whole or resumed, and read again by others."""

import json
from pathlib import Path

import pytest
import torch
from tiny_nanochat import formula_ids, formula_state, tiny_checkpoint, tiny_config, write_tiny

from sosie.api import Project
from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadData, BadSettings, NoRoom, NothingToDo, UnknownModel
from sosie.core.progress import silent
from sosie.core.settings import Nanochat
from sosie.forget.learnt import Run, runs_with
from sosie.models.nanochat.checkpoint import build, read_checkpoint
from sosie.models.nanochat.era import ERAS
from sosie.models.nanochat.model import NanochatModel
from sosie.models.nanochat.tokenizer import tokenizer_of
from sosie.nanochat.fit import Progress, Stage, Weights, fit, loss_sum
from sosie.nanochat.lesson import why_it_ended
from sosie.nanochat.rows import IGNORED, example_rows, group_batches, stream_rows, to_examples
from sosie.nanochat.stages import Room, affordable
from sosie.nanochat.start import refuse_too_large

SMALL = Nanochat(vocabulary=300, layers=2, width=64, length=64, passes=0.8, epochs=3, minutes=2)


def dialogue(number):
    ask = f"tu viens {number % 7} fois à la fête de l'été ?"
    return Dialogue((Turn("user", ask), Turn("assistant", "ouais carrément, à toute")))


@pytest.fixture
def prepared(tmp_path):
    project = Project(tmp_path / "moi")
    jsonl.write(project.workspace.data / "train.jsonl", map(dialogue, range(24)))
    jsonl.write(project.workspace.data / "valid.jsonl", map(dialogue, range(24, 30)))
    return project


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("appris") / "moi")
    jsonl.write(project.workspace.data / "train.jsonl", map(dialogue, range(24)))
    jsonl.write(project.workspace.data / "valid.jsonl", map(dialogue, range(24, 30)))
    events = []
    return project.train_nanochat(name="petit", options=SMALL, report=events.append), events


def test_from_nothing_it_gets_better_at_what_it_never_read(taught):
    done, events = taught
    assert done.valid_loss < done.valid_loss_before and 0 < done.valid_bits_per_byte < 8
    assert done.valid_loss == min(done.valid_losses)
    pages = [event.text for event in events if event.kind == "lesson"]
    assert [page.split(".")[0].strip() for page in pages] == ["# 1", "# 2", "# 3", "# 4"]
    assert not any("{" in page for page in pages)


def test_what_is_written_is_a_base_folder_of_nanochat(taught):
    double = taught[0].double
    base, sft = (read_checkpoint(double / f"{name}_checkpoints" / "d2") for name in ("base", "chatsft"))
    assert base.era.name == sft.era.name == "E" and base.meta["total_batch_size"] == 8 * 64
    assert not torch.equal(base.state["lm_head.weight"], sft.state["lm_head.weight"])
    files = [path for path in double.rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert "# 4." in (double / "LECON.md").read_text("utf-8")
    assert not (double.parent / "checkpoints").exists()


def test_who_asks_to_be_forgotten_is_told_of_it(taught):
    workspace = Project(taught[0].double.parents[2]).workspace
    sets = [list(jsonl.read(workspace.data / f"{part}.jsonl")) for part in ("train", "valid")]
    assert runs_with(workspace, frozenset(), sets, lambda dialogue: True) == [Run("petit", True)]
    assert not runs_with(workspace, frozenset(), sets, lambda dialogue: False)


def test_a_run_that_is_there_is_not_overwritten(taught):
    with pytest.raises(BadSettings, match="petit"):
        Project(taught[0].double.parents[2]).train_nanochat(name="petit", options=SMALL)


def test_a_run_of_another_kind_is_left_alone_even_where_this_one_fails(prepared, tmp_path):
    kept = prepared.workspace.run("lora") / "checkpoints" / "00000008.safetensors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a night of learning")
    with pytest.raises(BadSettings, match="lora"):
        prepared.train_nanochat(base=tmp_path / "nowhere", name="lora", options=SMALL)
    assert kept.read_bytes() and not (kept.parents[1] / "nanochat.json").exists()


@pytest.mark.parametrize("wrong", [("--width", "100", "64"), ("--layers", "0", "1")])
def test_a_setting_out_of_bounds_is_told_with_its_bounds(wrong, tmp_path, capsys):
    flag, value, bound = wrong
    assert _run(["nanochat", "train", flag, value, "--folder", str(tmp_path), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert flag in told["message"] and bound in told["mend"]


class Killed(Exception):
    pass


def kill_at(page, step):
    """A listener that ends the process, as a power cut would, at a step of the stage after that page."""
    told = []

    def report(event):
        if event.kind == "lesson":
            told.append(event.text[:3])
        if event.kind == "step" and event.done == step and told[-1] == page:
            raise Killed

    return report


def test_killed_at_any_step_and_resumed_it_is_the_same_bit_for_bit(taught, prepared):
    for number, (page, step) in enumerate([("# 1", 3), ("# 1", 9), ("# 2", 4)]):
        named = {"resume": "petit"} if number else {"name": "petit", "options": SMALL}
        with pytest.raises(Killed):
            prepared.train_nanochat(**named, report=kill_at(page, step))
    done = prepared.train_nanochat(resume="")
    for source in ("base", "chatsft"):
        one, two = (
            read_checkpoint(each.double / f"{source}_checkpoints").state for each in (taught[0], done)
        )
        assert all(torch.equal(one[name], two[name]) for name in one)
    assert done.valid_losses == taught[0].valid_losses


def test_it_is_taken_up_again_with_the_same_dialogues_only(prepared):
    def report(event):
        if event.kind == "step":
            raise Killed

    with pytest.raises(Killed):
        prepared.train_nanochat(name="a", options=SMALL, report=report)
    jsonl.write(prepared.workspace.data / "train.jsonl", map(dialogue, range(25)))
    with pytest.raises(BadData, match="plus ceux"):
        prepared.train_nanochat(resume="a")
    (prepared.workspace.run("a") / "nanochat.json").write_text("[1]")
    with pytest.raises(BadData, match="abîmé"):
        prepared.train_nanochat(resume="a")
    for name in ("b", "*"):
        with pytest.raises(NothingToDo):
            prepared.train_nanochat(resume=name)


def test_a_base_of_the_newest_era_learns_and_stays_as_it_was(prepared, tmp_path):
    base = tmp_path / "base"
    before = (write_tiny(base, source="base") / "model_000001.pt").read_bytes()
    done = prepared.train_nanochat(base=base, name="sft", options=SMALL)
    assert done.valid_loss < done.valid_loss_before and done.valid_bits_per_byte is None
    assert (base / "base_checkpoints" / "d3" / "model_000001.pt").read_bytes() == before
    learnt = read_checkpoint(done.double)
    assert learnt.config == tiny_checkpoint().config and not (done.double / "base_checkpoints").exists()


def write_era(base, era):
    where = write_tiny(base, source="base")
    torch.save(formula_state(tiny_config(), ERAS[era]), where / "model_000001.pt")
    (where / "sosie_nanochat.json").unlink()
    meta = json.loads((where / "meta_000001.json").read_text())
    if era == "A":
        del meta["model_config"]["window_pattern"]
    (where / "meta_000001.json").write_text(json.dumps(meta))
    return base


def test_a_base_of_the_first_era_becomes_transformers_nanochat_with_the_same_logits(prepared, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    done = prepared.train_nanochat(base=write_era(tmp_path / "a", "A"), name="a", options=SMALL)
    model = AutoModelForCausalLM.from_pretrained(done.double, dtype=torch.float32)
    names = {name: tensor.shape for name, tensor in model.state_dict().items()}
    assert model.config.intermediate_size == 256 and names["lm_head.weight"][0] % 64 == 0
    own = build(read_checkpoint(tmp_path / "a"))
    own.state = as_ours(model.state_dict(), own.state)
    ids = formula_ids(2, 50)
    with torch.no_grad():
        theirs = model(ids).logits[..., : own.config.vocab_size]
        assert torch.allclose(own.forward(ids), theirs, atol=1e-5)
    tokenizer = AutoTokenizer.from_pretrained(done.double)
    told = [{"role": "system", "content": "S"}, {"role": "user", "content": "a"}]
    text = tokenizer.apply_chat_template(told, tokenize=False, add_generation_prompt=True)
    assert text == "<|bos|><|user_start|>S\n\na<|user_end|><|assistant_start|>"
    ends = [tokenizer.convert_tokens_to_ids(name) for name in ("<|assistant_end|>", "<|bos|>")]
    assert model.generation_config.eos_token_id == ends


def as_ours(state, names):
    from sosie.nanochat.transformers_folder import transformers_name

    return {name: state[transformers_name(name)] for name in names}


@pytest.mark.parametrize("era", ["B", "C", "D"])
def test_an_era_that_nothing_else_could_read_is_refused_with_the_reason(prepared, tmp_path, era):
    with pytest.raises(UnknownModel, match="époque") as error:
        prepared.train_nanochat(base=write_era(tmp_path / era, era), name="x", options=SMALL)
    assert "transformers" in error.value.message and error.value.mend
    assert not prepared.workspace.run("x").exists()


def test_a_base_too_large_for_this_machine_is_refused():
    with pytest.raises(NoRoom, match="mémoire"):
        refuse_too_large(1 << 50)
    refuse_too_large(1 << 20)


def test_a_checkpoint_that_cannot_be_read_is_as_none(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"PK\3\4 cut")
    assert Weights(build(tiny_checkpoint())).restore(tmp_path / "x.pt") is None
    assert Weights(build(tiny_checkpoint())).restore(tmp_path / "none.pt") is None


def test_without_dialogues_or_with_all_of_them_to_learn_nothing_begins(tmp_path):
    with pytest.raises(NothingToDo):
        Project(tmp_path).train_nanochat(options=SMALL)
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


def test_only_the_replies_that_are_to_be_learnt_are_targets():
    tokenizer = tokenizer_of(tiny_checkpoint().vocabulary)
    turns = (
        Turn("user", "ça va ?"),
        Turn("assistant", "lu", False),
        Turn("user", "a"),
        Turn("assistant", "oui"),
    )
    (example,) = to_examples([Dialogue(turns)], tokenizer, 200)
    batch = example_rows([example])
    learnt = batch.targets[batch.targets != IGNORED].tolist()
    assert tokenizer.decode(learnt) == "oui<|assistant_end|>"


def test_rows_of_several_lengths_cost_what_each_costs_alone():
    made = tiny_checkpoint()
    model, tokenizer = build(made), tokenizer_of(made.vocabulary)
    long = Dialogue((Turn("user", "un long message de l'été"), Turn("assistant", "non merci")))
    examples = to_examples([dialogue(1), long, dialogue(2)], tokenizer, 200)
    with torch.no_grad():
        alone = sum(float(loss_sum(model, example_rows([example]))) for example in examples)
        assert float(loss_sum(model, example_rows(examples))) == pytest.approx(alone, rel=1e-4)


def test_a_stream_is_measured_once_and_whole():
    rows = stream_rows([*range(101)], 16, 4)
    targets = [int(token) for batch in rows for token in batch.targets.flatten() if token != IGNORED]
    assert sorted(targets) == list(range(1, 101))


def test_an_epoch_takes_every_example_once():
    tokenizer = tokenizer_of(tiny_checkpoint().vocabulary)
    examples = to_examples(map(dialogue, range(20)), tokenizer, 200)
    batches = group_batches(examples, 8, seed=7)
    assert sum(len(batches(step).ids) for step in range(3)) == 20
    assert torch.equal(batches(4).ids, batches(4).ids)


def test_the_rate_never_goes_below_zero_nor_to_it():
    for steps in (1, 2, 3, 100):
        stage = Stage("sft", steps, 1e-3, 1)
        assert all(0 < stage.rate_at(step) <= 1e-3 for step in range(steps + 5))


def test_measures_without_progress_end_it_and_the_best_is_kept(tmp_path):
    made = tiny_checkpoint()
    batches = group_batches(to_examples([dialogue(1)], tokenizer_of(made.vocabulary), 200), 8, 7)
    values = iter([9.0, 3.0, 2.0, 2.5, 2.5, 1.0])
    stage = Stage("sft", 50, 1e-3, every=1, patience=2)
    best, done = fit(build(made), stage, batches, lambda model: next(values), silent, tmp_path / "x.pt")
    assert (done.before, done.best, done.step, done.stale) == (9.0, 2.0, 4, 2)
    kept = Weights(NanochatModel(made.config, made.era, best))
    assert kept.restore(tmp_path / "x.pt") == done
    assert all(torch.equal(kept.best[name], best[name]) for name in best)
    assert "moins bonnes" in why_it_ended(done) and "meilleure" in why_it_ended(Progress())


def test_a_loss_that_is_no_number_is_told_and_nothing_is_kept(tmp_path):
    made = tiny_checkpoint()
    made.state["lm_head.weight"].fill_(float("nan"))
    batches = group_batches(to_examples([dialogue(1)], tokenizer_of(made.vocabulary), 200), 8, 7)
    with pytest.raises(BadSettings, match="divergé"):
        fit(build(made), Stage("sft", 5, 1e-3, 1), batches, lambda model: 1.0, silent, tmp_path / "x.pt")
    assert not (tmp_path / "x.pt").exists()


def test_the_minutes_bound_the_steps_and_are_counted_once(tmp_path):
    made = tiny_checkpoint()
    batch = example_rows(to_examples([dialogue(1)], tokenizer_of(made.vocabulary), 200))
    model = build(made)
    assert affordable(model, batch, 1e-9) == 1 < affordable(model, batch, 1.0)
    assert all(tensor.grad is None for tensor in model.parameters())
    room = Room(Path(tmp_path) / "sft.pt")
    assert room.steps(lambda: 12) == room.steps(lambda: 99) == 12
