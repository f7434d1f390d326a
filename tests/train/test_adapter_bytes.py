"""The planned adapter, to the number and to the byte: PEFT itself writes one for the catalogue's shapes.

Whole models without weights: only the adapter's tensors are made.
"""

import pytest
from shapes import config_of

from sosie.core.double import ADAPTER
from sosie.models.catalogue import catalogue
from sosie.train import lora, memory_estimate

RANK = 2
# A shape that another row has already been tried with.
SAME = {"mistral-7b-instruct-v0.1", "mistral-7b-instruct-v0.2", "mistral-7b-instruct-v0.3", "gaperon-8b"}
SAME |= {"qwen3-0.6b", "qwen3-1.7b", "qwen3-4b", "luth-2-0.8b", "luth-2-2b", "eurollm-9b", "ministral-8b"}
SAME |= {"lfm2.5-350m", "lfm2.5-1.2b", "mistral-nemo", "llama-3.2-3b", "qwen3-8b"}
NAMED = [name for name in catalogue() if name not in SAME]


@pytest.mark.parametrize("name", NAMED)
def test_what_is_planned_is_what_peft_learns_on_every_linear_layer_and_writes(name, tmp_path):
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    card = catalogue()[name]
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config_of(card))
        linears = {
            path: (layer.weight.shape[0], layer.weight.shape[1])
            for path, layer in model.named_modules()
            if type(layer).__name__ in ("Linear", "Conv1D") and layer is not model.get_output_embeddings()
        }
        weights = sum(weight.numel() for weight in model.parameters())
        settings = peft.LoraConfig(
            r=RANK,
            target_modules=list(card.targets),
            fan_in_fan_out=name == "gpt-fr",
            task_type="CAUSAL_LM",
        )
        adapted = peft.get_peft_model(model, settings)
    assert card.parameters == pytest.approx(weights, rel=1e-3)
    assert {layer.path for layer in card.linears} == linears.keys()
    for layer in card.linears:
        assert sorted(linears[layer.path]) == sorted((layer.into, layer.out))
    assert lora.count_trainable(adapted) == memory_estimate.lora_parameters(card, RANK)
    for part in adapted.modules():
        for key, weight in list(part._parameters.items()):
            if weight is not None and weight.requires_grad:
                zeros = torch.zeros(weight.shape, dtype=torch.float16)
                part._parameters[key] = torch.nn.Parameter(zeros)
    adapted.save_pretrained(tmp_path)
    assert (tmp_path / ADAPTER).stat().st_size == memory_estimate.adapter_bytes(card, RANK, "float16")


def test_at_least_25_families_or_sizes_are_tried():
    assert len(NAMED) >= 25
