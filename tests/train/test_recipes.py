"""The bench of recipes: the tutorial's is what it says, and each bar can be missed."""

import json
import math

from benchmarks import tutorial_recipe, voices
from sosie.core.double import Double
from sosie.models.load_double import load_double
from sosie.models.truncation import make_examples


def test_the_tutorial_s_recipe_is_rank_16_on_two_layers_three_passes_and_every_token(
    base, dialogues, tmp_path, monkeypatch
):
    rows = []
    backward_group = tutorial_recipe.backward_group
    monkeypatch.setattr(
        tutorial_recipe, "backward_group", lambda net, some: rows.extend(some) or backward_group(net, some)
    )
    told = tutorial_recipe.train(tmp_path / "double", dialogues, base)
    assert told == {"steps": 3 * math.ceil(len(dialogues) / 4)}
    loaded = load_double(Double.read(tmp_path / "double"))
    read = [e for d in dialogues for e in make_examples(d.turns, loaded.tokenizer, loaded.template, 512)]
    assert sum(len(row.targets) for row in rows) == 3 * sum(len(example.ids) - 1 for example in read)
    config = json.loads((tmp_path / "double" / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["target_modules"]) == (16, 32, ["q_proj", "v_proj"])


def test_each_bar_holds_only_where_enough_voices_hold_it():
    def voice(default, tutorial, fast, harder):
        return {
            "default": {"loss": default, "neutral_harder_percent": harder},
            "tutorial": {"loss": tutorial},
            "fast": {"loss": fast},
        }

    recipes = ["default", "tutorial", "fast"]
    good = {str(number): voice(3.0, 3.1, 3.02, 2.9) for number in range(6)}
    assert all(bar["held"] for bar in voices.bars(good, recipes).values())
    bad = {**good, "0": voice(3.0, 2.9, 3.04, 3.1)}
    assert [bar["held"] for bar in voices.bars(bad, recipes).values()] == [False, True, False, False]
    even = {**good, **{str(number): voice(3.0, 3.0, 3.0, 0.0) for number in range(3)}}
    assert [bar["held"] for bar in voices.bars(even, recipes).values()] == [True, False, True, True]
    assert list(voices.bars(good, ["default"])) == ["neutral French at most 3 % harder"]
