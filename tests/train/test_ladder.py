"""Plan, doctor and train recommend the same base: they choose by one ladder."""

from dataclasses import replace
from pathlib import Path

import pytest

from sosie import Project
from sosie.cli.plan import draw_ladder, draw_plan
from sosie.core.progress import silent
from sosie.core.settings import Train
from sosie.models.catalogue import catalogue, find
from sosie.models.hardware import CPU_FLOPS_PER_CORE, GIB, NAMED_MACHINES, Machine, hardware
from sosie.train.choose_model import choose_model
from sosie.train.ladder import LONG_SECONDS, NOMINAL, make_ladder
from sosie.train.plan import count_dialogues
from sosie.train.planner import make_plan


def processor(memory, cores):
    here = Machine("cpu", None, 0, 0, False, cores, cores * CPU_FLOPS_PER_CORE, 1.6e10, "décrite")
    return replace(here, memory_bytes=int(memory * GIB))


def card(gib):
    return replace(NAMED_MACHINES["rtx3060"], accelerator=f"carte de {gib} Go", gpu_memory_bytes=gib * GIB)


def mac(gib):
    return replace(NAMED_MACHINES["m2"], memory_bytes=gib * GIB, gpu_memory_bytes=gib * GIB * 3 // 4)


# What a system reports is a little less than what is sold. The first choice of each.
DESCRIBED = {
    "no memory that is known": (processor(0, 1), "mini"),
    "2 GB, no card": (processor(1.9, 2), "mini"),
    "4 GB, no card": (processor(3.8, 4), "mini"),
    "8 GB, no card": (processor(7.6, 4), "luth-0.6b"),
    "16 GB, no card": (processor(15.5, 8), "luth-1.7b"),
    "32 GB, no card, 2 cores": (processor(31, 2), "luth-1.7b"),
    "128 GB, no card, 16 cores": (processor(126, 16), "ministral-3-8b"),
    "Mac of 8 GB": (mac(8), "luth-1.7b"),
    "Mac of 16 GB": (mac(16), "luth-1.7b"),
    "Mac of 24 GB": (mac(24), "ministral-3-3b"),
    "card of 12 GB": (NAMED_MACHINES["rtx3060"], "ministral-3-3b"),
    "card of 16 GB": (card(16), "ministral-3-3b"),
    "card of 24 GB": (NAMED_MACHINES["rtx4090"], "ministral-3-8b"),
}


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))


def choose(machine, agree=lambda question: True, options=Train(), data=None, report=silent):
    return choose_model(options, NOMINAL, machine, agree, report, data).name


@pytest.mark.parametrize(("machine", "first"), DESCRIBED.values(), ids=DESCRIBED)
def test_plan_doctor_and_train_recommend_the_same_base(machine, first, tmp_path, monkeypatch):
    monkeypatch.setitem(NAMED_MACHINES, "described", machine)
    project = Project(tmp_path)
    ladder = project.ladder("described")
    assert ladder[0].model == project.plan(hardware="described").settings.model == choose(machine) == first
    assert ladder[0].train_seconds > 0 and (ladder[0].fits or machine.memory_bytes == 0)


def test_the_rungs_that_fit_come_first_and_mini_is_a_preview():
    for machine in [machine for machine, _ in DESCRIBED.values()]:
        ladder = make_ladder(machine, NOMINAL)
        fits = [rung.fits for rung in ladder]
        assert fits == sorted(fits, reverse=True) and len(ladder) == 7
        [mini] = [rung for rung in ladder if rung.model == "mini"]
        assert (mini.fits or not machine.memory_bytes) and "un aperçu" in mini.why
        assert all(rung.why.count("\n") == 0 and rung.why.endswith(".") for rung in ladder)


def test_a_rung_that_does_not_fit_says_why():
    small = {rung.model: rung.why for rung in make_ladder(processor(7.6, 4), NOMINAL)}
    assert "ne tient pas ici" in small["ministral-3-8b"]
    assert "demande une machine de 16 Go" in small["luth-1.7b"]
    slow = {rung.model: rung.why for rung in make_ladder(processor(31, 1), NOMINAL)}
    assert "trop long ici" in slow["luth-1.7b"]


def test_hours_are_said_before_anything_good(capsys):
    from rich.console import Console

    ladder = make_ladder(processor(31, 2), NOMINAL)
    assert ladder[0].train_seconds >= LONG_SECONDS and ladder[0].why.startswith("long, entre")
    draw_ladder(Console(width=200), ladder)
    draw_plan(Console(width=200), make_plan(find("luth-1.7b"), processor(31, 2), count_dialogues([])), ladder)
    lines = [line for line in capsys.readouterr().out.split("\n") if "luth-1.7b" in line]
    assert lines[0].index("long") < lines[0].index("✓") and lines[1].index("heures") < lines[1].index("✓")


def test_the_tutorial_s_file_puts_the_tutorial_s_base_first():
    machine, data = NAMED_MACHINES["t4"], Path("ailleurs/combined_dataset.jsonl")
    assert make_ladder(machine, NOMINAL, data=data)[0].model == choose(machine, data=data) == "vigostral"
    assert make_ladder(machine, NOMINAL, data=Path("autre.jsonl"))[0].model != "vigostral"
    assert choose(processor(7.6, 4), data=data) == "luth-0.6b", "it does not fit there"
    assert choose(machine, options=Train(model="vigostral")) == "vigostral"


def test_who_declines_the_download_is_asked_once_and_gets_what_is_here(tmp_path):
    asked = []

    def decline(question):
        asked.append(question)
        return False

    told = []
    assert choose(NAMED_MACHINES["rtx4090"], decline, report=told.append) == "mini"
    assert len(asked) == 1 and "17,8 Go" in asked[0] and "Ministral 3 8B" in asked[0]
    assert "tient ici" in told[0].text and "sosie prend mini (un aperçu" in told[1].text
    hub = tmp_path / "hub" / "models--kurakurai--Luth-0.6B-Instruct"
    (hub / "snapshots" / "abc").mkdir(parents=True)
    (hub / "snapshots" / "abc" / "model.safetensors").touch()
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("abc", encoding="utf-8")
    assert choose(NAMED_MACHINES["rtx4090"], decline) == "luth-0.6b"


def test_a_base_of_0_6_billion_on_300_replies_takes_at_most_6_gb_of_a_processor():
    long = replace(NOMINAL, lengths=(900, *NOMINAL.lengths))
    talkative = replace(NOMINAL, lengths=(300,) * 100, learnt_tokens=14_000)
    for memory in (7.6, 15.5, 126):
        for counts in (NOMINAL, long, talkative):
            plan = make_plan(find("luth-0.6b"), processor(memory, 4), counts)
            assert plan.fits and plan.peak_memory_bytes <= 6e9, (memory, plan.peak_memory_bytes)
            assert plan.settings.max_tokens >= min(max(counts.lengths), 900)


def test_every_rung_is_a_card_with_a_licence_and_what_it_is_worth():
    ranked = [card for card in catalogue().values() if card.rank]
    assert sorted(card.rank for card in ranked) == list(range(1, len(ranked) + 1))
    for card_ in ranked:
        assert card_.licence and card_.worth
        assert not card_.hub or card_.revision or "révision" in card_.unverified, card_.name


def test_the_ladder_of_a_folder_is_that_of_its_own_dialogues(tmp_path):
    assert Project(tmp_path).ladder("t4") == make_ladder(hardware("t4"), NOMINAL)
