"""The loss through a frozen head: the numbers of torch's own cross-entropy, without all the logits."""

from dataclasses import replace

import pytest
import torch

from sosie.models.template import Example
from sosie.train import frozen_head as rooms
from sosie.train.forward import ForwardModel, backward_group, open_accelerator, open_forward
from sosie.train.frozen_head import FrozenHead, frozen_head
from sosie.train.pack import pack

SHAPE = {
    "vocab_size": 200,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
}
SPECIAL = {
    "llama": {},
    "granite": {"logits_scaling": 8.0},
    "cohere2": {"logit_scale": 0.25},
    "gemma2": {"final_logit_softcapping": 3.0},
}
EXAMPLES = [
    Example(tuple((seed * 31 + place * 17) % 199 + 1 for place in range(length)), (True,) * length, 0)
    for seed, length in enumerate((20, 9, 33, 14))
]


@pytest.fixture
def forward(request):
    """The forward of a tiny random model whose adapter already says something; its head is not apart."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    kind = getattr(request, "param", "llama")
    config = AutoConfig.for_model(kind, **SHAPE, **SPECIAL[kind])
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.2)
    model = get_peft_model(model, LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.2)
    return ForwardModel(open_accelerator(model, "float32"), model, per_dialogue=False)


def learnt(forward, rows, reference=()):
    """The loss of a group, and the adapter's gradients."""
    forward.model.zero_grad()
    loss = backward_group(forward, rows, reference)
    return loss, {n: p.grad.clone() for n, p in forward.model.named_parameters() if p.grad is not None}


def same(forward):
    """Loss and gradients are those of the model's own logits, with replay data and without."""
    apart = replace(forward, head=frozen_head(forward.model))
    assert apart.head
    rows, replayed = pack(EXAMPLES, 1000), pack(EXAMPLES[2:], 1000)
    for plain, fused in (
        (learnt(forward, rows), learnt(apart, rows)),
        (
            learnt(forward, rows, forward.base_reference(replayed)),
            learnt(apart, rows, apart.base_reference(replayed)),
        ),
    ):
        assert fused[0] == pytest.approx(plain[0], rel=1e-5)
        assert plain[1].keys() == fused[1].keys() and plain[1]
        for name, gradient in plain[1].items():
            assert (fused[1][name] - gradient).norm() <= 2e-5 * gradient.norm() + 1e-9, name
    with torch.no_grad():
        assert apart.loss_sum(rows[0]) == pytest.approx(forward.loss_sum(rows[0]), rel=1e-5)


@pytest.mark.parametrize("forward", SPECIAL, indirect=True)
def test_scaled_and_capped_logits_are_learnt_as_the_model_makes_them(forward):
    same(forward)


@pytest.mark.parametrize(("chunk", "block"), [(1, 1), (200 * 4 * 7, 1), (200 * 4 * 7, 200 * 3)])
def test_the_size_of_chunks_and_blocks_changes_nothing(forward, monkeypatch, chunk, block):
    monkeypatch.setattr(rooms, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(rooms, "BLOCK_NUMBERS", block)
    same(forward)


def test_in_16_bits_the_gradient_is_that_of_rounded_logits():
    torch.manual_seed(5)
    head = torch.nn.Linear(64, 500, bias=False, dtype=torch.bfloat16)
    states, ids = torch.randn(40, 64).bfloat16().float(), torch.randint(0, 500, (40,))
    asked = states.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(head(asked.bfloat16()).float(), ids, reduction="sum")
    loss.backward()
    found, gradient = FrozenHead(head).gradient(states, ids)
    assert found == pytest.approx(loss.item(), rel=1e-4)
    assert (gradient - asked.grad).norm() < 0.02 * asked.grad.norm()


def test_never_more_than_a_chunk_of_logits_is_held():
    states, ids = torch.randn(300, 8), torch.zeros(300, dtype=torch.int64)
    head = FrozenHead(torch.nn.Linear(8, 1_000_000, bias=False))
    head.gradient(states, ids, states)
    assert sum(room.nbytes for room in head._rooms.values()) <= 2 * rooms.CHUNK_BYTES < 300 * 1_000_000 * 4


def test_a_head_that_learns_or_adds_something_is_left_to_the_model(forward):
    assert open_forward(forward.accelerator, forward.model, per_dialogue=False).head
    head = forward.model.get_output_embeddings()
    head.weight.requires_grad_(True)
    assert frozen_head(forward.model) is None
    head.weight.requires_grad_(False)
    head.bias = torch.nn.Parameter(torch.zeros(200))
    assert frozen_head(forward.model) is None


def test_the_head_is_the_model_s_again_after_an_error(forward):
    with pytest.raises(ValueError), frozen_head(forward.model).aside():
        raise ValueError
    row = pack(EXAMPLES[:1], 100)[0]
    with torch.no_grad():
        assert forward.loss_sum(row) > 0
        assert forward.model(input_ids=torch.tensor([row.ids])).logits.shape[-1] == 200
