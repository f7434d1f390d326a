"""`sosie export axolotl`, `llamafactory`, `unsloth`: the same replies are learnt, by each one's means."""

import json

import pytest
from planted import SECRET, dialogue

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadSettings, NothingToDo
from sosie.export.trainers.folder import with_flags
from sosie.models.chat_formats import TEMPLATES
from sosie.models.gguf.chat_template import jinja_of

KINDS = ("axolotl", "llamafactory", "unsloth")
PARTLY = Dialogue(
    (
        Turn("user", "tu viens ?"),
        Turn("assistant", "non", learnt=False),
        Turn("user", "et demain ?"),
        Turn("assistant", "genre oui"),
    )
)


def exported(work, kind, model="luth-0.6b"):
    Project(work.folder).export(kind, model=model)
    return work.out / f"sosie-{kind}"


def records(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def recipe(folder):
    """Each line is a key and JSON."""
    lines = (folder / "recette.yml").read_text("utf-8").splitlines()
    return {key: json.loads(value) for key, value in (line.split(": ", 1) for line in lines)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_has_the_dialogues_to_learn_and_to_stop_at_and_no_other(kind, work):
    folder = exported(work, kind)
    assert [len(records(folder / name)) for name in ("train.jsonl", "valid.jsonl")] == [12, 4]
    everything = "".join(path.read_text("utf-8") for path in folder.iterdir())
    assert SECRET not in everything and "genre midi 16" not in everything
    assert " lancé" in (folder / "LISEZMOI.txt").read_text("utf-8")
    assert exported(work, kind) == folder  # in the place of the first


@pytest.mark.parametrize("kind", ["axolotl", "unsloth"])
def test_a_flag_says_which_messages_are_learnt(kind, work):
    jsonl.write(work.data / "train.jsonl", [PARTLY])
    (one,) = records(exported(work, kind) / "train.jsonl")
    assert [turn["learnt"] for turn in one["messages"]] == [False, False, False, True]


def test_llama_factory_gets_a_line_an_answer_where_one_is_only_context(work):
    folder = exported(work, "llamafactory")
    assert recipe(folder)["mask_history"] is False
    jsonl.write(work.data / "train.jsonl", [PARTLY, dialogue(1)])
    folder = exported(work, "llamafactory")
    assert recipe(folder)["mask_history"] is True
    assert [line["messages"][-1]["content"] for line in records(folder / "train.jsonl")][0] == "genre oui"
    info = json.loads((folder / "dataset_info.json").read_text("utf-8"))
    assert recipe(folder)["dataset"] in info and info["sosie_train"]["file_name"] == "train.jsonl"


def test_the_recipe_is_the_plan_s(work):
    (work.folder / "sosie.toml").write_text("[train]\nrank = 4\nepochs = 2.0\n", encoding="utf-8")
    axolotl, factory = (recipe(exported(work, kind)) for kind in ("axolotl", "llamafactory"))
    plan = Project(work.folder).plan(model="luth-0.6b", hardware="t4")
    assert axolotl["lora_r"] == factory["lora_rank"] == 4 == plan.settings.rank
    assert axolotl["num_epochs"] == 2 and axolotl["learning_rate"] == plan.settings.learning_rate
    assert sorted(axolotl["lora_target_modules"]) == sorted(plan.targets)
    assert axolotl["base_model"] == factory["model_name_or_path"] != "luth-0.6b"


def test_a_format_that_the_model_does_not_bring_goes_along(work):
    told = recipe(exported(work, "axolotl", "vigostral"))
    assert told["chat_template_jinja"] == jinja_of(TEMPLATES["vigostral"], "<s>", "</s>")
    with pytest.raises(BadSettings, match="format"):
        exported(work, "llamafactory", "vigostral")


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_else_has_and_what_is_not_there_is_told(kind, work):
    with pytest.raises(BadSettings, match="mini"):
        exported(work, kind, "mini")
    (work.data / "train.jsonl").unlink()
    with pytest.raises(NothingToDo):
        exported(work, kind)


def test_the_script_learns_the_tokens_that_sosie_learns(work):
    from sosie.models.catalogue import MINI
    from sosie.models.template import render
    from sosie.models.tokenizer_files import read_tokenizer

    text = (exported(work, "unsloth") / "apprendre.py").read_text("utf-8")
    script = {"__name__": "apprendre"}
    exec(compile(text, "apprendre.py", "exec"), script)
    tokenizer, template = read_tokenizer(MINI), TEMPLATES["mini"]
    tokenizer.chat_template = jinja_of(template, tokenizer.bos_token or "", tokenizer.eos_token or "")
    for each in (PARTLY, dialogue(3)):
        answers = [turn for turn in each.turns if turn.role == "assistant"]
        numbers = {number for number, turn in enumerate(answers) if turn.learnt}
        tours = with_flags(each.turns)["messages"]
        found, ours = script["exemple"](tours, tokenizer), render(each.turns, tokenizer, template, numbers)
        assert found["input_ids"] == list(ours.ids)
        learnt = [id_ for id_, taught in zip(ours.ids, ours.learn, strict=True) if taught]
        assert [id_ for id_ in found["labels"] if id_ != -100] == learnt
    together = script["par_lot"]([found, {"input_ids": [1], "labels": [1]}])
    assert together["labels"][1].tolist().count(-100) == len(found["input_ids"]) - 1
