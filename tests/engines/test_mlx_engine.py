"""Through MLX a model says what it says through transformers: the same ids, answers and losses."""

import threading
from dataclasses import replace

import pytest
import torch

from sosie.core.dialogue import Turn
from sosie.core.errors import SosieError
from sosie.core.sampling import Sampling
from sosie.engines.base import Adjustable, Scorer, complete, open_engine
from sosie.engines.open_local import open_local
from sosie.models import tiny
from sosie.models.hardware import NAMED_MACHINES
from sosie.models.mlx.choice import UnsuitedToMlx

pytest.importorskip("mlx_lm", reason="mlx is not installed")

GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=12)
HELLO = (Turn("user", "salut, ça va ?"),)
QUESTIONS = [
    HELLO,
    (Turn("system", "Tu es Léa."), Turn("user", "où es-tu ? 🙂")),
    (Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")),
]
STRENGTHS = (0.0, 0.5, 1.0, 1.5)


def say(engine, turns, sampling=GREEDY):
    return complete(engine.stream(turns, sampling))


@pytest.fixture(scope="module")
def both(double_folder):
    """The same double through transformers and through MLX."""
    return open_engine(str(double_folder), "local"), open_engine(str(double_folder), "mlx")


@pytest.mark.parametrize("strength", STRENGTHS)
def test_greedy_answers_and_prompt_lengths_are_those_of_transformers_at_any_strength(both, strength):
    local, mlx = (engine.at(strength) for engine in both)
    for turns in QUESTIONS:
        (told, cost), (expected, wanted) = say(mlx, turns), say(local, turns)
        assert (told, cost.prompt, cost.tokens) == (expected, wanted.prompt, wanted.tokens)


def test_it_is_an_engine_like_the_local_one(both):
    assert isinstance(both[1], Adjustable) and isinstance(both[1], Scorer)


def test_drawn_answers_are_the_same_from_the_same_seed(both):
    drawn = replace(GREEDY, temperature=0.9, top_p=0.95, repetition_penalty=1.1, seed=3)
    assert [say(both[1], turns, drawn)[0] for turns in QUESTIONS] == [
        say(both[0], turns, drawn)[0] for turns in QUESTIONS
    ]


def test_answers_together_are_those_given_alone(both):
    assert both[1].answers(QUESTIONS, GREEDY) == [say(both[1], turns)[0] for turns in QUESTIONS]


@pytest.mark.parametrize("strength", STRENGTHS)
def test_losses_and_foreseen_tokens_are_those_of_transformers(both, strength):
    local, mlx = (engine.at(strength) for engine in both)
    examples = [local.framing.reply(turns, "genre oui", 300, 400) for turns in QUESTIONS]
    for told, expected in zip(mlx.losses(examples), local.losses(examples), strict=True):
        assert told.tokens == expected.tokens and told.mean == pytest.approx(expected.mean, abs=1e-4)
    assert mlx.foreseen(examples) == local.foreseen(examples)


def test_a_second_turn_reads_only_what_is_new_and_says_the_same(both):
    first, _ = say(both[1], HELLO)
    turns = (*HELLO, Turn("assistant", first), Turn("user", "et toi ?"))
    told, cost = say(both[1], turns)
    assert cost.reused > 0
    both[1].close()
    assert say(both[1], turns)[0] == told


def test_a_stream_that_is_closed_stops_and_one_begun_elsewhere_goes_on_in_another_thread(both):
    stream = both[1].stream(HELLO, GREEDY)
    next(stream)
    stream.close()
    stream, told = both[1].stream(HELLO, GREEDY), []
    told.append(next(stream))
    thread = threading.Thread(target=lambda: told.extend(stream))
    thread.start()
    thread.join()
    assert "".join(told) == say(both[1], HELLO)[0]


SHAPES = {
    "far angles": ("llama", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}),
    "llama 3": (
        "llama",
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 1e4,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ),
    "linear": ("mistral", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}}),
    "tied": ("llama", {"tie_word_embeddings": True}),
    "biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "qwen 3": ("qwen3", {}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_family_gives_the_logits_of_transformers(tmp_path, shape):
    """mlx-lm reads fewer keys of a config.json, and has other defaults for what is left out."""
    family, settings = SHAPES[shape]
    same_logits(tiny.make(tmp_path / "base", family, **settings))


def test_qwen_2_gives_the_logits_of_transformers(tmp_path):
    import transformers

    tokens = tiny.save_tokenizer(tmp_path, "qwen3")
    shape = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.Qwen2Config(**shape, **tokens, num_key_value_heads=2, max_position_embeddings=512)
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    model.save_pretrained(tmp_path)
    same_logits(tmp_path)


def same_logits(folder):
    local, mlx = (open_engine(str(folder), kind) for kind in ("local", "mlx"))
    ids = list(range(3, 90))
    told, expected = (
        engine._runner.next_logits([ids], engine._runner.new_cache(), 0.0) for engine in (mlx, local)
    )
    assert torch.allclose(told, expected, atol=2e-4)


def test_on_an_apple_chip_mlx_opens_it_and_the_engine_says_so(double_folder):
    engine = open_local(str(double_folder), machine=NAMED_MACHINES["m2"])
    assert type(engine._runner).__name__ == "MlxRunner" and "M2" in engine.backend


def test_another_family_is_refused_by_name_and_goes_on_with_torch_by_itself(folders):
    with pytest.raises(UnsuitedToMlx, match="gemma3_text"):
        open_engine(str(folders["gemma"]), "mlx")
    engine = open_local(str(folders["gemma"]), machine=NAMED_MACHINES["m2"])
    assert type(engine._runner).__name__ == "ModelRunner" and "gemma3_text" in engine.backend


def test_a_dora_double_is_refused_by_name_and_goes_on_with_torch_by_itself(double_folder, tmp_path):
    import peft

    from sosie.core.double import Double
    from sosie.models.load import load
    from sosie.models.load_double import base_of

    double = Double.read(double_folder)
    config = peft.LoraConfig(r=4, target_modules="all-linear", use_dora=True, init_lora_weights=False)
    peft.get_peft_model(load(base_of(double)).model, config).save_pretrained(tmp_path)
    replace(double, adapter_sha256="").write(tmp_path)
    with pytest.raises(UnsuitedToMlx, match="LoRA simples"):
        open_engine(Double.read(tmp_path), "mlx")
    engine = open_local(Double.read(tmp_path), machine=NAMED_MACHINES["m2"])
    assert "LoRA simples" in engine.backend and say(engine, HELLO)[1].tokens


def test_a_double_whose_adapter_is_of_another_base_is_refused_as_by_transformers(double_folder, tmp_path):
    from sosie.core.double import Double

    wide = tiny.make(tmp_path / "wide", hidden_size=32)
    double = replace(Double.read(double_folder), base=str(wide))
    told = []
    for kind in ("local", "mlx"):
        with pytest.raises(SosieError) as error:
            open_engine(double, kind)
        told.append(str(error.value))
    assert told[0] == told[1]
