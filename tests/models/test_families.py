"""Architectures that are not Llama's: loaded, adapted, trained for a step, and read again."""

from dataclasses import replace

import pytest

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import Double
from sosie.core.errors import UnknownModel
from sosie.core.sampling import Sampling
from sosie.core.settings import Train
from sosie.engines.base import open_engine
from sosie.models import tiny
from sosie.models.adapter import adapted_modules, peft_name
from sosie.models.catalogue import card_of, catalogue, find
from sosie.models.hardware import hardware
from sosie.models.load import load
from sosie.models.template import Example, prompt, stop_conditions
from sosie.models.text_backbone import loading_class
from sosie.models.tokenizer_files import read_tokenizer
from sosie.models.truncation import make_examples
from sosie.train import lora, memory_estimate
from sosie.train.forward import ForwardModel, backward_group, open_accelerator
from sosie.train.frozen_head import frozen_head
from sosie.train.pack import pack
from sosie.train.packed_attention import PLAIN_CAUSAL, attend_by_dialogue, leaks
from sosie.train.plan import count_dialogues
from sosie.train.planner import make_plan
from sosie.train.run import train

HALF = "\ufffd"  # of a letter
GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=8)
TEXT = {
    "hidden_size": 64,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
}
WINDOW = {"sliding_window": 64, "query_pre_attn_scalar": 16}
SEES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
SEES |= {"image_size": 28, "patch_size": 14, "head_dim": 16}
DELTA = {"linear_num_value_heads": 4, "linear_num_key_heads": 2, "num_hidden_layers": 4}
DELTA |= {"linear_key_head_dim": 16, "linear_value_head_dim": 16}
LAYERED = {"num_hidden_layers": 8, "layer_types": (["sliding_attention"] * 3 + ["full_attention"]) * 2}
LAYERED |= {"num_kv_shared_layers": 4, "hidden_size_per_layer_input": 8, "global_head_dim": 32}
LAYERED |= {"use_double_wide_mlp": True, "sliding_window": 32}
LLAMAS = {"qwen2": "Qwen2", "qwen3": "Qwen3", "smollm3": "SmolLM3", "llama": "Llama", "mistral": "Mistral"}


def config_of(family, told):
    import transformers as t

    if family == "gpt2":
        return t.GPT2Config(n_embd=64, n_layer=2, n_head=4, n_positions=512, **told)
    if family == "nanochat":
        return t.NanoChatConfig(**{**TEXT, "intermediate_size": 256, "num_key_value_heads": 4}, **told)
    if family == "apertus":
        return t.ApertusConfig(**TEXT, **told)
    if family == "lfm2":
        text = {name: value for name, value in TEXT.items() if name != "head_dim"}
        return t.Lfm2Config(**text, **told, full_attn_idxs=[1])
    if family == "qwen3_5":
        eyes = {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64}
        return t.Qwen3_5Config(text_config={**TEXT, **DELTA, **told}, vision_config=eyes)
    if family == "gemma4":
        text = {**TEXT, **LAYERED, **told, "vocab_size_per_layer_input": told["vocab_size"]}
        eyes = {**SEES, "num_key_value_heads": 2, "global_head_dim": 16}
        return t.Gemma4Config(text_config=text, vision_config=eyes, audio_config=None)
    if family == "mistral3":
        text = {**TEXT, **told, "model_type": "ministral3"}
        return t.Mistral3Config(text_config=text, vision_config={**SEES, "model_type": "pixtral"})
    if family == "gemma":
        return t.Gemma3Config(
            text_config={**TEXT, **WINDOW, **told}, vision_config=SEES, mm_tokens_per_image=4
        )
    return getattr(t, f"{LLAMAS[family]}Config")(**TEXT, **told)


@pytest.fixture(
    params=["gpt2", "nanochat", "apertus", "lfm2", "qwen3_5", "gemma4", "mistral3", "gemma", *LLAMAS]
)
def base(request, tmp_path):
    import torch
    import transformers

    folder = tmp_path / request.param
    folder.mkdir()
    told = tiny.save_tokenizer(folder, "gemma" if request.param == "gemma" else "mistral")
    config = config_of(request.param, told)
    torch.manual_seed(1)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    model = loading_class(config).from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0, tiny.STD)
    model.save_pretrained(folder)
    return find(str(folder))


def torch_ids(ids):
    import torch

    return torch.tensor([list(ids)])


def transformers_answer(engine, turns):
    """transformers' own greedy answer."""
    ids = torch_ids(prompt(turns, engine.tokenizer, engine.template))
    model, stops = engine._runner.model, list(stop_conditions(engine.template, engine.tokenizer).ids)
    out = model.generate(
        input_ids=ids, do_sample=False, max_new_tokens=GREEDY.max_tokens, eos_token_id=stops, pad_token_id=0
    )
    return (
        engine.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
        .removeprefix(" ")
        .rstrip(HALF)
    )


def said(*texts):
    return [Dialogue((Turn("user", f"{text} ?"), Turn("assistant", f"genre {text}"))) for text in texts]


def test_the_card_counts_what_is_loaded(base):
    model = load(base, device="cpu", dtype="float32").model
    uncounted = ("q_norm", "k_norm", "q_layernorm", "k_layernorm", ".bias")
    if base.name in ("gemma", "gpt2"):  # of GPT-2 the biases are counted
        uncounted = ("q_norm", "k_norm", "feedforward_layernorm")[: 3 if base.name == "gemma" else 0]
    counted = sum(w.numel() for name, w in model.named_parameters() if not any(n in name for n in uncounted))
    assert counted == base.card.parameters
    assert not any("vision" in name for name, _ in model.named_parameters())


def test_packed_dialogues_do_not_see_one_another_or_are_learnt_apart(base):
    """To 1e-5 of the largest score: the family says which, and it is the truth."""
    model = load(base, device="cpu", dtype="float32").model
    rows = [Example(tuple(range(6, 6 + size)), (True,) * size, 0) for size in (70, 90, 40)]
    [row] = pack(rows, 1000)
    assert leaks(model, row, "float32") != base.card.family.packs
    plan = make_plan(base, hardware("cpu"), count_dialogues(said("salut", "ça va") * 60))
    assert (plan.pack_tokens > 1) == base.card.family.packs
    assert ("un par un :" in " ".join(plan.reasons)) != base.card.family.packs


def test_the_adapter_is_on_every_linear_layer_and_checkpointing_works(base):
    model = load(base, device="cpu", dtype="float32").model
    plan = make_plan(base, hardware("cpu"), count_dialogues(said("salut")))
    head = model.get_output_embeddings()
    linears = {
        name
        for name, part in model.named_modules()
        if type(part).__name__ in ("Linear", "Conv1D") and part is not head
    }
    adapted = lora.add_adapter(model, replace(plan, checkpointing=True))
    lora.check_whole(adapted, plan)
    assert adapted_modules(map(peft_name, lora.copy_adapter(adapted))) == sorted(linears)
    ids = torch_ids(range(10, 60))
    adapted.train()
    adapted(input_ids=ids, use_cache=False).logits.float().logsumexp(-1).mean().backward()
    grads = [weight.grad for name, weight in lora.trainable_weights(adapted).items() if ".lora_B." in name]
    assert all(grad is not None and float(grad.abs().sum()) > 0 for grad in grads)


def test_attention_by_dialogue_gives_the_same_where_the_family_has_it(base):
    import torch

    model = load(base, device="cpu", dtype="float32").model
    rows = [Example(tuple(range(6, 6 + size)), (True,) * size, 0) for size in (20, 30, 9)]
    plain, (row,) = ForwardModel(open_accelerator(model, "float32"), model, False), pack(rows, 100)
    with torch.no_grad(), attend_by_dialogue(model, longest=30) as usable:
        found = replace(plain, per_dialogue=usable).loss_sum(row)
    with torch.no_grad():
        alone = sum(plain.loss_sum(one) for one in pack(rows, 1))
    assert usable == (model.config.get_text_config().model_type in PLAIN_CAUSAL)
    assert not usable or found == pytest.approx(alone, rel=1e-5)


def test_a_head_computed_apart_teaches_the_same_as_the_model_s_own_logits(base):
    import torch

    model = load(base, device="cpu", dtype="float32").model
    plan = make_plan(base, hardware("cpu"), count_dialogues(said("salut")), Train(dropout=0.0))
    adapted = lora.add_adapter(model, plan)
    own = ForwardModel(open_accelerator(adapted, "float32"), adapted, per_dialogue=False)
    apart = replace(own, head=frozen_head(adapted))
    examples = [Example(tuple(range(6, 6 + size)), (True,) * size, 0) for size in (20, 30)]
    assert apart.head
    told = []
    for forward in (own, apart):
        adapted.zero_grad()
        torch.manual_seed(5)  # of GPT-2's own dropout
        loss = backward_group(forward, pack(examples, 1), forward.base_reference(pack(examples[1:], 1)))
        told.append((loss, [weight.grad.clone() for weight in lora.trainable_weights(adapted).values()]))
    assert told[1][0] == pytest.approx(told[0][0], rel=1e-5)
    assert all((a - b).norm() <= 2e-5 * a.norm() + 1e-9 for a, b in zip(told[0][1], told[1][1], strict=True))


def test_an_adapter_that_would_be_partial_stops_with_a_sentence(base):
    model = load(base, device="cpu", dtype="float32").model
    plan = make_plan(base, hardware("cpu"), count_dialogues(said("salut")))
    adapted = lora.add_adapter(model, replace(plan, targets=plan.targets[:2]))
    with pytest.raises(UnknownModel, match="n'a pas les couches attendues"):
        lora.check_whole(adapted, plan)


def test_it_trains_and_answers_with_what_it_learnt(base, tmp_path):
    dora = base.name in ("gpt2", "gemma", "lfm2")
    learn = said("salut", "on mange où", "ça marche", "à demain")
    options = Train(model=base.where, epochs=2, group=2, patience=0, learning_rate=0.01, dora=dora, rank=4)
    done = train(learn, learn, base, options, tmp_path / "run")
    assert done.valid_loss < done.valid_loss_before
    size = (done.double / "adapter_model.safetensors").stat().st_size
    assert size == memory_estimate.adapter_bytes(base.card, 4, "float32", dora=dora)
    engine = open_engine(Double.read(done.double), device="cpu")
    asked = [dialogue.turns[:1] for dialogue in learn]
    alone = [transformers_answer(engine, turns) for turns in asked]
    for _ in range(2):  # the second time with what was cached of another conversation, and of the same
        assert ["".join(engine.stream(turns, GREEDY)).rstrip(HALF) for turns in asked] == alone
    assert [text.rstrip(HALF) for text in engine.answers(asked, GREEDY)] == alone
    rendered = [e for d in learn for e in make_examples(d.turns, engine.tokenizer, engine.template, 512)]
    losses = engine.losses(rendered)
    again = sum(loss.nats for loss in losses) / sum(loss.tokens for loss in losses)
    assert again == pytest.approx(done.valid_loss, rel=1e-4)


def test_gpt_2_s_two_tokenizer_files_are_read(tmp_path):
    from tokenizers import ByteLevelBPETokenizer

    made = ByteLevelBPETokenizer()
    made.train_from_iterator(
        ["salut ça va ouais ça marche"] * 3, vocab_size=300, special_tokens=["<s>", "</s>"]
    )
    made.save_model(str(tmp_path))
    tokenizer = read_tokenizer(tmp_path)
    assert tokenizer.decode(tokenizer("ça  va").input_ids) == "ça  va"


def test_the_catalogue_s_own_figures():
    cards = catalogue()
    assert cards["gpt-fr"].parameters == pytest.approx(1.017e9, rel=0.001)
    assert cards["nanochat-d20"].parameters == 560_988_160
    assert cards["gpt-fr"].targets == ("c_attn", "c_proj", "c_fc")
    assert memory_estimate.linear_parameters(cards["nanochat-d20"]) == 20 * 12 * 1280**2


def test_a_config_that_leaves_the_mlp_out_has_gpt_2_s(tmp_path):
    text = (
        '{"model_type": "gpt2", "n_layer": 2, "n_embd": 8, "n_head": 2, "vocab_size": 9, "n_positions": 16}'
    )
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    assert (card_of(tmp_path).mlp, card_of(tmp_path).tied) == (32, True)
