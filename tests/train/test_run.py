import json
import os
from dataclasses import replace

import pytest

from sosie import Project
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.digests import sha256_of
from sosie.core.double import Double
from sosie.core.errors import BadData, BadSettings, NoRoom, NothingToDo
from sosie.core.progress import events, silent
from sosie.core.sampling import AS_LEARNT, Sampling
from sosie.core.settings import Train
from sosie.core.workspace import Workspace
from sosie.models import catalogue
from sosie.models.load_double import load_double
from sosie.models.template import TEMPLATES
from sosie.models.truncation import make_examples
from sosie.train import checkpoint, epoch_samples, loop, lora, run, run_folder
from sosie.train.forward import ForwardModel, open_accelerator
from sosie.train.loop import mean_loss
from sosie.train.oom_fallback import OomFallback
from sosie.train.plan import Plan
from sosie.train.run import keep_some_for_validation, train

QUICK = {"epochs": 2, "group": 4, "learning_rate": 5e-3}


@pytest.fixture
def parts(dialogues):
    return dialogues[:10], dialogues[10:]


@pytest.fixture
def trained(base, parts, tmp_path):
    """trained(name, report, resume, **settings) -> Trained"""

    def make(name="un", report=lambda event: None, resume=None, data=parts, **settings):
        options = Train(**{**QUICK, **settings})
        return train(*data, base, options, tmp_path / "runs" / name, report, resume)

    return make


def stop_at(step):
    """A listener that stops the run as Ctrl-C in the middle of something would."""

    def hear(event):
        if event.kind == "step" and event.done == step:
            raise KeyboardInterrupt

    return hear


def adapter(done):
    return (done.double / "adapter_model.safetensors").read_bytes()


def test_a_base_in_16_bits_learns_and_answers_on_a_processor(trained, tmp_path):
    done = trained(bits=16)
    answered = (tmp_path / "runs" / "un" / epoch_samples.SAMPLES_FILE).read_text().splitlines()
    assert done.valid_loss < done.valid_loss_before and answered


def test_a_run_leaves_a_double_that_loads_and_says_how_it_was_made(trained, parts, tmp_path, base):
    heard = []
    done = trained(report=heard.append)
    double = Double.read(done.double)
    assert done.double == tmp_path / "runs" / "un" / "double"
    assert double.base == base.key and double.template == "mini" and double.portrait == ""
    assert double.adapter_sha256 == sha256_of(done.double / "adapter_model.safetensors")
    assert double.data["dialogues"] == 10 and double.data["valid_dialogues"] == 4
    assert {"sosie", "torch", "transformers", "peft", "python"} <= set(double.versions)
    loaded = load_double(double)
    assert loaded.model.peft_config["default"].r == 16
    assert [event.kind for event in heard if event.kind != "sample"] == [
        event.kind for event in events(done.double.parent / "events.jsonl")
    ]
    assert {"plan", "load", "measure", "step", "epoch", "done"} <= {event.kind for event in heard}
    assert not list((done.double.parent / "checkpoints").glob("*"))
    assert not list(done.double.parent.glob("*.part"))


def test_it_draws_its_words_as_doubles_do_and_not_as_the_base_s_authors_would(base, parts, tmp_path):
    """A base's generation_config.json is for an assistant; the catalogue says what suits a person."""
    for sampling in (AS_LEARNT, Sampling(temperature=1.3, min_p=0.2)):
        known = replace(base, card=replace(base.card, sampling=sampling))
        done = train(*parts, known, Train(**{**QUICK, "epochs": 1}), tmp_path / str(sampling.temperature))
        assert Double.read(done.double).sampling == sampling


def test_its_figures_are_those_of_the_adapter_that_was_kept(trained, parts):
    done = trained(epochs=4)
    assert done.valid_loss < done.valid_loss_before and done.peak_memory_bytes > 0
    assert json.loads(json.dumps(done.to_json()))["double"] == str(done.double)
    loaded = load_double(Double.read(done.double))
    made = [e for d in parts[1] for e in make_examples(d.turns, loaded.tokenizer, TEMPLATES["mini"], 512)]
    net = ForwardModel(open_accelerator(loaded.model, "float32"), loaded.model, False)
    plan = Plan.from_json(run_folder.read_plan(done.double.parent))
    assert mean_loss(net, made, OomFallback(net.model, plan, silent), lambda event: None) == pytest.approx(
        done.valid_loss, rel=1e-5
    )
    with loaded.model.disable_adapter():
        assert mean_loss(
            net, made, OomFallback(net.model, plan, silent), lambda event: None
        ) == pytest.approx(done.valid_loss_before, rel=1e-5)


def test_the_same_run_again_gives_the_same_adapter(trained):
    first, again, other = trained("un"), trained("deux"), trained("trois", seed=8)
    assert adapter(first) == adapter(again) != adapter(other)


@pytest.mark.parametrize("setting", [{"dora": True}, {"rslora": True}, {"neftune": 5.0}])
def test_each_variant_trains_and_is_the_same_once_reloaded(trained, parts, setting):
    done, plain = trained("variante", **setting), trained("simple")
    assert adapter(done) != adapter(plain) and done.valid_loss < done.valid_loss_before
    loaded = load_double(Double.read(done.double))
    made = [e for d in parts[1] for e in make_examples(d.turns, loaded.tokenizer, TEMPLATES["mini"], 512)]
    net = ForwardModel(open_accelerator(loaded.model, "float32"), loaded.model, False)
    plan = Plan.from_json(run_folder.read_plan(done.double.parent))
    assert mean_loss(net, made, OomFallback(net.model, plan, silent), lambda event: None) == pytest.approx(
        done.valid_loss, rel=1e-5
    )


def test_after_each_epoch_the_same_questions_are_asked_and_the_answers_stay_private(trained):
    heard = []
    done = trained(report=heard.append, epochs=3)
    kept = done.double.parent / epoch_samples.SAMPLES_FILE
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert [line["epoch"] for line in lines] == [1] * 5 + [2] * 5 + [3] * 5
    assert [line["question"] for line in lines[:5]] == list(epoch_samples.QUESTIONS)
    assert kept.stat().st_mode & 0o777 == 0o600
    told = [event for event in heard if event.kind == "sample"]
    assert [event.done for event in told] == [1, 2, 3]
    assert "sample" not in {event.kind for event in events(done.double.parent / "events.jsonl")}


def test_an_epoch_that_ends_again_after_a_kill_leaves_its_samples_once(trained, tmp_path, monkeypatch):
    class Killed(BaseException):
        """Nothing catches it: the checkpoint of that epoch is never written."""

    def after_the_samples(event):
        if event.kind == "sample" and event.done == 2:
            raise Killed

    with pytest.raises(Killed):
        trained(report=after_the_samples)
    kept = tmp_path / "runs" / "un" / epoch_samples.SAMPLES_FILE
    before = kept.read_text(encoding="utf-8")
    trained(resume="un")
    assert kept.read_text(encoding="utf-8") == before and len(before.splitlines()) == 10


def test_what_is_heard_is_what_the_double_answers(trained):
    from sosie.engines.base import open_engine

    done = trained(epochs=8, learning_rate=1e-2)
    last = [
        json.loads(line)
        for line in (done.double.parent / epoch_samples.SAMPLES_FILE).read_text().splitlines()
    ][-5:]
    engine = open_engine(Double.read(done.double))
    greedy = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=epoch_samples.TOKENS)
    for line in last:
        (answer,) = engine.answers([(Turn("user", line["question"]),)], greedy)
        assert line["answer"] == answer.strip()


def test_no_file_tells_where_on_this_machine_the_base_is(trained, tmp_path, base, parts):
    done = trained()
    for path in done.double.iterdir():
        if path.name != "double.json":  # a folder as base must be found again: that is its name
            assert str(tmp_path).encode() not in path.read_bytes(), path.name
            assert base.where.encode() not in path.read_bytes(), path.name
    config = json.loads((done.double / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny"


def test_a_stopped_run_goes_on_by_name_and_says_how(trained, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    heard = []

    def hear(event):
        heard.append(event)
        stop_at(4)(event)

    with pytest.raises(KeyboardInterrupt):
        trained(report=hear)
    assert "sosie train --resume un" in heard[-1].text
    again = []
    resumed = trained(resume="un", report=again.append)
    assert next(event for event in again if event.kind == "step").done == 4
    assert adapter(resumed) == adapter(trained("entier"))


def test_a_run_is_never_overwritten(trained, monkeypatch):
    done = trained()
    before = {path: path.read_bytes() for path in done.double.iterdir()}
    with pytest.raises(BadSettings, match="existe déjà"):
        trained()
    with pytest.raises(NothingToDo, match="terminé"):
        trained(resume="un")
    assert {path: path.read_bytes() for path in done.double.iterdir()} == before
    with pytest.raises(KeyboardInterrupt):
        trained("deux", report=stop_at(4))
    with pytest.raises(BadSettings, match="commencé"):
        trained("deux")


def test_a_run_that_never_took_a_step_may_begin_again(trained):
    with pytest.raises(KeyboardInterrupt):
        trained(report=stop_at(1))
    assert trained().steps > 0


def test_other_data_or_settings_are_refused_when_resuming(trained, parts, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        trained(report=stop_at(3))
    with pytest.raises(BadData, match="Les dialogues"):
        trained(resume="un", data=(parts[0][1:], parts[1]))
    with pytest.raises(BadSettings, match="« rank »"):
        trained(resume="un", rank=4)
    with pytest.raises(BadSettings, match="« model »"):
        trained(resume="un", model="mini")
    with pytest.raises(NothingToDo, match="« deux »"):
        trained(resume="deux")


def test_the_advice_after_a_divergence_is_followed_to_a_finished_double(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    usual, steps = loop.is_finite, iter(range(10))
    monkeypatch.setattr(loop, "is_finite", lambda *said: usual(*said) and next(steps) < 3)
    with pytest.raises(BadSettings, match="divergé au pas 4") as caught:
        trained()
    _, resume, name, flag, rate = caught.value.mend.rsplit(maxsplit=4)
    assert (resume, name, flag, float(rate)) == ("--resume", "un", "--learning-rate", 1e-3)
    monkeypatch.setattr(loop, "is_finite", usual)
    left, heard = kept(tmp_path / "runs" / "un"), []
    done = trained(resume="un", learning_rate=float(rate), report=heard.append)
    assert done.double.parent.name == "un-2" and kept(tmp_path / "runs" / "un") == left
    assert next(event for event in heard if event.kind == "step").done == 4
    assert run_folder.read_plan(done.double.parent)["learning_rate"] == 1e-3
    assert "« un-2 »" in next(event.text for event in heard if event.kind == "warning")
    assert trained(resume="un", learning_rate=1e-3).double.parent.name == "un-3"


def kept(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_rate_that_is_stopped_goes_on_by_its_new_name(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        trained(report=stop_at(3))
    (tmp_path / "runs" / "un-2" / "checkpoints").mkdir(parents=True)  # left by a kill, before its plan
    (tmp_path / "runs" / "un-2" / "checkpoints" / "00000099.safetensors").write_bytes(b"half")
    with pytest.raises(KeyboardInterrupt):
        trained(resume="un", learning_rate=1e-3, report=stop_at(5))
    done = trained(resume="un-2", learning_rate=1e-3)
    assert done.double.parent.name == "un-2"
    assert adapter(done) == adapter(trained(resume="un", learning_rate=1e-3))


def test_what_is_not_said_again_is_as_it_was(base, parts, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    folder = tmp_path / "runs" / "un"
    with pytest.raises(KeyboardInterrupt):
        train(*parts, base, Train(**QUICK, rank=3), folder, stop_at(3))
    other = catalogue.find("mini")  # what the verb would choose when no model is said
    done = train(*parts, other, Train(), tmp_path / "runs" / "neuf", resume="")
    assert done.double.parent == folder and Double.read(done.double).base == base.key
    assert load_double(Double.read(done.double)).model.peft_config["default"].r == 3


def test_a_run_at_work_is_refused_to_another_of_its_name_and_left_whole(trained):
    refused = []

    def second(event):
        if event.kind == "step" and event.done in (1, 3):
            with pytest.raises(BadSettings, match="« un » est en cours") as caught:
                trained(rank=2, resume=None if event.done == 1 else "un")
            refused.append(caught)

    done = trained(report=second)
    assert len(refused) == 2 and adapter(done) == adapter(trained("autre"))


def ahead(path, name, value):
    """The same file as a clock a century ahead would have dated it."""
    lines = [{**json.loads(line), name: value} for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_clock_that_was_put_back_changes_nothing(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    for name in ("un", "deux"):
        with pytest.raises(KeyboardInterrupt):
            trained(name, report=stop_at(2))
        if name == "un":
            ahead(tmp_path / "runs" / "un" / "events.jsonl", "at", 5e9)
    done = trained("trois", resume="")
    assert done.double.parent.name == "deux"  # the one at work last, whatever the clock said
    times = [event.at for event in events(done.double.parent / "events.jsonl")]
    assert times == sorted(times) and times[0] > 5e9
    manifest = done.double / "double.json"
    manifest.write_text(
        json.dumps({**json.loads(manifest.read_text()), "created": "2128-01-01T00:00:00+00:00"})
    )
    newest = trained("trois").double
    assert Workspace(tmp_path).latest_double() == newest
    assert Double.read(newest).created == "2128-01-01T00:00:01+00:00"


def test_two_runs_begun_in_one_second_have_two_names(trained, tmp_path):
    runs = tmp_path / "runs"
    assert run_folder.free(runs / "un") == runs / "un"
    trained("un")
    assert run_folder.free(runs / "un") == runs / "un-2"


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "../ici", "/tmp/ici", "a/b", "a\\b", "a\n", "é" * 60, "-x"]
)
def test_a_name_that_no_folder_can_have_is_refused(name, tmp_path):
    with pytest.raises(BadSettings, match="dossier"):
        Project(tmp_path / "moi").train(name=name, model="mini")
    with pytest.raises(BadSettings if name else NothingToDo):
        Project(tmp_path / "moi").train(resume=name)
    run_folder.check_names("Léa 2024.v1", None)


def test_a_resumed_run_keeps_its_name(tmp_path):
    with pytest.raises(BadSettings, match="garde son nom"):
        Project(tmp_path).train(name="autre", resume="un")


def test_nothing_to_resume_and_nothing_to_learn_are_sentences(trained):
    with pytest.raises(NothingToDo, match="à reprendre"):
        trained(resume="")
    with pytest.raises(NothingToDo):
        trained(data=([], []))


def test_a_full_disk_while_training_is_a_sentence_and_the_run_goes_on_later(trained, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.0)
    saved = []

    def full(handle):
        saved.append(handle)
        if len(saved) == 4:
            raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint.os, "fsync", full)
        with pytest.raises(NoRoom):
            trained()
    assert adapter(trained(resume="")) == adapter(trained("entier"))


def test_a_full_disk_while_the_double_is_written_leaves_no_half_double(trained, monkeypatch):
    def full(*given):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(lora, "write_adapter", full)
        with pytest.raises(NoRoom):
            trained()
    assert adapter(trained(resume="un")) == adapter(trained("entier"))


def test_a_memory_that_is_full_is_a_sentence(trained, monkeypatch):
    def full(*given):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(run, "fit", full)
    with pytest.raises(NoRoom):
        trained()


def test_a_model_too_large_is_refused_before_it_is_loaded(parts, base, tmp_path):
    huge = replace(base, card=replace(base.card, hidden=10**8))
    with pytest.raises(NoRoom, match="Ne tient pas"):
        train(*parts, huge, Train(), tmp_path / "runs" / "un")


def test_a_shared_system_text_becomes_the_portrait(base, dialogues, tmp_path):
    system = Turn("system", "Tu es Léa.")
    told = [Dialogue((system, *dialogue.turns)) for dialogue in dialogues]
    done = train(told, [], base, Train(**QUICK), tmp_path / "runs" / "un")
    assert Double.read(done.double).portrait == "Tu es Léa."
    assert done.valid_loss is None and done.valid_loss_before is None


def test_the_system_text_of_most_is_the_portrait_and_that_others_lack_it_is_told(dialogues):
    def under(text, dialogue):
        return Dialogue((Turn("system", text), *dialogue.turns))

    heard = []
    most = [under("Tu es Léa.", dialogue) for dialogue in dialogues[:5]]
    spaced = [under(" Tu es  Léa.\n", dialogue) for dialogue in dialogues[5:8]]
    assert run_folder.common_portrait([*spaced, *most], heard.append) == "Tu es Léa." and not heard
    assert run_folder.common_portrait([dialogues[9], *spaced, *most], heard.append) == "Tu es Léa."
    assert heard[0].text == "Consigne gardée pour discuter : celle de 8 dialogues sur 9."
    each_its_own = [under(f"Tu es {number}.", dialogue) for number, dialogue in enumerate(dialogues)]
    assert run_folder.common_portrait(each_its_own, heard.append) == ""
    assert "pas de consigne commune" in heard[1].text
    assert run_folder.common_portrait(dialogues, heard.append) == "" and len(heard) == 2


def test_long_dialogues_are_cut_and_all_answers_learnt(base, tmp_path):
    turns = tuple(Turn("user" if n % 2 == 0 else "assistant", f"message numéro {n} " * 4) for n in range(60))
    done = train([Dialogue(turns)] * 2, [], base, Train(**QUICK), tmp_path / "runs" / "un")
    assert Double.read(done.double).data["examples"] > 2


def test_a_tenth_is_kept_for_validation_and_copies_stay_together(dialogues):
    doubled = [*dialogues, *dialogues, *dialogues]
    learn, valid = keep_some_for_validation(doubled)
    assert len(learn) + len(valid) == len(doubled) and valid
    assert not {d.turns for d in learn} & {d.turns for d in valid}
    assert keep_some_for_validation(doubled) == (learn, valid)
    assert keep_some_for_validation(dialogues[:5]) == (dialogues[:5], [])
