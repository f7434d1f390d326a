import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import UnknownModel
from sosie.core.french_text import span
from sosie.core.settings import Train
from sosie.models.catalogue import Base, find
from sosie.models.hardware import NAMED_MACHINES, hardware
from sosie.models.template import TEMPLATES
from sosie.models.tokenizer_files import read_tokenizer
from sosie.models.truncation import make_examples
from sosie.train import lora, memory_estimate
from sosie.train.pack import steps_per_epoch
from sosie.train.plan import count_dialogues, count_examples
from sosie.train.planner import largest_group_tokens, make_plan
from sosie.train.replay import plan_replay, replay_dialogues


@pytest.fixture
def counts():
    """The job that the specifications speak of: 123 dialogues of about 135 tokens."""
    text = "un message de taille moyenne " * 7
    return count_dialogues([Dialogue((Turn("user", text), Turn("assistant", text)))] * 123)


@pytest.fixture
def small():
    """A 7B machine-room question on a computer that is known: two cores, 24 GB."""
    return replace(hardware("cpu"), memory_bytes=24_000_000_000, cores=2, flops=1e11)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("rank", [1, 8, 16])
def test_parameters_and_bytes_are_those_of_the_file(adapted, base, tmp_path, rank, dtype):
    model, plan = adapted(rank=rank)
    lora.write_adapter(model, tmp_path, "tiny", dtype)
    size = (tmp_path / "adapter_model.safetensors").stat().st_size
    assert (
        plan.trainable_parameters
        == lora.count_trainable(model)
        == memory_estimate.lora_parameters(base.card, rank)
    )
    assert memory_estimate.adapter_bytes(base.card, rank, dtype) == size
    assert dtype != "float32" or plan.adapter_bytes == size


@pytest.mark.parametrize("rank", [1, 8])
def test_with_dora_too(adapted, base, tmp_path, rank):
    model, plan = adapted(rank=rank, dora=True)
    lora.write_adapter(model, tmp_path, "tiny", "float32")
    size = (tmp_path / "adapter_model.safetensors").stat().st_size
    assert plan.trainable_parameters == lora.count_trainable(model)
    assert plan.adapter_bytes == size


def test_the_published_figures_of_mistral_7b():
    card = find("vigostral").card
    assert memory_estimate.lora_parameters(card, 16, ("q_proj", "v_proj")) == 6_815_744
    assert memory_estimate.lora_parameters(card, 16) == 41_943_040
    assert memory_estimate.linear_parameters(card) == 6_979_321_856
    assert memory_estimate.weights_bytes(card, 4) == pytest.approx(4.12e9, rel=0.01)
    assert memory_estimate.adapter_bytes(card, 16, "float16") == pytest.approx(83.9e6, rel=0.002)


def test_a_t4_takes_4_bits_in_float16_and_an_h100_takes_16_in_bfloat16(counts):
    t4 = make_plan(find("vigostral"), NAMED_MACHINES["t4"], counts)
    assert (t4.settings.bits, t4.dtype, t4.fits) == (4, "float16", True)
    h100 = make_plan(find("vigostral"), NAMED_MACHINES["h100"], counts)
    assert (h100.settings.bits, h100.dtype, h100.fits, h100.checkpointing) == (16, "bfloat16", True, False)
    assert h100.train_seconds < t4.train_seconds


def test_seven_billions_do_not_fit_an_m2_and_take_too_long_on_two_cores(counts, small):
    m2 = make_plan(find("vigostral"), NAMED_MACHINES["m2"], counts)
    assert not m2.fits and "Ne tient pas" in m2.reasons[0]
    here = make_plan(find("vigostral"), small, counts)
    assert here.fits_memory and not here.fits and "sans carte graphique" in here.reasons[0]


def test_mini_fits_two_cores_in_full_precision(counts, small):
    plan = make_plan(find("mini"), small, counts)
    assert (plan.settings.bits, plan.dtype, plan.fits, plan.checkpointing) == (32, "float32", True, False)
    assert plan.peak_memory_bytes < 1.5e9 and 5 < plan.train_seconds < 120
    assert plan.settings.max_tokens <= find("mini").card.context


def test_more_memory_never_makes_shorter_rows(counts):
    base = find("vigostral")
    rows = [
        make_plan(base, replace(NAMED_MACHINES["t4"], gpu_memory_bytes=gib * 1024**3), counts)
        for gib in (10, 12, 14, 15, 16)
    ]
    assert all(plan.settings.bits == 4 for plan in rows)
    free = [plan.pack_tokens for plan in rows if not plan.checkpointing]
    assert free == sorted(free) and rows[0].checkpointing


def test_what_is_predicted_is_called_so_and_french(counts):
    for machine in NAMED_MACHINES.values():
        for name in ("mini", "vigostral"):
            plan = make_plan(find(name), machine, counts)
            text = " ".join(plan.reasons)
            assert "prévus" in text and "pas mesurées" in text and "LoRA de rang 16" in text
            assert plan.to_json()["format"] == 1 and plan.to_json()["reasons"]


def test_settings_are_obeyed(counts):
    options = Train(epochs=3, rank=4, learning_rate=1e-5, group=4, max_tokens=64, patience=0)
    plan = make_plan(find("mini"), hardware("cpu"), counts, options)
    assert plan.settings.rank == 4 and plan.settings.learning_rate == 1e-5 and plan.settings.max_tokens == 64
    assert plan.steps >= 3 * 31
    assert any("choisi par vous" in reason for reason in plan.reasons)


@pytest.mark.parametrize("asked", [4, 8, 16, 32])
def test_the_bits_asked_for_are_the_plan_s(counts, small, asked):
    plan = make_plan(find("mini"), small, counts, Train(bits=asked))
    assert plan.settings.bits == asked and plan.dtype == ("float32" if asked == 32 else "bfloat16")
    assert f"en {asked} bits" in plan.reasons[2] and "demandés par vous" in plan.reasons[2]


def test_a_t4_computes_in_float16_whatever_the_bits(counts):
    assert make_plan(find("mini"), NAMED_MACHINES["t4"], counts, Train(bits=8)).dtype == "float16"


def test_the_time_is_a_range_that_is_narrower_once_tokens_are_counted(counts, small):
    guess = make_plan(find("mini"), small, counts)
    exact = make_plan(find("mini"), small, replace(counts, exact=True))
    assert guess.train_seconds_low < exact.train_seconds_low < exact.train_seconds < exact.train_seconds_high
    assert exact.train_seconds_high < guess.train_seconds_high
    assert span(guess.train_seconds_low, guess.train_seconds_high) in guess.reasons[-1]


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (12, 31, "entre 12 et 31 s"),
        (190, 350, "entre 3 et 6 min"),
        (0.2, 0.4, "moins de 1 s"),
        (5, 5.2, "environ 5 s"),
        (20 * 3600, 85 * 3600, "entre 20 et 85 h"),
    ],
)
def test_a_range_is_said_in_the_unit_that_suits(low, high, told):
    assert span(low, high) == told


def test_rank_16_on_q_and_v_of_mistral_7b_is_6_8_million_parameters():
    assert memory_estimate.lora_parameters(find("vigostral").card, 16, ("q_proj", "v_proj")) == 6_815_744


def test_neutral_french_takes_its_time_and_is_told(counts, small):
    alone, mixed = (make_plan(find("mini"), small, counts, Train(neutral=share)) for share in (0.0, 0.3))
    assert mixed.train_seconds > alone.train_seconds and mixed.settings.neutral == 0.3
    assert any("30 % de français neutre" in reason for reason in mixed.reasons)


def test_few_replies_are_said_to_be_few():
    dialogues = [Dialogue((Turn("user", "ça va ?"), Turn("assistant", "oui et toi")))]
    few = make_plan(find("mini"), hardware("cpu"), count_dialogues(dialogues * 99))
    enough = make_plan(find("mini"), hardware("cpu"), count_dialogues(dialogues * 100))
    assert not few.enough_data and "Peu de données : 99 réponses de vous, 297 mots" in " ".join(few.reasons)
    assert enough.enough_data
    none = make_plan(find("mini"), hardware("cpu"), count_dialogues([]))
    assert none.steps == 0 and none.fits and not none.enough_data
    assert not any("jetons estimés" in reason for reason in none.reasons)


def test_estimated_tokens_are_near_the_counted_ones(shared):
    """On French speech as it is transcribed, with mini's tokenizer: within a third."""
    tokenizer = read_tokenizer(Path(find("mini").where))
    dialogues = list(jsonl.read(shared / "data/personas/oral_f70/train.jsonl"))[:20]
    made = [e for d in dialogues for e in make_examples(d.turns, tokenizer, TEMPLATES["mini"], 10_000)]
    exact, guess = count_examples(count_dialogues(dialogues), made), count_dialogues(dialogues)
    assert 0.75 < guess.tokens / exact.tokens < 1.34
    assert exact.replies == guess.replies and exact.exact and not guess.exact


def test_a_model_of_unknown_size_is_a_sentence(counts):
    with pytest.raises(UnknownModel):
        make_plan(Base("x", "a/x"), hardware("cpu"), counts)


def test_planning_needs_no_torch():
    code = (
        "import sys; from sosie.train.plan import count_dialogues; "
        "from sosie.train.planner import make_plan; "
        "from sosie.models.catalogue import find; "
        "from sosie.models.hardware import hardware; "
        "make_plan(find('vigostral'), hardware('t4'), count_dialogues([])); "
        "print([m for m in ('torch', 'transformers', 'peft', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_few_dialogues_make_smaller_groups_unless_the_user_says_otherwise(counts, small):
    few = replace(counts, dialogues=40, lengths=counts.lengths[:40])
    assert make_plan(find("mini"), small, counts).settings.group == 8
    plan = make_plan(find("mini"), small, few)
    assert (plan.settings.group, plan.steps) == (4, 60)
    assert any("plus de pas" in reason for reason in plan.reasons)
    asked = make_plan(find("mini"), small, few, Train(group=8))
    assert asked.settings.group == 8 and not any("plus de pas" in reason for reason in asked.reasons)


@pytest.mark.parametrize("share", [0.0, 0.15, 0.5])
def test_the_fullest_row_foreseen_holds_the_neutral_french_too(loaded, learn, planned, share):
    """Against what an epoch really mixes in."""
    own = learn * 10
    counts = count_examples(count_dialogues([]), own)
    plain = [
        e for d in replay_dialogues() for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)
    ]
    mixed = plan_replay(own, plain, planned(neutral=share, group=4))
    steps = range(steps_per_epoch(len(own), 4))
    beside = [sum(len(example.ids) for example in mixed.at_step(step)) for step in steps]
    alone = largest_group_tokens(counts, 4, 0.0)
    assert alone == sum(sorted(counts.lengths)[-4:])
    assert largest_group_tokens(counts, 4, share) - alone == pytest.approx(
        sum(beside) / len(beside), rel=0.25
    )
